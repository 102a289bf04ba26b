"""Links: which of our entities goes by which id in which system."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of our entities: `key` is unique within its `scope`.

    The scope of an order and of what belongs to it is its site, of a customer the customer list, of an
    account the CRM.
    """

    entity: Entity
    scope: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An id of a kind (`reference`, `tracking`, `contact`, ...) that a system has given a subject.

    While it holds, no other subject of that entity and scope has it, and the subject has no other of the
    kind from the system. `belongs_to` is what the subject is a part of.
    """

    subject: Subject
    system: System
    kind: str
    value: str
    belongs_to: Subject | None = None
