"""What is committed together with a settlement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.core.agent_policy import Written
from sync.core.fulfillment import Known
from sync.core.links import Link, Subject
from sync.core.messages import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAccepted:
    """Record: the warehouse has every reference of the order, or `references` alone where they are named.

    `note` is for its earlier refusals, which are settled by this.
    """

    site: str
    order_no: str
    at: datetime
    references: Sequence[str] = ()
    note: str = "handed over by a later message"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAmended:
    """Record: the warehouse has taken a reference anew, with another destination."""

    site: str
    reference: str
    destination: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverClosed:
    """Record: the warehouse has nothing under a freed reference, and shall have nothing any more."""

    site: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfirmed:
    """Record: the storefront was told that the order is exported."""

    site: str
    order_no: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressMade:
    """Record: what is known of an order's fulfillment after a fact; `version` is the one it was read at.

    `learned` is what the fact was the first to tell, with its message: the evidence of the timeline.
    """

    site: str
    order_no: str
    version: int
    known: Known
    at: datetime
    closed: bool = False
    learned: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsWanted:
    """Record: an order has changed what these are: ask for the counts of its SKUs, not before `due`."""

    organisation: str
    site: str
    order_no: str
    due: datetime


@dataclass(frozen=True, slots=True)
class BasketReleased:
    """Record: an order has taken the place of what this basket held."""

    site: str
    basket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksProven:
    """Record: these links are proven, at that time by the proving system; `message` told it.

    An id that another subject has already is a conflict of the order, if it is known; it stays where it is.
    What was proven of the parts of `anew` is over: they were taken anew.
    """

    links: tuple[Link, ...]
    at: datetime
    site: str = ""
    order_no: str = ""
    message: int | None = None
    anew: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToAgents:
    """Record: the CRM has these records of an order, by key, as they were sent."""

    site: str
    order_no: str
    rows: Mapping[str, Written]
    at: datetime


@dataclass(frozen=True, slots=True)
class LettersMoot:
    """Record: what these dead letters wanted was done, and more, by a later message."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFound:
    """Record: two systems disagree about a field; a person decides.

    `owner` and `sender` are systems: whose value counts, and whose word showed the difference; `message`
    is that word's id in the ledger, `reference` what it is about if not all of the order. An `alarm` is
    about goods that are on their way.
    """

    site: str
    order_no: str
    field: str
    storefront: str
    warehouse: str
    owner: str
    sender: str
    reference: str = ""
    message: int | None = None
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class ConflictsSettled:
    """Record: a later fact leaves nothing of what the `sender` showed of a reference in these fields."""

    site: str
    order_no: str
    reference: str
    fields: tuple[str, ...]
    sender: str


Record = (
    Draft
    | HandoverAccepted
    | HandoverAmended
    | HandoverClosed
    | ExportConfirmed
    | ProgressMade
    | ConflictFound
    | ConflictsSettled
    | CountsWanted
    | BasketReleased
    | LettersMoot
    | LinksProven
    | ShownToAgents
)
