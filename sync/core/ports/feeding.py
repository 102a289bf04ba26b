"""Files of allocations: who takes them, and what is remembered while one is under way."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from sync.core.allocations import Allocation, Worked
from sync.core.errors import Rejected
from sync.core.inventory import Target
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A file on its way to one list; its numbers were true at `at`.

    `handle` is what the upload gave, empty before its end; `execution` is what works the file, empty before
    it is known to.
    """

    name: str
    inventory_list: str
    at: datetime
    handle: str = ""
    execution: str = ""


class Bulk(Protocol):
    """A way to the storefront's list for many allocations at once."""

    def refusal(self, site: Site, allocation: Allocation) -> Rejected | None:
        """Return why a SKU can be in no file, None when it can."""
        ...

    def write(self, site: Site, allocations: Iterable[Allocation], to: IO[bytes]) -> int:
        """Write a file record by record; return how many it has."""
        ...

    def upload(self, site: Site, name: str, file: IO[bytes]) -> str:
        """Hand the whole file over; return the handle by which the work on it is started."""
        ...

    def start(self, site: Site, handle: str) -> str:
        """Have the file worked, once however often this is asked; empty while that is not possible yet."""
        ...

    def look(self, site: Site, execution: str) -> Worked | None:
        """Return how the work ended, None while it has not."""
        ...

    def withdraw(self, site: Site, name: str) -> None:
        """Take back a file whose upload was cut short."""
        ...


class Feeds(Protocol):
    """The files under way, one per list."""

    def open(self, inventory_list: str) -> Feed | None:
        """Return the file that is under way."""
        ...

    def save(self, feed: Feed) -> None:
        """Remember a file, or how far it has come."""
        ...

    def include(self, feed: Feed, wanted: Collection[Target]) -> None:
        """Remember that the file holds these numbers; until it is confirmed nobody knows what is shown."""
        ...

    def among(self, feed: Feed, names: Collection[str]) -> set[str]:
        """Return which of the names are SKUs of the file."""
        ...

    def confirm(self, feed: Feed, finished_at: datetime, refused: Collection[str]) -> int:
        """Remember that all but the refused were published, and forget the file; return how many.

        A SKU that was written otherwise meanwhile is not confirmed: which of both came last nobody knows.
        """
        ...

    def close(self, feed: Feed) -> None:
        """Forget the file: nothing in it is confirmed."""
        ...
