"""Publishing: the allocations that differ, each remembered only when it is known to be the last write."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from sync.core.allocations import Allocation
from sync.core.errors import OrderbridgeError, Rejected, Unfinished
from sync.core.inventory import (
    Count,
    Demand,
    Finding,
    Position,
    Published,
    Refusal,
    Target,
    crosses_zero,
    differs,
    findings,
    rests,
    target,
    uncounted,
)
from sync.core.ports import Refusals, Shelf, Stock
from sync.core.sites import Site
from sync.flows.chunking import chunk_size, chunks
from sync.flows.feeding import Feeding, Run
from sync.flows.refusing import refusal_of
from sync.flows.tally import Tally

# So many SKUs that differ are looked through for the urgent ones before the first of the others is written.
_IN_SIGHT = 50_000
# Writers of one SKU can meet only where one was frozen past its lease; two that go on meeting are a bug.
_MEETINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes to the storefront's lists what differs from the last known write."""

    shelf: Shelf
    stock: Stock
    refusals: Refusals
    feeding: Feeding
    clock: Callable[[], datetime]

    def publish(  # noqa: PLR0913 - what is published, until when, and how it is told
        self,
        site: Site,
        skus: Collection[str] | None,
        deadline: datetime,
        tally: Tally,
        eager: Collection[str] = (),
        between: Callable[[], None] = lambda: None,
        *,
        guest: bool = False,
        afresh: datetime | None = None,
    ) -> None:
        """Write every allocation that differs, of all SKUs when None. Unfinished time.over when cut short.

        With `afresh` also what does not, unless it was written since that moment: all is written once,
        however often the publication is cut short. Where the site has files, it goes as one.

        What sells out or is back in stock goes first. `between` is called after each batch of writes: what it
        saves and publishes itself, as a `guest`, is not overwritten, since each batch is computed right
        before its writes.

        Where the site has files, many go as one; a file under way is brought to its end first. A guest leaves
        files alone.

        A SKU that the storefront refuses holds up no other: it is remembered, and tried again by later
        publications with growing pauses, or at once when it is among the `eager`.
        """
        run = Run(site=site, deadline=deadline, tally=tally, eager=eager, between=between, afresh=afresh)
        if not guest:
            self._send_files(run, skus)
        for batch in self._by_urgency(site, skus, afresh):
            if chunk := list(self._changed(site, batch, afresh)):
                self._publish(run, chunk)
            between()
            if self.clock() > deadline:
                raise Unfinished("time.over", f"{tally.note()}, more to come")

    def _send_files(self, run: Run, skus: Collection[str] | None) -> None:
        """Bring a file under way to its end, and begin another one where so much differs."""
        site, most = run.site, run.site.publication.bulk_from
        if run.afresh is not None:
            most = min(most, 1)
        self.feeding.resume(run)
        at, changed = self.clock(), self._changed(site, skus, run.afresh)
        few = list(islice(changed, most))
        if few and len(few) == most:
            self.feeding.send(run, chain(few, changed), at)
            # What follows meets the resting ones once more.
            run.tally.resting = 0

    def urgent(self, site: Site, skus: Collection[str]) -> bool:
        """Tell whether any of the SKUs is to be taken off sale, or brought back."""
        return any(crosses_zero(wanted, published) for wanted, published in self._differing(site, skus))

    def position(self, site: Site, sku: str) -> Position:
        """Return all that is known of one SKU on the site's list."""
        inventory_list = site.stock.inventory_list
        ((_, counts, demand, published),) = self._positions(site, [sku])
        return Position(
            sku=sku,
            counts=counts,
            demand=demand,
            not_taken=self.stock.not_taken(inventory_list, sku),
            published=published,
            refusal=self.refusals.among(inventory_list, [sku]).get(sku),
        )

    def findings(self, site: Site, known: Collection[str]) -> Iterator[Finding]:
        """Walk all counts of the site and yield what is out of the ordinary, SKU by SKU.

        `known` are the warehouses of all sites of the organisation.
        """
        for sku, counts, demand, _ in self._positions(site, None):
            yield from findings(site.stock, target(sku, site.stock, counts, demand), counts, known)

    def pending(self, site: Site, afresh: datetime | None = None) -> Iterator[str]:
        """Walk all counts of the site and yield the SKUs that a publication would write."""
        return (wanted.sku for wanted in self._changed(site, None, afresh))

    def _by_urgency(
        self, site: Site, skus: Collection[str] | None, afresh: datetime | None
    ) -> Iterator[Sequence[str]]:
        """Yield the SKUs to write in batches, those that cross zero before all others that are in sight.

        In sight are as many as may be in memory by name; behind them the walk goes on.
        """
        size, urgent, others = chunk_size(site), list[str](), list[str]()
        for wanted, published in self._differing(site, skus, afresh):
            (urgent if crosses_zero(wanted, published) else others).append(wanted.sku)
            if len(urgent) == size:
                yield urgent
                urgent = []
            if len(others) == _IN_SIGHT:
                yield from (*chunks(urgent, size), *chunks(others, size))
                urgent, others = [], []
        yield from (*chunks(urgent, size), *chunks(others, size))

    def _changed(
        self, site: Site, skus: Collection[str] | None, afresh: datetime | None = None
    ) -> Iterator[Target]:
        return (wanted for wanted, _ in self._differing(site, skus, afresh))

    def _differing(
        self, site: Site, skus: Collection[str] | None, afresh: datetime | None = None
    ) -> Iterator[tuple[Target, Published | None]]:
        for sku, counts, demand, published in self._positions(site, skus):
            if uncounted(site.stock, counts):
                continue
            wanted = target(sku, site.stock, counts, demand)
            old = published and afresh and published.started_at < afresh
            if old or differs(wanted, published, demand):
                yield wanted, published

    def _positions(
        self, site: Site, skus: Collection[str] | None
    ) -> Iterator[tuple[str, list[Count], list[Demand], Published | None]]:
        policy = site.stock
        return self.stock.positions(policy.inventory_list, site.organisation, skus, policy.share.others)

    def _publish(self, run: Run, chunk: Sequence[Target]) -> None:
        """Write these; what another writer began to write meanwhile is computed and written again."""
        site, tally = run.site, run.tally
        inventory_list = site.stock.inventory_list
        known = self.refusals.among(inventory_list, [wanted.sku for wanted in chunk])
        now = self.clock()
        resting = {sku for sku, one in known.items() if rests(one, now, run.afresh) and sku not in run.eager}
        tally.resting += len(resting)
        wanted = [one for one in chunk if one.sku not in resting]
        for _ in range(_MEETINGS if wanted else 0):
            lost = self._write_all(site, wanted, known, tally)
            if not lost:
                return
            wanted = list(self._changed(site, lost))
        if wanted:
            raise Unfinished("time.over", f"{tally.note()}, another writer writes the same SKUs")

    def _write_all(
        self, site: Site, chunk: Sequence[Target], known: dict[str, Refusal], tally: Tally
    ) -> list[str]:
        """Write, count and remember; return the SKUs whose write may not have been the last one.

        From `begin` until a write is known to have worked nobody knows what the storefront has, and nobody
        tells it of an export of these SKUs. What is written is read after that moment: so an order is either
        accepted for what was read, or exported only after the write. An export in between would be forgotten
        by the write and not be in its number.

        What a batch's answers confirm is remembered in one step at its end: a process that is killed before
        writes this batch once more, with numbers of then, and nothing else.
        """
        inventory_list, skus = site.stock.inventory_list, [wanted.sku for wanted in chunk]
        token = self.stock.begin(inventory_list, skus)
        # Older than anything that is read from here on: an order exported since is not overlooked.
        at = self.clock()
        fresh = {wanted.sku: wanted for wanted in self._changed(site, skus)}
        done, failures = dict[str, Published](), list[OrderbridgeError]()
        refused = dict[str, Rejected]()
        try:
            for one in self.shelf.write(site, [_allocation(wanted, at) for wanted in fresh.values()]):
                if one.error is None:
                    done[one.sku] = self._done(fresh[one.sku], at)
                elif isinstance(one.error, Rejected):
                    refused[one.sku] = one.error
                else:
                    failures.append(one.error)
        finally:
            # Also when a time limit ends it: what the storefront has answered is not written once more.
            kept = self.stock.save_published(inventory_list, done, token)
            tally.written += len(kept)
            self._refuse(site, refused, known, tally)
        lost = sorted(done.keys() - kept)
        if lost:
            # Also the other's memory of its write is worth nothing: ours may have come after it.
            self.stock.begin(inventory_list, lost)
        if failures:
            raise failures[0]
        return lost

    def _refuse(
        self, site: Site, refused: Mapping[str, Rejected], known: Mapping[str, Refusal], tally: Tally
    ) -> None:
        for sku, error in refused.items():
            tally.refuse(sku, error)
        now = self.clock()
        self.refusals.save(
            [refusal_of(site, sku, error, known.get(sku), now) for sku, error in refused.items()]
        )

    def _done(self, wanted: Target, at: datetime) -> Published:
        return Published(
            allocation=wanted.allocation, started_at=at, finished_at=self.clock(), manner=wanted.manner
        )


def _allocation(wanted: Target, at: datetime) -> Allocation:
    return Allocation(wanted.sku, wanted.allocation, at, wanted.manner)
