"""What agents see of an order: its status, its facts, and nothing of people that is not listed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sync.core.agent_policy import AgentPolicy, Level, Personal, Written
from sync.core.agents import Looked, Row, discreet, records
from sync.core.agents.standing import standing
from sync.core.crm import AgentPlace, CrmPolicy
from sync.core.fulfillment import Coming, Item, Known, ReturnFact, Shipment, Stage
from sync.core.sites import Site
from sync.core.timeline import Act, HandedOver, Trail
from tests.unit.core.test_timeline import SHIPMENT, SITE, TRAIL, at, conflict, message, posting

# Everything of a person that the ledger may have of an order.
NAMES = ("Hartley", "imogen@example.test", "Anna Schmidt", "Rose Cottage", "her sister")
HANDED = HandedOver(reference="1", placed_at=at(0), accepted_at=at(1), units={"A": 2})


def site(**policy: Any) -> Site:
    return replace(SITE, crm=CrmPolicy(agent=AgentPlace.CRM, records=AgentPolicy(**policy)))


def rows(trail: Trail, market: Site, looked: Looked = Looked(), **written: Written) -> list[Row]:  # noqa: B008
    return records(discreet(trail, market.crm.records.personal), market, looked, written)


def personal_trail() -> Trail:
    refused = {"shippingAddress.phone": "'Imogen Hartley' is no number"}
    back = ReturnFact(
        return_id="R1",
        items=(Item(sku="A", quantity=1),),
        at=at(20),
        reason="a present for her sister",
        condition="Hartley says worn",
    )
    adjusted: dict[str, object] = {"type": "return", "description": "a present for her sister"}
    return replace(
        TRAIL,
        known=replace(TRAIL.known, returns={"R1": back}),
        happened=[
            *TRAIL.happened,
            message(50, "order.changed", "dead", 8, code="address.invalid", detail="Hartley", fields=refused),
            message(51, "order.changed", "due", 8, code="remote.unavailable", detail="imogen@example.test"),
            message(52, "order.changed", "done", 8, outcome="superseded", note="discarded: Hartley rang"),
            posting(53, "adjustment", adjusted, "done", 9),
        ],
        acts=[
            Act(
                message=52,
                topic="order.changed",
                what="discarded",
                actor="Anna Schmidt",
                at=at(9),
                reason="Hartley rang",
                code="address.invalid",
            )
        ],
        disputed=[
            conflict(storefront="Rose Cottage", warehouse="Imogen Hartley"),
            conflict(
                id=8,
                field="order.address",
                storefront="Rose Cottage",
                state="resolved",
                resolution="keep ours",
                resolved_by="Anna Schmidt",
                resolved_at=at(30),
                follows="Rose Cottage is put back",
                reason="her sister rang",
            ),
        ],
    )


@pytest.mark.parametrize("fields", [{}, {"sentence": "Sentence__c", "attention": "Attention__c"}])
def test_nothing_of_people_is_written_unless_it_is_listed(fields: dict[str, str]) -> None:
    usual = AgentPolicy().order
    market = site(order=replace(usual, fields={**usual.fields, **fields}), text_length=4000)
    written = json.dumps([dict(row.values) for row in rows(personal_trail(), market)])
    assert not [name for name in NAMES if name in written]
    everything = site(personal=frozenset(Personal), text_length=4000)
    listed = json.dumps([dict(row.values) for row in rows(personal_trail(), everything)])
    assert {"Anna Schmidt", "Rose Cottage", "her sister"} <= {name for name in NAMES if name in listed}


def test_a_rejection_says_the_cause_in_our_words() -> None:
    refused = message(
        1, "order.placed", "dead", 1, code="address.invalid", fields={"phone": "'Hartley' is none"}
    )
    usual = AgentPolicy().order
    market = site(order=replace(usual, fields={**usual.fields, "sentence": "Sentence__c"}))
    (order,) = [
        row for row in rows(Trail(site="US", order_no="1", happened=[refused]), market) if not row.what
    ]
    assert "Rejected on" in str(order.values["Sentence__c"])
    assert "An address lacks what its country or site needs" in str(order.values["Sentence__c"])
    assert order.values["Status__c"] == "rejected"


def test_every_fact_has_a_key_of_its_own() -> None:
    keys = [row.key for row in rows(personal_trail(), site())]
    assert len(keys) > 12
    assert len({key.casefold() for key in keys}) == len(keys)


def test_a_fact_keeps_its_key_when_its_time_and_goods_change() -> None:
    later = replace(
        SHIPMENT,
        reached={stage: when + (at(1) - at(0)) for stage, when in SHIPMENT.reached.items()},
        items=(Item(sku="B", quantity=9),),
    )
    before = {row.key for row in rows(TRAIL, site())}
    moved = replace(TRAIL, known=replace(TRAIL.known, shipments={SHIPMENT.name: later}))
    assert {row.key for row in rows(moved, site())} == before


def test_what_is_written_as_it_is_is_left_alone() -> None:
    first = rows(TRAIL, site())
    written = {row.key: Written(row.what, row.digest) for row in first}
    assert records(discreet(TRAIL, ()), site(), Looked(), written) == []


def test_what_is_pruned_is_not_withdrawn() -> None:
    first = rows(TRAIL, site())
    written = {row.key: Written(row.what, row.digest) for row in first}
    pruned = replace(TRAIL, happened=[])
    again = records(discreet(pruned, ()), site(), Looked(), written)
    assert not [row for row in again if row.values.get("Type__c") == "withdrawn"]


def test_other_names_are_another_place_to_write_to() -> None:
    first = rows(TRAIL, site())
    written = {row.key: Written(row.what, row.digest) for row in first}
    elsewhere = site(order=replace(AgentPolicy().order, kind="Custom__c"))
    (row,) = records(discreet(TRAIL, ()), elsewhere, Looked(), written)
    assert (row.kind, row.level) == ("Custom__c", Level.ORDER)


def test_objects_that_are_left_out_are_not_written() -> None:
    kinds = {row.level for row in rows(TRAIL, site(shipment=None, event=None))}
    assert kinds == {Level.ORDER}


def test_a_field_without_a_name_is_left_out() -> None:
    usual = AgentPolicy().event
    assert usual is not None
    bare = site(event=replace(usual, fields={**usual.fields, "quantity": "", "text": ""}))
    events = [row for row in rows(TRAIL, bare) if row.level is Level.EVENT]
    assert {name for row in events for name in row.values} == {
        "Event_Key__c",
        "Order__r",
        "Type__c",
        "Occurred_At__c",
    }


def test_a_long_text_ends_in_dots_and_a_long_address_is_left_out() -> None:
    long = replace(SHIPMENT, parcels=tuple(f"PARCEL{number:05d}" for number in range(60)), tracking_url="")
    trail = replace(TRAIL, known=replace(TRAIL.known, shipments={long.name: long}))
    market = replace(site(), tracking_urls={"*": "https://track.example/" + "x" * 300 + "{number}"})
    (shipment,) = [row for row in rows(trail, market) if row.level is Level.SHIPMENT]
    told = str(shipment.values["Tracking_Number__c"])
    assert (len(told), told[-1]) == (255, "…")
    assert shipment.values["Tracking_Url__c"] is None


def test_a_text_with_characters_that_no_document_holds_is_written_all_the_same() -> None:
    odd = replace(SHIPMENT, parcels=("P\x001\x1b",))
    trail = replace(TRAIL, known=replace(TRAIL.known, shipments={odd.name: odd}))
    (shipment,) = [row for row in rows(trail, site()) if row.level is Level.SHIPMENT]
    assert shipment.values["Tracking_Number__c"] == "P\ufffd1\ufffd"


def test_a_page_that_is_no_web_page_is_left_out() -> None:
    odd = replace(SHIPMENT, parcels=("P1",), tracking_url="javascript:alert('P1')")
    trail = replace(TRAIL, known=replace(TRAIL.known, shipments={odd.name: odd}))
    (shipment,) = [row for row in rows(trail, site()) if row.level is Level.SHIPMENT]
    assert shipment.values["Tracking_Url__c"] is None


def test_who_ordered_is_written_once_it_is_known_and_never_taken_away() -> None:
    (order,) = [row for row in rows(TRAIL, site(), Looked(contact="003", account="001")) if not row.what][:1]
    assert (order.values["Contact__c"], order.values["Account__c"]) == ("003", "001")
    (order,) = [row for row in rows(TRAIL, site()) if not row.what][:1]
    assert not {"Contact__c", "Account__c"} & order.values.keys()


def shipment(name: str, *stages: Stage, units: int = 1) -> Shipment:
    reached = {stage: at(number) for number, stage in enumerate(stages)}
    items = (Item(sku="A", quantity=units),)
    last = max(stages, key=lambda stage: stage.rank)
    return Shipment(name=name, reference="1", stage=last, reached=reached, items=items)


def returned(units: int) -> dict[str, ReturnFact]:
    goods = (Item(sku="A", quantity=units),)
    return {"R": ReturnFact(return_id="R", items=goods, at=at(9), state=Coming.RECEIVED)}


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (Known(), "in warehouse"),
        (Known(shipments={"a": shipment("a", Stage.ACCEPTED)}), "accepted"),
        (Known(shipments={"a": shipment("a", Stage.PICKED), "b": shipment("b", Stage.PACKED)}), "packed"),
        (Known(shipments={"a": shipment("a", Stage.SHIPPED)}), "partly shipped"),
        (
            Known(shipments={"a": shipment("a", Stage.SHIPPED), "b": shipment("b", Stage.PICKED)}),
            "partly shipped",
        ),
        (Known(shipments={"a": shipment("a", Stage.SHIPPED, units=2)}), "shipped"),
        (Known(shipments={"a": shipment("a", Stage.SHIPPED), "b": shipment("b", Stage.SHIPPED)}), "shipped"),
        (Known(shipments={"a": shipment("a", Stage.CANCELED, units=2)}), "canceled"),
        (
            Known(shipments={"a": shipment("a", Stage.SHIPPED, units=2)}, returns=returned(1)),
            "partly returned",
        ),
        (Known(shipments={"a": shipment("a", Stage.SHIPPED, units=2)}, returns=returned(2)), "returned"),
    ],
)
def test_the_status_is_one_word_of_a_list(known: Known, status: str) -> None:
    assert standing(Trail(site="US", order_no="1", handed_over=[HANDED], known=known)) == status


@pytest.mark.parametrize(
    ("message_", "status"),
    [
        (message(1, "order.placed", "due", 1), "received"),
        (message(1, "order.placed", "due", 1, code="remote.unavailable"), "received"),
        (message(1, "order.placed", "due", 1, code="order.held"), "held"),
        (message(1, "order.placed", "dead", 1, code="address.invalid"), "rejected"),
        (message(1, "order.placed", "done", 1, outcome="superseded", note="canceled"), "closed"),
    ],
)
def test_an_order_that_is_not_in_the_warehouse_has_a_status_too(message_: Any, status: str) -> None:
    assert standing(Trail(site="US", order_no="1", happened=[message_])) == status


def test_who_ordered_becoming_known_moves_no_order() -> None:
    found = message(60, "link.requested", "done", 9000, outcome="applied", note="linked")
    (before, *_), (after, *_) = (
        rows(TRAIL, site()),
        rows(replace(TRAIL, happened=[*TRAIL.happened, found]), site()),
    )
    assert before.level is Level.ORDER
    assert before.values == after.values
