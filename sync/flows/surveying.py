"""Surveying: how many SKUs of each list are out of the ordinary, counted now and then for the metrics."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync.core.inventory import Matter
from sync.core.ports import Tallies
from sync.core.sites import Site
from sync.flows.publishing import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Walks all counts: minutes for millions of SKUs, and always the memory of a few."""

    sites: Mapping[str, Site]
    publisher: Publisher
    tallies: Tallies
    clock: Callable[[], datetime]

    def count(self) -> dict[str, dict[str, int]]:
        """Remember and return list → matter → number of SKUs, also where there are none."""
        known = {name for site in self.sites.values() for name in site.stock.warehouses}
        lists = {site.stock.inventory_list: site for site in reversed(list(self.sites.values()))}
        found: dict[str, dict[str, int]] = {}
        for inventory_list, site in sorted(lists.items()):
            skus: Counter[str] = Counter()
            last = set[tuple[str, str]]()
            for one in self.publisher.findings(site, known):
                # A SKU may be told of once for each of its warehouses.
                last = {pair for pair in last if pair[0] == one.sku}
                skus[one.matter] += (one.sku, one.matter) not in last
                last.add((one.sku, one.matter))
            found[inventory_list] = {matter.value: skus[matter] for matter in Matter}
            self.tallies.save(inventory_list, found[inventory_list], self.clock())
        return found
