"""Inventory: counts by push and by pull, newer ones kept, and only what changed published."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sync.core.errors import Retryable
from sync.core.inventory import Published, Target, differs, target
from sync.core.messages import Done, Draft, Message, Origin, Outcome, Settled, Topic
from sync.core.ports import Reader, Stock, Storefront, Warehouse
from sync.core.sites import Site
from sync.flows.messages import site_of

STOCK_KEY = "stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFlow:
    """The story of a count on its way to the shelf label."""

    sites: Mapping[str, Site]
    storefront: Storefront
    warehouse: Warehouse
    stock: Stock
    reader: Reader
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
        older number can never overtake a newer one on its way to the storefront.
        """
        deadline = self.clock() + timedelta(seconds=self.time_limit)
        lists = self._lists(message.site)
        if message.topic == Topic.STOCK_REQUESTED:
            self.stock.save_counts(self.warehouse.counts(lists[0]))
            skus, outcome = None, Outcome.APPLIED
        else:
            outcomes = self.stock.save_counts(self.reader.counts(message, lists[0]))
            # Superseded counts are published too: an earlier attempt may have saved them and died.
            skus = outcomes.keys()
            outcome = Outcome.APPLIED if Outcome.APPLIED in outcomes.values() else Outcome.SUPERSEDED
        written = sum(self.publish(site, skus, deadline) for site in lists)
        return Settled(message, Done(outcome, f"{written} allocations written"))

    def _lists(self, organisation: str) -> list[Site]:
        """One site speaks for each inventory list; sites that share a list compute it alike."""
        sites = [site for site in self.sites.values() if site.organisation == organisation]
        by_list = {site.stock.inventory_list: site for site in reversed(sites)}
        return list(by_list.values()) or [site_of(self.sites, organisation)]

    def publish(self, site: Site, skus: Collection[str] | None, deadline: datetime) -> int:
        """Write every allocation that differs; return how many. Retryable time.over when cut short."""
        written = 0
        with ThreadPoolExecutor(self.parallel) as pool:
            for chunk in _chunks(self._changed(site, skus), 50):
                list(pool.map(lambda wanted: self._write(site, wanted), chunk))
                written += len(chunk)
                if self.clock() > deadline:
                    raise Retryable(
                        "time.over", f"{written} allocations written, more to come", retry_after=0.0
                    )
        return written

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

    def _write(self, site: Site, wanted: Target) -> None:
        started = self.clock()
        self.storefront.set_allocation(site.stock.inventory_list, wanted.sku, wanted.allocation, site=site)
        published = Published(allocation=wanted.allocation, started_at=started, finished_at=self.clock())
        self.stock.save_published(site.stock.inventory_list, wanted.sku, published)


def _chunks(targets: Iterator[Target], size: int) -> Iterator[Sequence[Target]]:
    while chunk := list(islice(targets, size)):
        yield chunk
