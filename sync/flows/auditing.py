"""Auditing: what the storefront has of each SKU against what it was last given, and the repair."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import structlog

from sync.core.errors import OrderbridgeError
from sync.core.inventory import Drift, Kind, Published, Shown, drift, extra
from sync.core.messages import Draft
from sync.core.ports import Audit, Audits, Ledger, Mirror, Stock
from sync.core.sites import Site
from sync.flows.chunking import chunks

log = structlog.get_logger()

# As many as are read and compared at once, and as one request names.
CHUNK = 500
# From so many repairs on, one request for everything is less work than requests that name them.
MANY = 10 * CHUNK
# Seconds between the two looks at what differs: by then the storefront's caches and copies have caught up.
PAUSE = 2.0
# So many findings are told in the log.
_TOLD = 10

Request = Callable[[str, str, Collection[str]], Draft]
Step = Callable[[int], None]


@dataclass(slots=True)
class _Run:
    """An audit under way: `suspects` differed at the first look."""

    site: Site
    started: datetime
    step: Step
    audited: int = 0
    moving: int = 0
    suspects: list[str] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)

    @property
    def inventory_list(self) -> str:
        return self.site.stock.inventory_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Reads back a sample or everything, and writes nothing itself: a repair goes the normal way."""

    mirror: Mirror
    audits: Audits
    stock: Stock
    ledger: Ledger
    request: Request
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    def size(self, site: Site, sample: int | None) -> int:
        """Return how many SKUs an audit of so many, or of all when None, will look at."""
        known = self.audits.size(site.stock.inventory_list)
        return known if sample is None else min(known, sample)

    def audit(
        self, site: Site, sample: int | None, *, repair: bool, step: Step = lambda _: None
    ) -> tuple[Audit, list[Drift]]:
        """Compare `sample` SKUs, or all when None; return how it ended and what differs, sorted by SKU.

        A sample is of those whose last audit is longest ago, so that audits come round. What differs is
        looked at twice, and a SKU that is written meanwhile is left alone: neither sales nor exports nor
        publications under way are drift. A failure is raised once it was noted.
        """
        run = _Run(site, self.clock(), step)
        pages = self.mirror.walk(site) if sample is None else None
        try:
            for page in pages or ():
                self._look(run, page.keys(), page)
                self._look_for_strangers(run, page)
            self._look_again(run)
            for skus in self._others(run, sample):
                self._look(run, skus, self.mirror.read(site, skus))
            self._look_again(run)
        except OrderbridgeError as error:
            self.audits.finish(self._ended(run, sample, pages, error=error.code))
            raise
        drifts = sorted(run.drifts, key=lambda one: one.sku)
        repaired = self._repair(run, drifts) if repair else 0
        ended = self._ended(run, sample, pages, repaired)
        self.audits.finish(ended)
        if drifts:
            told = [f"{one.sku}: {one.ours} / {one.theirs}" for one in drifts[:_TOLD]]
            log.warning("stock.drifted", inventory_list=run.inventory_list, count=len(drifts), first=told)
        return ended, drifts

    def _others(self, run: _Run, sample: int | None) -> Iterator[Sequence[str]]:
        """The sample; or of everything what no walk has met, be it gone from the list or moved in it."""
        if sample is None:
            yield from self.audits.unseen(run.inventory_list, run.started)
            return
        chosen = iter(self.audits.least_recent(run.inventory_list, sample))
        while chunk := list(islice(chosen, CHUNK)):
            yield chunk

    def _look(self, run: _Run, skus: Collection[str], shown: Mapping[str, Shown]) -> None:
        """Compare; what agrees is done with, what differs is a suspect."""
        known = self.audits.published(run.inventory_list, skus)
        suspects = {one.sku for one in _drifts(known, shown)}
        agree = known.keys() - suspects
        self.audits.keep(run.inventory_list, agree, [], run.started)
        run.suspects += sorted(suspects)
        run.audited += len(agree)
        run.step(len(agree))
        if len(run.suspects) >= CHUNK:
            self._look_again(run)

    def _look_again(self, run: _Run) -> None:
        """Read the suspects between two looks at what was written: only what stood still can have drifted."""
        suspects, run.suspects = run.suspects, []
        if not suspects:
            return
        self.sleep(PAUSE)
        before = self.audits.published(run.inventory_list, suspects)
        shown = self.mirror.read(run.site, before.keys())
        after = self.audits.published(run.inventory_list, suspects)
        still = {sku: one for sku, one in before.items() if after.get(sku) == one}
        found = list(_drifts(still, shown))
        self.audits.keep(run.inventory_list, still.keys(), found, run.started)
        run.drifts += found
        run.audited += len(still)
        run.moving += len(suspects) - len(still)
        run.step(len(suspects))

    def _look_for_strangers(self, run: _Run, page: Mapping[str, Shown]) -> None:
        found = [extra(sku, page[sku]) for sku in sorted(self.audits.strangers(run.site, page.keys()))]
        if found:
            self.audits.keep(run.inventory_list, (), found, run.started)
            run.drifts += found

    def _repair(self, run: _Run, drifts: Iterable[Drift]) -> int:
        """Forget what was published, and ask for the counts: what follows is written as everything else is.

        What nobody here wrote is left alone: which number would be right is not known. An audit that dies in
        the middle has repaired nothing wrongly: what is forgotten is written by the next pull.
        """
        skus = [one.sku for one in drifts if one.kind is not Kind.EXTRA]
        parts = list(chunks(skus, CHUNK))
        for chunk in parts:
            self.stock.begin(run.inventory_list, chunk)
            self.audits.repaired(run.inventory_list, chunk, self.clock())
        asked: list[Sequence[str]] = [[]] if len(skus) > MANY else parts
        slots = [f"audit-{run.inventory_list}-{run.started.isoformat()}-{n}" for n in range(len(asked))]
        self.ledger.add(
            [
                self.request(run.site.organisation, slot, named)
                for slot, named in zip(slots, asked, strict=True)
            ]
        )
        return len(skus)

    def _ended(
        self, run: _Run, sample: int | None, pages: object, repaired: int = 0, error: str = ""
    ) -> Audit:
        return Audit(
            inventory_list=run.inventory_list,
            site=run.site.name,
            started_at=run.started,
            finished_at=self.clock(),
            whole=sample is None,
            walked=pages is not None,
            audited=run.audited,
            moving=run.moving,
            drifted=len(run.drifts),
            repaired=repaired,
            error=error,
        )


def _drifts(known: Mapping[str, Published], shown: Mapping[str, Shown]) -> Iterator[Drift]:
    found = (drift(sku, published, shown.get(sku)) for sku, published in known.items())
    return (one for one in found if one is not None)
