"""What baskets hold, as the flows see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.core.inventory import Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """A SKU that a basket holds no longer since `until`."""

    site: str
    basket: str
    sku: str
    until: datetime


class Reservations(Protocol):
    """Where it is kept what baskets hold."""

    def hold(self, reservation: Reservation) -> list[str]:
        """Put this in the place of what the basket held; return every SKU it holds or held."""
        ...

    def lapsed(self, limit: int) -> list[Lapsed]:
        """Return what is over, in the order of sites."""
        ...

    def forget(self, lapsed: Sequence[Lapsed]) -> None:
        """Delete these, unless they have been renewed."""
        ...
