"""Audits: how the storefront is read back, and what is remembered of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.core.inventory import Drift, Published, Shown
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How an audit of a list ended; `moving` were being written meanwhile and could not be compared.

    `whole` tells that everything was looked at; `walked` that records which nobody here wrote were looked
    for as well. `error` is the code of what ended it early, empty when nothing did.
    """

    inventory_list: str
    site: str
    started_at: datetime
    finished_at: datetime
    whole: bool
    walked: bool
    audited: int = 0
    moving: int = 0
    drifted: int = 0
    repaired: int = 0
    error: str = ""


class Mirror(Protocol):
    """Where the storefront's records can be read back, within the site's quota."""

    def read(self, site: Site, skus: Collection[str]) -> Mapping[str, Shown]:
        """Return SKU → record; what has none is not in it. Alarm stock.unreadable where it is forbidden."""
        ...

    def walk(self, site: Site) -> Iterator[Mapping[str, Shown]] | None:
        """Return an iterator of the list's records, page by page; None where no list can be asked for."""
        ...


class Tallies(Protocol):
    """How many SKUs of each list are out of the ordinary."""

    def save(self, inventory_list: str, numbers: Mapping[str, int], at: datetime) -> None:
        """Remember the numbers by matter, in place of those before."""
        ...


class Audits(Protocol):
    """What was published, as an audit needs it, and what audits have found."""

    def size(self, inventory_list: str) -> int:
        """Return how many SKUs were published."""
        ...

    def least_recent(self, inventory_list: str, limit: int) -> list[str]:
        """Return the published SKUs whose last audit is longest ago, those never audited first."""
        ...

    def unseen(self, inventory_list: str, since: datetime) -> Iterator[list[str]]:
        """Yield the published SKUs that no audit has looked at since, some at a time."""
        ...

    def published(self, inventory_list: str, skus: Collection[str]) -> dict[str, Published]:
        """Return SKU → last confirmed write; those of which none is known now are not in it."""
        ...

    def strangers(self, site: Site, skus: Collection[str]) -> set[str]:
        """Return which of the SKUs were neither ever published to the list nor ever counted."""
        ...

    def keep(self, inventory_list: str, seen: Collection[str], found: Sequence[Drift], at: datetime) -> None:
        """Remember what was looked at, and what differs; of everything else that was seen nothing does."""
        ...

    def repaired(self, inventory_list: str, skus: Collection[str], at: datetime) -> None:
        """Remember that a repair of these was asked for."""
        ...

    def finish(self, audit: Audit) -> None:
        """Remember how an audit ended."""
        ...
