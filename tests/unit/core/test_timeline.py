import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Item, Known, PaymentRequest, ReturnFact, Shipment, Stage
from sync.core.ports.conflicts import Conflict
from sync.core.sites import Route, Service, Site, StockPolicy
from sync.core.timeline import Entry, HandedOver, Happened, Trail, What, timeline
from sync.core.timeline.facts import listed

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site(
    name="US",
    currency="USD",
    currencies={"USD": 2},
    locale="en_US",
    taxation="net",
    routes=(Route(channel="web_us", organisation="o"),),
    country="US",
    stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
    shipping_methods={"001": Service("GROUND")},
    tracking_urls={"*": "https://track.example/{number}"},
)


def at(minute: float) -> datetime:
    return T0 + timedelta(minutes=minute)


def message(number: int, topic: str, state: str, minute: float, **others: Any) -> Happened:
    values: dict[str, Any] = {
        "body": "{}",
        "received_at": at(minute),
        "next_attempt_at": at(minute),
        "settled_at": at(minute) if state in {"done", "dead"} else None,
        "outcome": "applied" if state == "done" else "",
    }
    return Happened(id=number, topic=topic, state=state, **values | others)


def posting(number: int, kind: str, value: dict[str, object], state: str, minute: float) -> Happened:
    body = json.dumps({"kind": kind, "key": f"{kind}:{number}", "value": value})
    return message(number, "posting.planned", state, minute, body=body)


def conflict(**others: Any) -> Conflict:
    values: dict[str, Any] = {
        "id": 7,
        "site": "US",
        "order_no": "1",
        "field": "shipment.stage",
        "storefront": "believed canceled",
        "warehouse": "shipment 1-1 was shipped",
        "owner": "warehouse",
        "sender": "warehouse",
        "reference": "",
        "message_id": 9,
        "alarm": True,
        "state": "open",
        "times": 1,
        "created_at": at(4),
        "seen_at": at(4),
    }
    return Conflict(**values | others)


SHIPMENT = Shipment(
    name="1-1",
    reference="1",
    stage=Stage.SHIPPED,
    reached={Stage.ACCEPTED: at(2), Stage.PICKED: at(3), Stage.PACKED: at(4), Stage.SHIPPED: at(5)},
    items=(Item(sku="A", quantity=2),),
    carrier="DPD",
    service="next day",
    parcels=("P1", "P2"),
)
BACK = ReturnFact(return_id="R1", items=(Item(sku="A", quantity=1),), at=at(50), reason="torn")
TRAIL = Trail(
    site="US",
    order_no="1",
    handed_over=[HandedOver(reference="1", placed_at=at(0), accepted_at=at(1))],
    known=Known(shipments={"1-1": SHIPMENT}, returns={"R1": BACK}),
    happened=[
        message(1, "order.placed", "done", 0.5),
        message(2, "order.placed", "done", 0.7, outcome="duplicate"),
        posting(3, "export_status", {"status": "exported"}, "done", 1.5),
        posting(4, "fulfillment", {"id": "1-1-shipped", "type": "shipped"}, "done", 6),
        posting(5, "shipping_status", {"status": "shipped"}, "due", 60),
    ],
)


def story(entries: list[Entry]) -> list[tuple[What, str]]:
    return [(entry.what, entry.text) for entry in entries]


def test_the_story_runs_from_placed_to_what_is_still_pending() -> None:
    assert story(timeline(TRAIL, SITE)) == [
        (What.PLACED, "in the storefront"),
        (What.RECEIVED, "the storefront's event or the sweep"),
        (What.PUSHED, "to the warehouse as 1"),
        (What.TOLD, "export status: exported"),
        (What.ACCEPTED, "2 x A in 1-1"),
        (What.PICKED, "2 x A in 1-1"),
        (What.PACKED, "2 x A in 1-1"),
        (What.SHIPPED, "2 x A in 1-1 by DPD next day"),
        (What.TOLD, "fulfillment: shipped"),
        (What.RETURNED, "1 x A, return R1 (torn)"),
        (What.PENDING, "shipping status: shipped"),
    ]


