"""Rows for the stand-in of the CRM, and what it has made of them."""

from collections.abc import Iterable
from typing import Any

from tests.unit.clients.conftest import Remote

EVENTS, KEY = "OF_Event__c", "Event_Key__c"
COLLECTION = f"/composite/sobjects/{EVENTS}/{KEY}"


def events(numbers: Iterable[int], order: str = "UK:1", **more: object) -> list[dict[str, object]]:
    """Rows of events of an order."""
    return [
        {KEY: f"{order}:{number}", "Order__r": {"Order_Key__c": order}, "Type__c": "packed", **more}
        for number in numbers
    ]


def kept(org: Remote, kind: str = EVENTS) -> list[dict[str, Any]]:
    """The records that the org has."""
    found: list[dict[str, Any]] = org.control("GET", f"records/{kind}")
    return found


def collections(org: Remote) -> int:
    """How many calls have written events."""
    return org.calls("PATCH", COLLECTION)
