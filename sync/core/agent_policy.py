"""Which objects and fields of the CRM an order's story goes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """The kinds of records, parents first."""

    ORDER = "order"
    SHIPMENT = "shipment"
    EVENT = "event"


class Personal(StrEnum):
    """What may name a person, and is written only where the site lists it.

    Words are free texts: reasons that people or systems gave, and the values that a conflict is about.
    """

    ACTORS = "actors"
    WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """An object, its external id, its relationship to the order, and our values' fields; empty: left out."""

    level: Level
    kind: str
    key: str
    fields: Mapping[str, str]
    parent: str = ""


# Proposals; the objects of Order Management itself take another way in, and nobody writes them here.
ORDER = Names(
    level=Level.ORDER,
    kind="OF_Order__c",
    key="Order_Key__c",
    fields={
        "order_no": "Order_No__c",
        "status": "Status__c",
        "placed_at": "Placed_At__c",
        "total": "Total__c",
        "last_event_at": "Last_Event_At__c",
        "contact": "Contact__c",
        "account": "Account__c",
        "sentence": "",
        "attention": "",
        "site": "",
        "carrier": "",
        "tracking_number": "",
        "tracking_url": "",
        "shipped_at": "",
    },
)
SHIPMENT = Names(
    level=Level.SHIPMENT,
    kind="OF_Shipment__c",
    key="Shipment_Key__c",
    parent="Order__r",
    fields={
        "carrier": "Carrier__c",
        "tracking_number": "Tracking_Number__c",
        "tracking_url": "Tracking_Url__c",
        "shipped_at": "Shipped_At__c",
        "name": "",
        "service": "",
        "stage": "",
        "items": "",
    },
)
EVENT = Names(
    level=Level.EVENT,
    kind="OF_Event__c",
    key="Event_Key__c",
    parent="Order__r",
    fields={
        "type": "Type__c",
        "occurred_at": "Occurred_At__c",
        "text": "Text__c",
        "quantity": "Quantity__c",
        "source": "",
        "shipment": "",
        "known_at": "",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPolicy:
    """How a site's orders are written to the CRM; shipments and events may be left out.

    `settle` seconds after a fact the order is written, with all that has come meanwhile. `text_length` is
    how much a text field holds, in characters.
    """

    order: Names = ORDER
    shipment: Names | None = SHIPMENT
    event: Names | None = EVENT
    personal: frozenset[Personal] = field(default_factory=frozenset)
    settle: float = 15.0
    text_length: int = 255


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it was written last: what kind of fact it is about, and its digest."""

    what: str
    digest: str
