"""Feeding: many allocations as one file, from its first record to the confirmation, whatever dies between."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sync.core.allocations import Allocation, Worked
from sync.core.errors import Rejected, Retryable, Unfinished
from sync.core.inventory import Refusal, Target, rests
from sync.core.ports import Bulk, Feed, Feeds, Refusals
from sync.core.sites import Site
from sync.flows.refusing import refusal_of
from sync.flows.tally import Tally

_CHUNK = 1000
# The storefront takes files of 500 MB; so many records, compressed, stay far below.
_MOST = 2_000_000


def _nothing() -> None:
    """Have nothing to do in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a publication: for which site, until when, and what is done in between.

    A SKU among the `eager` is tried though it was refused before; so is each that was not tried since
    `afresh`, the moment from which on everything is written once.
    """

    site: Site
    deadline: datetime
    tally: Tally
    eager: Collection[str] = ()
    between: Callable[[], None] = _nothing
    afresh: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """The story of a file. Every step is remembered before the next one is begun, and can be repeated.

    A crash before the end of the upload leaves a file that nobody reads, and its numbers are sent anew. A
    crash after it goes on with the very same file. `rest` waits between two looks, in seconds.
    """

    bulk: Bulk
    feeds: Feeds
    refusals: Refusals
    clock: Callable[[], datetime]
    rest: Callable[[float], None]
    pause: float = 2.0

    def resume(self, run: Run) -> None:
        """Bring the file under way to its end, if there is one; raises Unfinished when that takes longer."""
        site = run.site
        feed = self.feeds.open(site.stock.inventory_list)
        if feed is None:
            return
        if not feed.handle:
            self.bulk.withdraw(site, feed.name)
            self.feeds.close(feed)
            return
        self._finish(run, feed)

    def send(self, run: Run, targets: Iterator[Target], at: datetime) -> None:
        """Send what differs as one file, as much as there is time for, and see it through."""
        site = run.site
        # Sorts by time: the storefront works files in the order of their names.
        name = f"orderbridge-{at:%Y%m%dT%H%M%S%f}Z"
        feed = Feed(name=name, inventory_list=site.stock.inventory_list, at=at)
        self.feeds.save(feed)
        with tempfile.TemporaryFile() as file:
            records = self._records(run, feed, islice(targets, _MOST))
            if not self.bulk.write(site, records, file):
                self.feeds.close(feed)
                return
            feed = replace(feed, handle=self.bulk.upload(site, name, file))
        self.feeds.save(feed)
        self._finish(run, feed)

    def _records(self, run: Run, feed: Feed, targets: Iterator[Target]) -> Iterator[Allocation]:
        """Yield what may be in the file, each remembered before it is written there."""
        while chunk := list(islice(targets, _CHUNK)):
            known = self.refusals.among(feed.inventory_list, [one.sku for one in chunk])
            good = [one for one in chunk if self._may_go(run, feed, one, known.get(one.sku))]
            if good:
                self.feeds.include(feed, good)
            yield from (Allocation(one.sku, one.allocation, feed.at, one.manner) for one in good)
            run.between()
            if self.clock() > run.deadline:
                return

    def _may_go(self, run: Run, feed: Feed, wanted: Target, last: Refusal | None) -> bool:
        if last and rests(last, self.clock(), run.afresh) and wanted.sku not in run.eager:
            run.tally.resting += 1
            return False
        refused = self.bulk.refusal(run.site, Allocation(wanted.sku, wanted.allocation, feed.at))
        if refused:
            self.refusals.save([self._refused(run, wanted.sku, refused, last)])
        return refused is None

    def _refused(self, run: Run, sku: str, refused: Rejected, last: Refusal | None) -> Refusal:
        run.tally.refuse(sku, refused)
        return refusal_of(run.site, sku, refused, last, self.clock())

    def _finish(self, run: Run, feed: Feed) -> None:
        while not feed.execution:
            feed = replace(feed, execution=self.bulk.start(run.site, feed.handle))
            if feed.execution:
                self.feeds.save(feed)
            else:
                self._wait(run, "the file waits for its turn")
        while (worked := self.bulk.look(run.site, feed.execution)) is None:
            self._wait(run, "the file is being worked")
        self._settle(run, feed, worked)

    def _wait(self, run: Run, what: str) -> None:
        run.between()
        if self.clock() > run.deadline:
            raise Unfinished("time.over", f"{run.tally.note()}, {what}")
        self.rest(self.pause)

    def _settle(self, run: Run, feed: Feed, worked: Worked) -> None:
        refused = self.feeds.among(feed, worked.refused)
        known = self.refusals.among(feed.inventory_list, sorted(refused))
        reasons = {sku: Rejected("storefront.refused", worked.refused[sku]) for sku in sorted(refused)}
        self.refusals.save(
            [self._refused(run, sku, reason, known.get(sku)) for sku, reason in reasons.items()]
        )
        if worked.whole:
            run.tally.written += self.feeds.confirm(feed, self.clock(), refused)
            return
        # A file that the job has left there would be worked by the next one.
        self.bulk.withdraw(run.site, feed.name)
        self.feeds.close(feed)
        if refused:
            # Without these the next file is another one.
            raise Unfinished("time.over", f"{run.tally.note()}, the others are sent anew: {worked.detail}")
        raise Retryable("feed.failed", worked.detail)
