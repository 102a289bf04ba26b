"""One line of an order's story."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """The kind of an entry; the order of the members breaks ties of time."""

    PLACED = "placed"
    RECEIVED = "received"
    HELD = "held"
    PUSHED = "pushed"
    AMENDED = "amended"
    CUSTOMER = "customer"
    ACCEPTED = "accepted"
    PICKED = "picked"
    PACKED = "packed"
    PAYMENT_REQUESTED = "payment requested"
    SHIPPED = "shipped"
    CANCEL_ASKED = "cancel asked"
    CANCEL_REFUSED = "cancel refused"
    CANCELED = "canceled"
    RETURN_EXPECTED = "return expected"
    RETURN_REFUSED = "return refused"
    RETURNED = "returned"
    REFUNDED = "refunded"
    TOLD = "storefront told"
    CLOSED = "closed"
    CONFLICT = "conflict"
    RESOLVED = "resolved"
    REPROCESSED = "reprocessed"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    DEAD = "dead letter"
    PENDING = "pending"


class Source(StrEnum):
    """Where an entry comes from."""

    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"
    BRIDGE = "orderbridge"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the story; `facts` are JSON values (carrier, parcels, items, code, ...).

    `at` is the time of the fact by its own system's clock, `known_at` when Orderbridge learned of it, `via`
    how (push, poll), `evidence` the message that says so. `actor` is who did it.
    """

    at: datetime
    what: What
    text: str
    source: Source
    actor: str = ""
    known_at: datetime | None = None
    via: str = ""
    evidence: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place in the order: never before what caused it, whatever the clocks say."""

    entry: Entry
    place: datetime
