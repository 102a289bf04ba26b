"""Every call our code can make to the Orders API has a body the API takes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sfcc.postings import call
from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
from sync.core.messages import Dead
from sync.core.postings import (
    Handed,
    HandedLine,
    HandedOrder,
    Kind,
    Posting,
    on_acceptance,
    on_rejection,
    wanted,
)
from sync.core.sites import Route, Service, Site, StockPolicy
from tests.contracts.scapi import BODIES, violations

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site(
    name="RefArchUK",
    currency="GBP",
    currencies={"USD": 2, "GBP": 2, "EUR": 2},
    locale="en_GB",
    taxation="gross",
    routes=(Route(channel="uk_web", organisation="refarch"),),
    country="GB",
    stock=StockPolicy("refarch", ("MAIN",)),
    shipping_methods={"UK-STD": Service("STD48")},
    tracking_urls={"*": "https://track.example/{number}"},
)
LINES = (
    HandedLine(item_id="i1", sku="A", quantity=3, gross=Decimal("10.00")),
    HandedLine(item_id="i2", sku="B", quantity=1, gross=Decimal("9.99")),
    # SCAPI tells no id of an option.
    HandedLine(item_id="", sku="WRAP", quantity=3, gross=Decimal("4.50")),
)
ORDER = HandedOrder(
    site="RefArchUK", order_no="UK1", currency="USD", parts=(Handed(reference="UK1", lines=LINES),)
)

texts = st.text(min_size=1, max_size=300)
parcels = st.lists(st.text("ABC/ 0123456789é", min_size=1, max_size=40), max_size=4, unique=True).map(tuple)
items = st.lists(
    st.builds(
        Item,
        sku=st.sampled_from(["A", "B", "WRAP", "UNKNOWN"]),
        quantity=st.integers(1, 4),
        item_id=st.sampled_from(["", "i1"]),
    ),
    max_size=4,
).map(tuple)
shipments = st.builds(
    ShipmentFact,
    shipment=st.sampled_from(["UK1-1", "UK1-2"]),
    stage=st.sampled_from(Stage),
    items=items,
    carrier=st.sampled_from(["", "DPD", "Überland & Söhne"]),
    parcels=parcels,
)
returns = st.builds(
    ReturnFact,
    return_id=st.sampled_from(["2210", "2211"]),
    items=items,
    at=st.just(T0 + timedelta(days=3)),
    reason=st.one_of(st.just(""), texts),
    refund=st.booleans(),
)
facts = st.builds(
    Fact,
    reference=st.just("UK1"),
    at=st.integers(0, 500).map(lambda minutes: T0 + timedelta(minutes=minutes)),
    shipments=st.lists(shipments, max_size=2, unique_by=lambda one: one.shipment).map(tuple),
    returns=st.lists(returns, max_size=1).map(tuple),
)


def problems(postings: Iterable[Posting]) -> list[str]:
    calls = [call(posting) for posting in postings]
    return [found for one in calls for found in violations(one.body, BODIES[one.method, one.path])]


@given(st.lists(facts, min_size=1, max_size=5))
def test_whatever_the_warehouse_tells_is_posted_in_bodies_the_api_takes(told: list[Fact]) -> None:
    known = Known()
    for fact in told:
        known = advance(known, fact).known
    assert problems(wanted(SITE, ORDER, known)) == []


def test_acceptance_and_rejection_are_posted_in_bodies_the_api_takes() -> None:
    telling = replace(SITE, reason_attribute="c_ofRejection")
    refused = Dead("order.invalid", "", {f"productItems.{n}.quantity": "x" * 90 for n in range(9)})
    postings = [*on_acceptance(["UK1", "UK1-2"], telling), *on_rejection(refused, telling, "1.1")]
    assert problems(postings) == []


def test_a_parcel_whose_carrier_is_unknown_is_posted_without_one() -> None:
    shipped = ShipmentFact(
        shipment="UK1-1", stage=Stage.SHIPPED, items=(Item(sku="B", quantity=1),), parcels=("P1",)
    )
    fact = Fact(reference="UK1", at=T0, shipments=(shipped,))
    (event,) = [
        one for one in wanted(SITE, ORDER, advance(Known(), fact).known) if one.kind is Kind.FULFILLMENT
    ]
    body = call(event).body["fulfillmentEvent"]
    assert "carrier" not in body
    assert body["trackingNumber"] == "P1"
    assert problems([event, replace(event, value={**event.value, "carrier": ""})]) == []


@pytest.mark.parametrize(
    "posting",
    [
        Posting(Kind.EXPORT_STATUS, "k", {"status": "sent"}),
        Posting(Kind.EXTERNAL_STATUS, "k", {"status": ""}),
        Posting(Kind.ATTRIBUTES, "k", {"status": "new"}),
        Posting(Kind.FULFILLMENT, "k", {"id": "1", "type": "shipped", "occurredAt": "2026-03-01T12:00:00Z"}),
        Posting(Kind.ADJUSTMENT, "k", {"id": "1", "type": "return", "status": "done"}),
    ],
)
def test_a_wrong_body_would_be_noticed(posting: Posting) -> None:
    assert problems([posting])
