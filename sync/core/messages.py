"""The unit of work of every flow: a message, its settlement, and when to try again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# How the note begins of an order that is done without a hand-over.
NOTHING_TO_SHIP = "nothing to ship"


class Origin(StrEnum):
    """Who caused a message; those of different origins do not wait for each other.

    What the CRM is told of the ledger, and what it is asked, are by themselves: while it is away they hold up
    no posting, nor each other.
    """

    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"
    BRIDGE = "bridge"
    LEDGER = "ledger"
    CRM = "crm"


class Topic(StrEnum):
    """What happened, in the past tense; decides the flow that delivers what follows."""

    ORDER_PLACED = "order.placed"
    ORDER_CHANGED = "order.changed"
    SHIPMENT_CHANGED = "shipment.changed"
    RETURN_RECEIVED = "return.received"
    PAYMENT_REQUESTED = "payment.requested"
    STOCK_CHANGED = "stock.changed"
    STOCK_REQUESTED = "stock.requested"
    BASKET_CHANGED = "basket.changed"
    POSTING_PLANNED = "posting.planned"
    STORY_CHANGED = "story.changed"
    LINK_REQUESTED = "link.requested"
    UNSUPPORTED = "event.unsupported"


class State(StrEnum):
    """Where a message stands in the ledger."""

    DUE = "due"
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"


class Outcome(StrEnum):
    """How a message was finished; a repeat or a latecomer is a result, not an error.

    A conflict is applied as far as its sender owns what it says; the rest is before a person.
    """

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before the ledger knows it; unique by (origin, topic, site, dedupe_key)."""

    site: str
    topic: str
    origin: str
    key: str
    dedupe_key: str
    body: str
    correlation_id: str
    sequence: int | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Draft):
    """A claimed message; `attempt` counts from 1 and fences off the late result of a lost lease.

    `replay`: a person wants the order as the body has it, not as the storefront has it now.
    """

    id: int
    attempt: int
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Finished."""

    outcome: Outcome
    note: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again; `after` seconds if the remote said so, else by the backoff."""

    code: str
    detail: str
    after: float | None = None
    remote_status: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: look again after so many seconds, however often; waiting uses up no attempts."""

    code: str
    detail: str
    after: float
    remote_status: int | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Keep for a person, with the code and the reasons by field path."""

    code: str
    detail: str
    fields: dict[str, str] = field(default_factory=dict)
    remote_status: int | None = None


Settlement = Done | Retry | Wait | Dead


@dataclass(frozen=True, slots=True)
class Settled:
    """A message with its settlement and the records that must be committed together with it.

    `document` is what was sent in vain, kept for a comparison with the next try.
    """

    message: Message
    settlement: Settlement
    records: Sequence[object] = ()
    started_at: datetime | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays between attempts: doubled from `first` up to `longest` seconds, `attempts` in all."""

    first: float = 1.0
    longest: float = 900.0
    attempts: int = 20

    def delay(self, attempt: int, spread: float) -> float | None:
        """Return the seconds to wait after the failed `attempt` (from 1), or None when used up.

        `spread` in [0, 1) is the caller's random number; it takes off up to a fifth so that
        messages which failed together do not come back together.
        """
        if attempt >= self.attempts:
            return None
        full = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return full * (1 - 0.2 * spread)
