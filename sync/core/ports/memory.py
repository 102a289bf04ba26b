"""What Postgres remembers, as the flows see it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.core.fulfillment import Known
from sync.core.inventory import Count, Demand, Published, Refusal
from sync.core.messages import Draft, Message, Outcome, Settled
from sync.core.orders import Order
from sync.core.postings import HandedOrder
from sync.core.showing import Told
from sync.core.sites import Site


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


class Line(Ledger, Protocol):
    """The ledger for a flow that looks at what waits behind its message."""

    def behind(self, message: Message) -> list[Message]:
        """Return the unfinished messages of the same key that came after this one, oldest first."""
        ...


class Made(Protocol):
    """The part of the ledger that a posting needs which was dead for a while."""

    def made_after(self, message: Message) -> list[str]:
        """Return the bodies of later messages of the same topic, site and key that were applied."""
        ...

    def dead_before(self, message: Message) -> dict[int, str]:
        """Return id → body of earlier messages of the same topic, site and key that are dead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which dead messages; None means any. `before` is the time they died, `after` an id that was seen."""

    ids: Sequence[int] | None = None
    code: str | None = None
    site: str | None = None
    topic: str | None = None
    key: str | None = None
    before: datetime | None = None
    after: int | None = None


class DeadLetters(Protocol):
    """The part of the ledger that reprocessing needs."""

    def select_dead(self, selection: Selection, limit: int) -> list[Message]:
        """Return matching dead messages, oldest first."""
        ...

    def requeue(self, ids: Sequence[int], *, replay: bool = False, actor: str = "") -> int:
        """Make dead messages due now, with fresh tries; return how many. `replay` uses their own body.

        With an `actor` it is noted who did so.
        """
        ...

    def document(self, message_id: int) -> str:
        """Return what the last attempt sent in vain, empty when it sent nothing."""
        ...

    def stamps(self, site: str, order_no: str) -> dict[str, datetime]:
        """Return reference → stamp of what an earlier attempt has reserved."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A reference as the warehouse has it.

    `amended_at` is set before the cancellation that an amendment begins with, and renewed when the order
    was taken anew; `freed_at` is set in between, and `destination` is then what is being told.
    `placed_status` is the order's status in the storefront when it was first handed over.
    """

    reference: str
    channel: str
    destination: str | None
    freed_at: datetime | None
    amended_at: datetime | None
    closed_at: datetime | None
    placed_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A reference that was sent or was about to be, and is not known to be accepted."""

    reference: str
    channel: str
    units: Mapping[str, int]


class Orders(Protocol):
    """The links between storefront orders and warehouse references, and what is known of them."""

    def reserve(self, order: Order, site: Site) -> dict[str, datetime]:
        """Remember the hand-over before it is tried; return reference → stamp, the same on every call."""
        ...

    def tried(self, site: Site, order_no: str) -> list[Tried]:
        """Return the references that an earlier attempt reserved and that are not accepted yet."""
        ...

    def accepted(self, site: Site, order_no: str) -> bool:
        """Tell whether the warehouse has the whole order."""
        ...

    def find(self, site: Site, reference: str) -> HandedOrder | None:
        """Return the accepted order behind a warehouse reference."""
        ...

    def handovers(self, site: Site, order_no: str) -> list[Handover]:
        """Return the accepted hand-overs of an order, by reference."""
        ...

    def handover(self, site: Site, reference: str) -> Handover | None:
        """Return one accepted hand-over."""
        ...

    def amending(self, site: Site, reference: str, at: datetime) -> None:
        """Remember that an amendment begins: from now on facts may be about an order that is gone."""
        ...

    def free(self, site: Site, reference: str, *, begun: datetime, at: datetime, told: str) -> datetime:
        """Remember that the reference is free, what will be told under it, and return its new stamp.

        What is known of the former order is forgotten. Raises Retryable progress.stale when another
        attempt has begun since `begun`.
        """
        ...

    def told(self, site: Site, order_no: str) -> Told:
        """Return what was last set in the storefront; of kinds under way only that they are."""
        ...

    def known(self, site: Site, order_no: str) -> tuple[int, Known]:
        """Return the version and what is known of the order's fulfillment; 0 and nothing at first."""
        ...

    def silent(self, site: Site, since: datetime, limit: int) -> list[tuple[str, str]]:
        """Return (channel, reference) of open orders of which nothing was heard since."""
        ...

    def heard(self, site: Site, asked: Sequence[tuple[str, str]], at: datetime) -> None:
        """Note that the warehouse was asked about these (channel, reference)."""
        ...


class Queue(Protocol):
    """The part of the ledger that takes together what waits for one key."""

    def take_behind(self, message: Message, topics: Collection[str], *, limit: int) -> list[Message]:
        """Lease what is due right behind a claimed message, without a gap, oldest first."""
        ...

    def hold(self, messages: Sequence[Message]) -> bool:
        """Renew the leases of claimed messages; False when one was lost to another attempt."""
        ...


class Stock(Protocol):
    """Counts, demand and what was published."""

    def save_counts(self, counts: Iterable[Count]) -> dict[str, Outcome]:
        """Keep the newer of stored and given counts; return SKU → outcome."""
        ...

    def save_pulled(self, counts: Iterable[Count]) -> int:
        """Keep the newer of stored and given counts, of any number; return how many were given."""
        ...

    def save_absent(
        self, organisation: str, warehouses: Collection[str], since: datetime, unless: Collection[str]
    ) -> None:
        """Keep that what was counted since, but not in these warehouses, is not there."""
        ...

    def save_disappeared(self, organisation: str, since: datetime, unless: Collection[str]) -> list[str]:
        """Mark what was not told of since, and return the SKUs that were not marked before."""
        ...

    def positions(
        self,
        inventory_list: str,
        organisation: str,
        skus: Collection[str] | None = None,
        others: Collection[str] = (),
    ) -> Iterator[tuple[str, list[Count], list[Demand], Published | None]]:
        """Yield SKU, its counts, its demand, also on `others` lists, and its last publication."""
        ...

    def not_taken(self, inventory_list: str, sku: str) -> list[Demand]:
        """Return the SKU's units in orders that were read, and that the warehouse has not taken."""
        ...

    def begin(self, inventory_list: str, skus: Collection[str]) -> str:
        """Forget what the storefront was given: from now on it may be anything. Returns a token."""
        ...

    def save_published(self, inventory_list: str, published: Mapping[str, Published], token: str) -> set[str]:
        """Remember, in one step, what the storefront was given by SKU.

        Returns the SKUs it is remembered for: the others have a writer that began since.
        """
        ...


class Refusals(Protocol):
    """What the storefront does not take."""

    def among(self, inventory_list: str, skus: Collection[str]) -> dict[str, Refusal]:
        """Return those of the SKUs that the storefront refused last time."""
        ...

    def save(self, refusals: Collection[Refusal]) -> None:
        """Remember refusals, in one step, until a write works."""
        ...


class Cursors(Protocol):
    """How far each poll has come."""

    def get(self, name: str) -> datetime | None:
        """Return the stored position."""
        ...

    def advance(self, name: str, to: datetime) -> None:
        """Move forward, never back."""
        ...

    def forget(self, name: str) -> None:
        """Forget the position: the next walk begins anew."""
        ...


class WantedCounts(Protocol):
    """What counts shall be asked for."""

    def due(self, now: datetime, limit: int) -> list[tuple[str, datetime, str]]:
        """Return (organisation, due, SKU) of at most `limit` that are due, in this order."""
        ...

    def forget(self, organisation: str, done: Sequence[tuple[datetime, str]]) -> None:
        """Forget what was asked for."""
        ...
