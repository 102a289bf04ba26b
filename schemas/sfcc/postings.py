"""From a posting to the call that makes it: of SCAPI's Orders API, or of OCAPI's Data API 25.6."""

from dataclasses import dataclass
from typing import Any

from schemas.sfcc import STATUS_PATHS
from sync.core.errors import Rejected
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


def ocapi_call(posting: Posting) -> Call:
    """Return the same call in OCAPI's names, below `/sites/{site_id}/orders/{order_no}`.

    Raises `Rejected` storefront.unsupported for what OCAPI has no call for, as for an event.
    """
    if posting.kind is not Kind.ATTRIBUTES and posting.kind not in STATUS_PATHS:
        detail = f"{posting.key}: OCAPI has no call for it; the site's attributes say the same"
        raise Rejected("storefront.unsupported", detail)
    wanted = call(posting)
    return Call(wanted.method, wanted.path.replace("-", "_"), wanted.body)
