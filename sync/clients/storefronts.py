"""The storefront port for a house whose sites speak different interfaces."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync.core.orders import Order
from sync.core.ports import Listed, Observation, Storefront
from sync.core.postings import Posting
from sync.core.sites import Api, Site


@dataclass(frozen=True, slots=True)
class Storefronts:
    """The `Storefront` port; every call goes to the client of its site's interface."""

    clients: Mapping[Api, Storefront]

    def order(self, site: Site, order_no: str) -> Order:
        """Return the order as it is now."""
        return self.clients[site.api].order(site, order_no)

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses."""
        return self.clients[site.api].observe(site, order_no)

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of orders ready for export changed since, oldest first."""
        return self.clients[site.api].ready_orders(site, since)

    def placed_orders(
        self, site: Site, since: datetime, until: datetime | None, statuses: Collection[str]
    ) -> Iterator[Listed]:
        """Yield the orders ready for export, in these statuses, created in [since, until), oldest first."""
        return self.clients[site.api].placed_orders(site, since, until, statuses)

    def canceled_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of canceled orders changed since, oldest first."""
        return self.clients[site.api].canceled_orders(site, since)

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        """Make one posting."""
        self.clients[site.api].post(site, order_no, posting)
