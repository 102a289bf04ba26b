"""What the flows need from the world: small protocols, implemented by clients and store, faked in tests."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.core.fulfillment import Fact, Known
from sync.core.inventory import Count, Demand, Published
from sync.core.messages import Draft, Message, Outcome, Settled
from sync.core.orders import Order, WarehouseOrder
from sync.core.postings import HandedOrder, Posting
from sync.core.sites import Site


@dataclass(frozen=True, slots=True)
class Accepted:
    """The warehouse took the order now."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The warehouse already has an order under this reference; `detail` is its text."""

    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The warehouse will not take the order as it is; `detail` is its text."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The answer does not mention the order: nobody knows."""


ImportResult = Accepted | Taken | Refused | Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The storefront's present view of an order, for a look before a write."""

    status: str
    export_status: str
    shipping_status: str
    external_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A piece of a poll's answer, kept exactly as received, ready to become a message.

    `identity` is the same for the same content, so that seeing it again changes nothing.
    """

    reference: str
    identity: str
    body: str


class Storefront(Protocol):
    """The shop: commercial truth. Every call may raise Retryable, Rejected or Alarm."""

    def order(self, site: Site, order_no: str) -> Order:
        """Return the order as it is now; Retryable order.not_readable when unknown (yet)."""
        ...

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of orders ready for export changed since, oldest first."""
        ...

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses."""
        ...

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        """Make one posting; OutcomeUnknown when the answer was lost."""
        ...

    def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        """Write an absolute allocation, creating the record when missing."""
        ...


class Warehouse(Protocol):
    """The warehouse system: fulfillment truth. Every call may raise Retryable, Rejected or Alarm."""

    def import_orders(self, site: Site, orders: Sequence[WarehouseOrder]) -> dict[str, ImportResult]:
        """Import a batch in one document; return reference → result, one for every order."""
        ...

    def holds(self, site: Site, order: WarehouseOrder) -> bool:
        """Tell whether the warehouse's order under that reference has the same SKUs and quantities."""
        ...

    def order_detail(self, site: Site, reference: str) -> Sighting | None:
        """Return the present state of one order, None when unknown there."""
        ...

    def despatches(self, site: Site, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the shipments completed in the window [since, until)."""
        ...

    def returns(self, site: Site, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the returns applied in the window, where the instance offers the report."""
        ...

    def counts(self, site: Site, skus: Collection[str] | None = None) -> Iterator[Count]:
        """Yield the present counts of the site's organisation; `as_of` is the start of the request."""
        ...


class Reader(Protocol):
    """Turns bodies as received into core values; raises Rejected with field errors."""

    def placed_order_no(self, message: Message) -> str:
        """Return the order number an order event speaks of."""
        ...

    def placed_order(self, message: Message, site: Site) -> Order | None:
        """Return the order an event carries in full, None when it carries only its number."""
        ...

    def fact(self, message: Message, site: Site) -> Fact:
        """Return what a warehouse document says of one reference."""
        ...

    def counts(self, message: Message, site: Site) -> list[Count]:
        """Return the counts of a stock document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAccepted:
    """Record: the warehouse has every reference of the order."""

    site: str
    order_no: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfirmed:
    """Record: the storefront was told that the order is exported."""

    site: str
    order_no: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressMade:
    """Record: what is known of an order's fulfillment after a fact; `version` is the one it was read at."""

    site: str
    order_no: str
    version: int
    known: Known
    at: datetime
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFound:
    """Record: two systems disagree about a field; a person decides."""

    site: str
    order_no: str
    field: str
    detail: str


Record = Draft | HandoverAccepted | ExportConfirmed | ProgressMade | ConflictFound


class Ledger(Protocol):
    """The memory of all work."""

    def add(self, drafts: Sequence[Draft]) -> int:
        """Insert or ignore; return how many were new."""
        ...

    def claim(
        self,
        topics: Collection[str],
        *,
        limit: int,
        lease: float,
        site: str | None = None,
        key: str | None = None,
    ) -> list[Message]:
        """Lease due messages, never two of one key at a time, and never past an unfinished earlier one."""
        ...

    def settle(self, settled: Sequence[Settled]) -> list[bool]:
        """Commit settlements with their records; False where the lease was lost to another attempt."""
        ...


class Made(Protocol):
    """The part of the ledger that a posting needs which was dead for a while."""

    def made_after(self, message: Message) -> list[str]:
        """Return the bodies of later messages of the same topic, site and key that were applied."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which dead messages; None means any. `before` is the time they died."""

    ids: Sequence[int] | None = None
    code: str | None = None
    site: str | None = None
    topic: str | None = None
    key: str | None = None
    before: datetime | None = None


class DeadLetters(Protocol):
    """The part of the ledger that reprocessing needs."""

    def select_dead(self, selection: Selection, limit: int) -> list[Message]:
        """Return matching dead messages, oldest first."""
        ...

    def requeue(self, ids: Sequence[int]) -> int:
        """Make dead messages due now, with fresh tries; return how many."""
        ...


class Orders(Protocol):
    """The links between storefront orders and warehouse references, and what is known of them."""

    def reserve(self, order: Order, site: Site) -> dict[str, datetime]:
        """Remember the hand-over before it is tried; return reference → stamp, the same on every call."""
        ...

    def accepted(self, site: Site, order_no: str) -> bool:
        """Tell whether the warehouse has the whole order."""
        ...

    def find(self, site: Site, reference: str) -> HandedOrder | None:
        """Return the accepted order behind a warehouse reference."""
        ...

    def known(self, site: Site, order_no: str) -> tuple[int, Known]:
        """Return the version and what is known of the order's fulfillment; 0 and nothing at first."""
        ...

    def silent(self, site: Site, since: datetime, limit: int) -> list[str]:
        """Return references of open orders of which nothing was heard since."""
        ...

    def heard(self, site: Site, references: Sequence[str], at: datetime) -> None:
        """Note that the warehouse was asked about these orders."""
        ...


class Stock(Protocol):
    """Counts, demand and what was published."""

    def save_counts(self, counts: Iterable[Count]) -> dict[str, Outcome]:
        """Keep the newer of stored and given counts; return SKU → outcome."""
        ...

    def positions(
        self, inventory_list: str, organisation: str, skus: Collection[str] | None = None
    ) -> Iterator[tuple[str, list[Count], list[Demand], Published | None]]:
        """Yield SKU, its counts, its demand and its last publication."""
        ...

    def forget_published(self, inventory_list: str, skus: Collection[str]) -> None:
        """Forget what the storefront was given: from now on it may be anything."""
        ...

    def save_published(self, inventory_list: str, sku: str, published: Published) -> None:
        """Remember what the storefront was given."""
        ...


class Cursors(Protocol):
    """How far each poll has come."""

    def get(self, name: str) -> datetime | None:
        """Return the stored position."""
        ...

    def advance(self, name: str, to: datetime) -> None:
        """Move forward, never back."""
        ...
