"""The storefront's shelf: which carrier takes a site's numbers there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.clients.stock.batches import Batches
from sync.clients.stock.records import Records
from sync.core.allocations import Allocation, Written
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The `Shelf` port; a site's publication table says which way is taken."""

    records: Records
    batches: Batches

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write absolute numbers to the site's list; yield what became of each."""
        carrier = self.records if site.publication.batch == 1 else self.batches
        return carrier.write(site, allocations)
