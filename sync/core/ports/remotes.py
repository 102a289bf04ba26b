"""The two remote systems as the flows see them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sync.core.allocations import Allocation, Written
from sync.core.inventory import Count
from sync.core.orders import Order, WarehouseOrder
from sync.core.ports.results import CancelResult, ImportResult, Listed, Observation, Sighting
from sync.core.postings import Posting
from sync.core.sites import Route, Site


class Shelf(Protocol):
    """Where the storefront keeps what may be sold."""

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write absolute numbers to the site's list, records created when missing; yield what became of each.

        Every SKU is told of once. One that is refused keeps back no other; what is not known
        (`OutcomeUnknown`) may be written again, since the numbers are absolute.
        """
        ...


class OrderBook(Protocol):
    """Where the storefront keeps its orders."""

    def order(self, site: Site, order_no: str) -> Order:
        """Return the order as it is now; Retryable order.not_readable when unknown (yet)."""
        ...

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses; raises as `order`."""
        ...

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of orders ready for export changed since, oldest first."""
        ...

    def placed_orders(
        self, site: Site, since: datetime, until: datetime | None, statuses: Collection[str]
    ) -> Iterator[Listed]:
        """Yield the orders ready for export, in these statuses, created in [since, until), oldest first."""
        ...

    def canceled_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of canceled orders changed since, oldest first."""
        ...


class Till(Protocol):
    """Where the storefront is told of an order."""

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses."""
        ...

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        """Make one posting; OutcomeUnknown when the answer was lost."""
        ...


class Storefront(OrderBook, Till, Protocol):
    """The shop: commercial truth. Every call may raise Retryable, Rejected or Alarm."""


class Counting(Protocol):
    """Where the warehouse tells what it has."""

    def counts(self, organisation: str, skus: Collection[str] | None = None) -> Iterator[Count]:
        """Yield the present counts of the organisation; `as_of` is the start of the request."""
        ...

    def askable(self, sku: str) -> bool:
        """Tell whether a SKU can be asked for by name; what cannot is told only with everything."""
        ...


class Paper(Protocol):
    """What the warehouse is sent, for people to look at."""

    def document(self, site: Site, orders: Sequence[WarehouseOrder]) -> str:
        """Return the document that imports these orders."""
        ...

    def masked(self, document: str) -> str:
        """Return a document, or a comparison of two, with every personal value blotted out."""
        ...


class Desk(Protocol):
    """Where the warehouse takes orders, and takes them back."""

    def document(self, site: Site, orders: Sequence[WarehouseOrder]) -> str:
        """Return the document that imports these orders."""
        ...

    def import_orders(
        self, site: Site, channel: str, orders: Sequence[WarehouseOrder]
    ) -> dict[str, ImportResult]:
        """Import a batch in one document; return reference → result, one for every order."""
        ...

    def cancel(self, channel: str, reference: str, *, rename: bool) -> CancelResult:
        """Cancel a whole order; `rename` frees its reference for another import."""
        ...

    def is_canceled(self, channel: str, reference: str) -> bool:
        """Tell whether the order is canceled now."""
        ...

    def holds(self, channel: str, reference: str, units: Mapping[str, int]) -> bool:
        """Tell whether the warehouse's order under that reference has the same SKUs and quantities."""
        ...


class Yard(Protocol):
    """Where the warehouse can be seen at work."""

    def order_detail(self, channel: str, reference: str) -> Sighting | None:
        """Return the present state of one order, None when unknown there."""
        ...

    def despatches(self, channel: str, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the shipments completed in the window [since, until)."""
        ...

    def returns(self, route: Route, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the returns applied in the window, where the instance offers the report."""
        ...


class Warehouse(Desk, Paper, Yard, Counting, Protocol):
    """The warehouse system: fulfillment truth. Every call may raise Retryable, Rejected or Alarm."""
