"""Inventory: counts by push and by pull, newer ones kept, and only what changed published."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sync.core.errors import Rejected, Unfinished
from sync.core.inventory import Published, Target, differs, target
from sync.core.messages import Done, Draft, Message, Origin, Outcome, Settled, Topic
from sync.core.ports import Counting, CountReader, Shelf, Stock
from sync.core.sites import Site
from sync.flows.messages import site_of

STOCK_KEY = "stock"


@dataclass(slots=True)
class Tally:
    """What became of a publication: how many allocations were written, and which were refused."""

    written: int = 0
    refused: dict[str, Rejected] = field(default_factory=dict)

    def settled(self, message: Message, outcome: Outcome) -> Settled:
        """Return the settlement; raises `Rejected` with the reasons by list and SKU when any was refused."""
        note = f"{self.written} allocations written"
        if not self.refused:
            return Settled(message, Done(outcome, note))
        first = next(iter(self.refused.values()))
        raise Rejected(
            first.code,
            f"{note}, {len(self.refused)} refused, the first: {first.detail}",
            fields={place: refusal.detail for place, refusal in self.refused.items()},
            remote_status=first.remote_status,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFlow:
    """The story of a count on its way to the shelf label."""

    sites: Mapping[str, Site]
    storefront: Shelf
    warehouse: Counting
    stock: Stock
    reader: CountReader
    clock: Callable[[], datetime]
    parallel: int = 4
    time_limit: float = 90.0

    def request(self, organisation: str, slot: str) -> Draft:
        """Return the message that asks for a full pull; one per `slot`, however often beat ticks."""
        return Draft(
            site=organisation,
            topic=Topic.STOCK_REQUESTED,
            origin=Origin.WAREHOUSE,
            key=STOCK_KEY,
            dedupe_key=f"pull:{slot}",
            body=json.dumps({"slot": slot}),
            correlation_id=f"pull-{organisation}-{slot}",
        )

    def deliver(self, message: Message) -> Settled:
        """Keep the newer counts, then publish what they change on every list of the organisation.

        All stock messages of an organisation share one key, so they are worked one at a time and an
        older number can never overtake a newer one on its way to the storefront. A SKU that the storefront
        refuses holds up no other: the message is rejected at the end, naming it.
        """
        deadline = self.clock() + timedelta(seconds=self.time_limit)
        lists = self._lists(message.site)
        if message.topic == Topic.STOCK_REQUESTED:
            self.stock.save_counts(self.warehouse.counts(message.site))
            skus, outcome = None, Outcome.APPLIED
        else:
            outcomes = self.stock.save_counts(self.reader.counts(message, lists[0]))
            # Superseded counts are published too: an earlier attempt may have saved them and died.
            skus = outcomes.keys()
            outcome = Outcome.APPLIED if Outcome.APPLIED in outcomes.values() else Outcome.SUPERSEDED
        tally = Tally()
        for site in lists:
            self.publish(site, skus, deadline, tally)
        return tally.settled(message, outcome)

    def _lists(self, organisation: str) -> list[Site]:
        """One site speaks for each inventory list; sites that share a list compute it alike."""
        sites = [site for site in self.sites.values() if site.organisation == organisation]
        by_list = {site.stock.inventory_list: site for site in reversed(sites)}
        return list(by_list.values()) or [site_of(self.sites, organisation)]

    def publish(self, site: Site, skus: Collection[str] | None, deadline: datetime, tally: Tally) -> None:
        """Write every allocation that differs, counting in `tally`. Unfinished time.over when cut short."""
        inventory_list = site.stock.inventory_list
        with ThreadPoolExecutor(self.parallel) as pool:
            for chunk in _chunks(self._changed(site, skus), 50):
                # From here until a write is known to have worked, nobody knows what the storefront has.
                self.stock.forget_published(inventory_list, [wanted.sku for wanted in chunk])
                answers = pool.map(lambda wanted: self._write(site, wanted), chunk)
                for wanted, refusal in zip(chunk, answers, strict=True):
                    if refusal is None:
                        tally.written += 1
                    else:
                        tally.refused[f"{inventory_list}.{wanted.sku}"] = refusal
                if self.clock() > deadline:
                    _cut_short(tally)
                    break

    def explain(self, site: Site, sku: str) -> tuple[Target, Published | None]:
        """Return the target of one SKU with its terms, and what was last published."""
        positions = self.stock.positions(site.stock.inventory_list, site.organisation, [sku])
        _, counts, demand, published = next(positions)
        return target(sku, site.stock, counts, demand), published

    def _changed(self, site: Site, skus: Collection[str] | None) -> Iterator[Target]:
        for sku, counts, demand, published in self.stock.positions(
            site.stock.inventory_list, site.organisation, skus
        ):
            wanted = target(sku, site.stock, counts, demand)
            if counts and differs(wanted, published, demand):
                yield wanted

    def _write(self, site: Site, wanted: Target) -> Rejected | None:
        """Write and remember; return the storefront's refusal of this SKU, if any."""
        inventory_list, started = site.stock.inventory_list, self.clock()
        try:
            self.storefront.set_allocation(inventory_list, wanted.sku, wanted.allocation, site=site)
        except Rejected as refusal:
            return refusal
        published = Published(allocation=wanted.allocation, started_at=started, finished_at=self.clock())
        self.stock.save_published(inventory_list, wanted.sku, published)
        return None


def _cut_short(tally: Tally) -> None:
    """Ask for another attempt, unless it would meet nothing but the same refusals, for ever."""
    if tally.written or not tally.refused:
        raise Unfinished("time.over", f"{tally.written} written, more to come")


def _chunks(targets: Iterator[Target], size: int) -> Iterator[Sequence[Target]]:
    while chunk := list(islice(targets, size)):
        yield chunk
