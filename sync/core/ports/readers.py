"""Bodies as received, turned into core values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.core.fulfillment import Fact
from sync.core.inventory import Count
from sync.core.messages import Message
from sync.core.orders import Order
from sync.core.sites import Site


class OrderReader(Protocol):
    """Reads order events; raises Rejected with field errors."""

    def placed_order_no(self, message: Message) -> str:
        """Return the order number an order event speaks of."""
        ...

    def asks_to_cancel(self, message: Message) -> bool:
        """Tell whether an order event asks for a cancellation that the storefront has not made yet."""
        ...

    def placed_order(self, message: Message, site: Site) -> Order | None:
        """Return the order an event carries in full, None when it carries only its number."""
        ...


class FactReader(Protocol):
    """Reads what a warehouse document says of orders; raises Rejected with field errors."""

    def fact(self, message: Message, site: Site) -> Fact:
        """Return what a warehouse document says of one reference."""
        ...


class CountReader(Protocol):
    """Reads stock documents; raises Rejected with field errors."""

    def counts(self, message: Message, site: Site) -> list[Count]:
        """Return the counts of a stock document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is told of a basket `at` a moment: its units by SKU, none for a release.

    `over` are SKUs of baskets that hold them no longer; then nothing else is told.
    """

    site: str
    basket: str
    units: Mapping[str, int]
    at: datetime
    over: Sequence[str] = ()


class BasketReader(Protocol):
    """Reads what is told of baskets; raises Rejected with field errors."""

    def reservation(self, message: Message) -> Held:
        """Return what a message says of a basket."""
        ...


class Reader(OrderReader, FactReader, CountReader, Protocol):
    """Turns bodies as received into core values."""
