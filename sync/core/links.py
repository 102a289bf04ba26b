"""Links: which of our entities goes by which id in which system, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Entity(StrEnum):
    """What can be found; each belongs to another one: a line to its order, an order to its customer."""

    ORDER = "order"
    LINE = "order_line"
    SHIPMENT = "shipment"
    PARCEL = "parcel"
    RETURN = "return"
    CUSTOMER = "customer"
    ACCOUNT = "account"
    ADDRESS = "address"


class System(StrEnum):
    """Who gave an id."""

    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    CRM = "crm"


class Kind(StrEnum):
    """What an id is called where it was given; an `email` is kept as the digest of `core.people` only."""

    ORDER_NO = "order_no"
    ITEM = "item"
    ADDRESS = "address"
    CUSTOMER_NO = "customer_no"
    CUSTOMER_ID = "customer_id"
    EMAIL = "email"
    REFERENCE = "reference"
    LINE = "line"
    SHIPMENT = "shipment"
    RETURN = "return"
    TRACKING = "tracking"
    CONTACT = "contact"
    GUEST_CONTACT = "guest_contact"
    ACCOUNT = "account"


# What several may have at the same time: the members of a family an address, the buyers of a company its
# account, a guest the contact that he is when he logs in, and two shipments one parcel; carriers also use
# their numbers again after a year.
SHARED = frozenset({Kind.EMAIL, Kind.ACCOUNT, Kind.GUEST_CONTACT, Kind.TRACKING})
LONGEST = 255
# The field of a conflict about an id that two subjects claim.
CONTESTED = "link.holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of our entities: `key` is unique within its `scope`.

    The scope of an order, its shipments, parcels and returns is its site; of its lines and addresses
    `site/order number`; of a customer the customer list, or the site where that is not named.
    """

    entity: Entity
    scope: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An id of a kind that a system has given a subject.

    While it holds, no other subject of that entity and scope has it, those of `SHARED` kinds aside, and
    the subject has no other of the kind from the system. `belongs_to` is what the subject is a part of.
    """

    subject: Subject
    system: System
    kind: str
    value: str
    belongs_to: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """How long a subject had an id: first and last proof, and the end unless it has it still."""

    value: str
    since: datetime
    proven_at: datetime
    until: datetime | None = None


class Step(StrEnum):
    """What a proof means: nothing new, a later or an earlier proof, a new id, a former one."""

    NOTHING = "nothing"
    CONFIRM = "confirm"
    WIDEN = "widen"
    OPEN = "open"
    PAST = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What to write: when it was proven, when a former one ends, and the period it is about."""

    step: Step
    at: datetime
    until: datetime | None = None
    period: Period | None = None


def judged(history: Sequence[Period], value: str, at: datetime) -> Judgment:
    """Return what a proof of a subject's id means for the ids of that kind it has and had.

    The newest proof holds, however late the others arrive; of two of one moment the one heard last. An
    older one is history. A subject that has no id of the kind any more has the next that is proven.
    """
    current = next((one for one in history if one.until is None), None)
    if current is None:
        begins = max([at, *(one.until for one in history if one.until)])
        return Judgment(step=Step.OPEN, at=begins)
    if current.value != value and at >= current.proven_at:
        return Judgment(step=Step.OPEN, at=at)
    if current.value == value and at > current.proven_at:
        return Judgment(step=Step.CONFIRM, at=at, period=current)
    return _past(history, value, at)


def _past(history: Sequence[Period], value: str, at: datetime) -> Judgment:
    mine = [one for one in history if one.value == value]
    for one in mine:
        if one.since <= at and (one.until is None or at <= one.until):
            later = at > one.proven_at
            return Judgment(step=Step.CONFIRM if later else Step.NOTHING, at=at, period=one)
    others = {time for one in history if one.value != value for time in (one.since, one.proven_at)}
    then = min((time for time in others if time > at), default=None)
    following = min((one for one in mine if one.since > at), key=lambda one: one.since, default=None)
    if following and (then is None or following.since <= then):
        return Judgment(step=Step.WIDEN, at=at, period=following)
    return Judgment(step=Step.PAST, at=at, until=then)
