"""The storefront's shelf: which carrier takes a site's numbers there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from sync.clients.stock.batches import Batches
from sync.clients.stock.feeds import Feeds
from sync.clients.stock.imports import Imports
from sync.clients.stock.omnichannel import Omnichannel
from sync.clients.stock.records import Records
from sync.core.allocations import Allocation, Worked, Written
from sync.core.errors import Rejected
from sync.core.ports import Bulk
from sync.core.sites import PublicationPolicy, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The `Shelf` port; a site's publication table says which way is taken."""

    records: Records
    batches: Batches
    omnichannel: Omnichannel
    listed: Records

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write absolute numbers to the site's list; yield what became of each."""
        return self._carrier(site.publication).write(site, allocations)

    def _carrier(self, policy: PublicationPolicy) -> Records | Batches | Omnichannel:
        if policy.inventory == "omnichannel":
            return self.omnichannel
        if policy.api == "scapi":
            return self.listed
        return self.records if policy.batch == 1 else self.batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """The `Bulk` port; files go to the inventory that the site has."""

    feeds: Feeds
    imports: Imports

    def _bulk(self, site: Site) -> Bulk:
        return self.imports if site.publication.inventory == "omnichannel" else self.feeds

    def refusal(self, site: Site, allocation: Allocation) -> Rejected | None:
        """Return why a SKU can be in no file, None when it can."""
        return self._bulk(site).refusal(site, allocation)

    def write(self, site: Site, allocations: Iterable[Allocation], to: IO[bytes]) -> int:
        """Write a file record by record; return how many it has."""
        return self._bulk(site).write(site, allocations, to)

    def upload(self, site: Site, name: str, file: IO[bytes]) -> str:
        """Hand the whole file over; return the handle by which the work on it is started."""
        return self._bulk(site).upload(site, name, file)

    def start(self, site: Site, handle: str) -> str:
        """Have the file worked, once however often this is asked; empty while that is not possible yet."""
        return self._bulk(site).start(site, handle)

    def look(self, site: Site, execution: str) -> Worked | None:
        """Return how the work ended, None while it has not."""
        return self._bulk(site).look(site, execution)

    def withdraw(self, site: Site, name: str) -> None:
        """Take back a file whose upload was cut short."""
        self._bulk(site).withdraw(site, name)
