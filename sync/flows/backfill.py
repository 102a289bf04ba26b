"""Backfill: every order of a window that is ready for export, read into the ledger at a bearable pace."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sync.core.ports import Cursors, Ledger, Listed, OrderBook
from sync.core.sites import Site
from sync.flows.drafts import swept
from sync.flows.pace import Pace

STATUSES = ("new", "completed")
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which orders: those created in [since, until) that are in one of these storefront statuses."""

    site: Site
    since: datetime
    until: datetime | None = None
    statuses: tuple[str, ...] = STATUSES

    @property
    def cursor(self) -> str:
        """The name of the position within this window."""
        until = self.until.isoformat() if self.until else "open"
        return f"backfill:{self.site.name}:{self.since.isoformat()}:{until}:{','.join(self.statuses)}"


@dataclass(frozen=True, slots=True)
class Step:
    """What a backfill has done since the last one; `at` is when the last order of it was created."""

    read: int
    new: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillFlow:
    """The story of a hole that is filled; `heard` tells which orders of a site the ledger has."""

    storefront: OrderBook
    ledger: Ledger
    cursors: Cursors
    heard: Callable[[str, Sequence[str]], Collection[str]]

    def run(self, window: Window, pace: Pace) -> Iterator[Step]:
        """Read the window into the ledger, oldest first; what the ledger has is left alone.

        Stopped at any moment, the same window goes on where it was; at its end the position is
        forgotten, so that it can be walked anew.
        """
        since = self.cursors.get(window.cursor) or window.since
        for batch in self._batches(window, since, pace):
            new = self.ledger.add([swept(window.site.name, one.order_no, one.modified) for one in batch])
            self.cursors.advance(window.cursor, batch[-1].created)
            yield Step(len(batch), new, batch[-1].created)
        self.cursors.forget(window.cursor)

    def dry_run(self, window: Window, pace: Pace) -> Iterator[Step]:
        """Count what there is and what the ledger has not heard of, without storing anything."""
        for batch in self._batches(window, window.since, pace):
            heard = set(self.heard(window.site.name, [one.order_no for one in batch]))
            new = sum(one.order_no not in heard for one in batch)
            yield Step(len(batch), new, batch[-1].created)

    def _batches(self, window: Window, since: datetime, pace: Pace) -> Iterator[list[Listed]]:
        orders = iter(self.storefront.placed_orders(window.site, since, window.until, window.statuses))
        while batch := list(islice(orders, pace.batch(_BATCH))):
            pace.before(len(batch))
            yield batch


def finished(steps: Iterable[Step], told: Callable[[Step], bool]) -> tuple[int, int, bool]:
    """Return how many were read and new, and whether the end was reached; `told` False stops early."""
    read = new = 0
    for step in steps:
        read, new = read + step.read, new + step.new
        if not told(step):
            return read, new, False
    return read, new, True
