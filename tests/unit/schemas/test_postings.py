import pytest

from schemas.sfcc.postings import Call, call
from sync.core.postings import Kind, Posting


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.EXPORT_STATUS, Call("PUT", "export-status", {"status": "x"})),
        (Kind.EXTERNAL_STATUS, Call("PUT", "external-status", {"status": "x"})),
        (Kind.SHIPPING_STATUS, Call("PUT", "shipping-status", {"status": "x"})),
        (Kind.ORDER_STATUS, Call("PUT", "status", {"status": "x"})),
        (Kind.ATTRIBUTES, Call("PATCH", "", {"status": "x"})),
        (Kind.FULFILLMENT, Call("POST", "oms-status-events", {"fulfillmentEvent": {"status": "x"}})),
        (Kind.ADJUSTMENT, Call("POST", "oms-status-events", {"adjustment": {"status": "x"}})),
    ],
)
def test_each_kind_of_posting_has_its_call(kind: Kind, expected: Call) -> None:
    assert call(Posting(kind, "key", {"status": "x"})) == expected


def test_every_kind_of_posting_but_the_endpoint_s_can_be_made_below_the_order() -> None:
    below = [kind for kind in Kind if kind is not Kind.FACTS]
    assert {call(Posting(kind, "key", {})).method for kind in below} == {"PUT", "PATCH", "POST"}