def test_a_payment_request_stands_in_the_story() -> None:
    asked = PaymentRequest(shipment="1-1", at=at(3), items=(Item(sku="A", quantity=2),), reference="1")
    trail = replace(TRAIL, known=replace(TRAIL.known, payments={"1-1": asked}))
    (entry,) = [one for one in timeline(trail, SITE) if one.what is What.PAYMENT_REQUESTED]
    assert (entry.at, entry.text) == (at(3), "for shipment 1-1: 2 x A")
    assert entry.facts == {"shipment": "1-1", "items": [{"sku": "A", "quantity": 2}]}


def test_every_parcel_has_its_tracking_page() -> None:
    (shipped,) = [entry for entry in timeline(TRAIL, SITE) if entry.what is What.SHIPPED]
    assert shipped.facts["parcels"] == [
        {"number": "P1", "url": "https://track.example/P1"},
        {"number": "P2", "url": "https://track.example/P2"},
    ]


@given(happened=st.permutations(TRAIL.happened))
def test_the_story_does_not_depend_on_the_order_of_its_parts(happened: list[Happened]) -> None:
    trail = Trail(
        site="US",
        order_no="1",
        handed_over=TRAIL.handed_over,
        known=TRAIL.known,
        happened=happened,
    )
    assert timeline(trail, SITE) == timeline(TRAIL, SITE)


def test_a_warehouse_clock_that_is_behind_does_not_put_effects_before_their_causes() -> None:
    slow = Shipment(name="1-1", reference="1", reached={Stage.ACCEPTED: at(-9), Stage.PICKED: at(-10)})
    trail = Trail(
        site="US",
        order_no="1",
        handed_over=TRAIL.handed_over,
        known=Known(shipments={"1-1": slow}),
    )
    entries = timeline(trail, SITE)
    assert [entry.what for entry in entries] == [What.PLACED, What.PUSHED, What.ACCEPTED, What.PICKED]
    # The time that is shown is the warehouse's own.
    assert entries[-1].at == at(-10)


def test_entries_of_one_moment_stand_in_the_order_of_the_story() -> None:
    same = Shipment(name="1-1", reference="1", reached=dict.fromkeys(reversed(Stage), at(1)))
    trail = Trail(
        site="US",
        order_no="1",
        handed_over=[HandedOver(reference="1", placed_at=at(1), accepted_at=at(1))],
        known=Known(shipments={"1-1": same}),
    )
    ranks = [list(What).index(entry.what) for entry in timeline(trail, SITE)]
    assert ranks == sorted(ranks)


def test_a_dead_letter_tells_its_reasons_and_cure() -> None:
    dead = message(
        7,
        "order.placed",
        "dead",
        2,
        code="address.invalid",
        detail="no city",
        fields={"billing.city": "empty"},
    )
    (_, entry) = timeline(Trail(site="US", order_no="1", happened=[dead]), SITE)
    assert (entry.what, entry.text) == (What.REJECTED, "order.placed: address.invalid")
    assert entry.facts["fields"] == {"billing.city": "empty"}
    assert "reprocess" in str(entry.facts["cure"])


def test_a_failing_posting_says_what_will_be_told_and_why_it_was_not_yet() -> None:
    planned = json.dumps({"kind": "order_status", "key": "k", "value": {"status": "completed"}})
    retried = message(
        8,
        "posting.planned",
        "due",
        2,
        body=planned,
        attempts=3,
        code="remote.unavailable",
        next_attempt_at=at(9),
    )
    (entry,) = timeline(Trail(site="US", order_no="1", happened=[retried]), SITE)
    assert (entry.what, entry.at) == (What.PENDING, at(9))
    assert entry.text == "order status: completed, after 3 attempts, the last: remote.unavailable"


def test_work_that_was_discarded_and_conflicts_stay_in_the_story() -> None:
    closed = message(9, "shipment.changed", "done", 3, outcome="superseded", note="discarded: a test")
    dispute = conflict()
    trail = Trail(site="US", order_no="1", happened=[closed], disputed=[dispute])
    assert story(timeline(trail, SITE)) == [
        (What.CLOSED, "shipment.changed: discarded: a test"),
        (What.CONFLICT, f"ALARM: shipment.stage: {dispute.detail}"),
    ]


def test_an_order_nobody_knows_has_no_story() -> None:
    trail = Trail(site="US", order_no="1")
    assert not trail.found
    assert timeline(trail, SITE) == []


def test_goods_are_named_once_however_many_lines_they_stand_on() -> None:
    items = [Item(sku="A", quantity=1), Item(sku="B", quantity=1), Item(sku="A", quantity=2)]
    assert listed(items) == "3 x A, 1 x B"
