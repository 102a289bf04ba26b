"""Publishing: the allocations that differ, each remembered only when it is known to be the last write."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sync.core.errors import Rejected, Unfinished
from sync.core.inventory import Published, Refusal, Target, differs, pause, target, uncounted
from sync.core.ports import Refusals, Shelf, Stock
from sync.core.sites import Site

_CHUNK = 50
# Writers of one SKU can meet only where one was frozen past its lease; two that go on meeting are a bug.
_MEETINGS = 5


@dataclass(slots=True)
class Tally:
    """What became of a publication: how many allocations were written, and how many were refused."""

    written: int = 0
    refused: int = 0
    resting: int = 0
    first: str = ""

    def note(self) -> str:
        """Say it in one line."""
        said = f"{self.written} allocations written"
        if self.refused:
            said += f", {self.refused} refused, the first: {self.first}"
        return said + (f", {self.resting} refused before and not due yet" if self.resting else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes to the storefront's lists what differs from the last known write."""

    storefront: Shelf
    stock: Stock
    refusals: Refusals
    clock: Callable[[], datetime]
    parallel: int = 4

    def publish(
        self,
        site: Site,
        skus: Collection[str] | None,
        deadline: datetime,
        tally: Tally,
        eager: Collection[str] = (),
    ) -> None:
        """Write every allocation that differs, of all SKUs when None. Unfinished time.over when cut short.

        A SKU that the storefront refuses holds up no other: it is remembered, and tried again by later
        publications with growing pauses, or at once when it is among the `eager`.
        """
        with ThreadPoolExecutor(self.parallel) as pool:
            for chunk in _chunks(self._changed(site, skus), _CHUNK):
                self._publish(pool, site, chunk, tally, eager)
                if self.clock() > deadline:
                    raise Unfinished("time.over", f"{tally.note()}, more to come")

    def explain(self, site: Site, sku: str) -> tuple[Target, Published | None, list[str]]:
        """Return the target of one SKU, what was last published, and which warehouses have not counted it."""
        positions = self.stock.positions(site.stock.inventory_list, site.organisation, [sku])
        _, counts, demand, published = next(positions)
        return target(sku, site.stock, counts, demand), published, uncounted(site.stock, counts)

    def _changed(self, site: Site, skus: Collection[str] | None) -> Iterator[Target]:
        for sku, counts, demand, published in self.stock.positions(
            site.stock.inventory_list, site.organisation, skus
        ):
            if uncounted(site.stock, counts):
                continue
            wanted = target(sku, site.stock, counts, demand)
            if differs(wanted, published, demand):
                yield wanted

    def _publish(
        self,
        pool: ThreadPoolExecutor,
        site: Site,
        chunk: Sequence[Target],
        tally: Tally,
        eager: Collection[str],
    ) -> None:
        """Write these; what another writer began to write meanwhile is computed and written again."""
        inventory_list = site.stock.inventory_list
        known = self.refusals.among(inventory_list, [wanted.sku for wanted in chunk])
        now = self.clock()
        resting = {sku for sku, one in known.items() if one.next_at > now and sku not in eager}
        tally.resting += len(resting)
        wanted = [one for one in chunk if one.sku not in resting]
        for _ in range(_MEETINGS if wanted else 0):
            lost = self._write_all(pool, site, wanted, known, tally)
            if not lost:
                return
            # Also the other's memory of its write is worth nothing: ours may have come after it.
            self.stock.begin(inventory_list, lost)
            wanted = list(self._changed(site, lost))
        if wanted:
            raise Unfinished("time.over", f"{tally.note()}, another writer writes the same SKUs")

    def _write_all(
        self,
        pool: ThreadPoolExecutor,
        site: Site,
        chunk: Sequence[Target],
        known: dict[str, Refusal],
        tally: Tally,
    ) -> list[str]:
        """Write, count and remember; return the SKUs whose write may not have been the last one."""
        # From here until a write is known to have worked, nobody knows what the storefront has.
        token = self.stock.begin(site.stock.inventory_list, [wanted.sku for wanted in chunk])
        lost = []
        answers = pool.map(lambda wanted: self._write(site, wanted, token), chunk)
        for wanted, answer in zip(chunk, answers, strict=True):
            if isinstance(answer, Rejected):
                tally.refused += 1
                tally.first = tally.first or f"{wanted.sku}: {answer.detail}"
                self.refusals.save(self._refusal(site, wanted.sku, answer, known.get(wanted.sku)))
            elif answer:
                tally.written += 1
            else:
                lost.append(wanted.sku)
        return lost

    def _write(self, site: Site, wanted: Target, token: str) -> bool | Rejected:
        """Write and remember; return whether it was the last write, or the storefront's refusal."""
        inventory_list, started = site.stock.inventory_list, self.clock()
        try:
            self.storefront.set_allocation(inventory_list, wanted.sku, wanted.allocation, site=site)
        except Rejected as refusal:
            return refusal
        published = Published(allocation=wanted.allocation, started_at=started, finished_at=self.clock())
        return self.stock.save_published(inventory_list, wanted.sku, published, token)

    def _refusal(self, site: Site, sku: str, refused: Rejected, last: Refusal | None) -> Refusal:
        times, now = (last.times if last else 0) + 1, self.clock()
        return Refusal(
            inventory_list=site.stock.inventory_list,
            sku=sku,
            code=refused.code,
            detail=refused.detail,
            remote_status=refused.remote_status,
            times=times,
            since=last.since if last else now,
            next_at=now + pause(times),
        )


def _chunks(targets: Iterator[Target], size: int) -> Iterator[Sequence[Target]]:
    while chunk := list(islice(targets, size)):
        yield chunk
