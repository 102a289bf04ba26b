"""From a posting to the call of the Orders API that makes it."""

from dataclasses import dataclass
from typing import Any

from schemas.sfcc import STATUS_PATHS
from sync.core.postings import Kind, Posting

EVENTS = {Kind.FULFILLMENT: "fulfillmentEvent", Kind.ADJUSTMENT: "adjustment"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call below `/orders/{orderNo}`; `path` is empty for the order itself."""

    method: str
    path: str
    body: dict[str, Any]


def call(posting: Posting) -> Call:
    """Return the call that makes the posting; a repeat of any but an event sets the same value again."""
    body = dict(posting.value)
    if posting.kind is Kind.ATTRIBUTES:
        return Call("PATCH", "", body)
    if posting.kind in EVENTS:
        # A text of an event is left out rather than empty: the API wants at least one character.
        event = {name: value for name, value in body.items() if value != ""}
        return Call("POST", "oms-status-events", {EVENTS[posting.kind]: event})
    return Call("PUT", STATUS_PATHS[posting.kind], body)
