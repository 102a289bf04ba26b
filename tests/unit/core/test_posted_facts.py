"""What the storefront has no field for: attributes within their length, and the whole as one document."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, PaymentRequest, ReturnFact, ShipmentFact, Stage, advance
from sync.core.postings import Kind, Posting, on_acceptance, overtakes, wanted
from sync.core.postings.attributes import shipment_attributes
from sync.core.sites import PostingPolicy, Site
from tests.unit.core.test_postings import ORDER, SITE

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def known_of(*facts: Fact) -> Known:
    known = Known()
    for fact in facts:
        known = advance(known, fact).known
    return known


def shipped(name: str, parcels: Sequence[str], *, minute: int = 0, stage: Stage = Stage.SHIPPED) -> Fact:
    seen = ShipmentFact(
        shipment=name,
        stage=stage,
        items=(Item(sku="A", quantity=1),),
        carrier="DPD_UK",
        parcels=tuple(parcels),
    )
    return Fact(reference="1", at=T0 + timedelta(minutes=minute), shipments=(seen,))


def told(known: Known, site: Site = SITE) -> dict[str, Any]:
    return {
        name: json.loads(text) for name, text in shipment_attributes(site, known).items() if text[0] == "["
    }


def policy(**others: Any) -> Site:
    return replace(SITE, postings=PostingPolicy(**others))


@given(
    parcels=st.lists(st.integers(0, 300), min_size=1, max_size=12),
    returns=st.integers(0, 60),
    longest=st.sampled_from([1000, 4000, 20_000]),
)
def test_no_attribute_is_ever_longer_than_it_may_be(parcels: list[int], returns: int, longest: int) -> None:
    facts = [
        shipped(f"1-{n}", [f"PARCEL{n}-{p:06}" for p in range(count)]) for n, count in enumerate(parcels)
    ]
    for number in range(returns):
        back = ReturnFact(
            return_id=f"R{number:03}", at=T0 + timedelta(days=number), items=(Item(sku="A", quantity=1),)
        )
        facts.append(Fact(reference="1", at=T0, returns=(back,)))
    attributes = shipment_attributes(policy(attribute_length=longest), known_of(*facts))
    assert all(len(text) <= longest for text in attributes.values())
    rows = json.loads(attributes["c_ofShipments"])
    missing = sum(row.get("moreShipments", 0) for row in rows)
    assert missing + sum("shipment" in row for row in rows) == len(parcels)
    listed = [row for row in rows if "shipment" in row]
    for row in listed:
        count = parcels[int(row["shipment"].removeprefix("1-"))]
        assert len(row["parcels"]) + row.get("moreParcels", 0) == count


def test_three_hundred_parcels_are_counted_and_twenty_of_them_listed() -> None:
    (row,) = told(known_of(shipped("1-1", [f"P{n:03}" for n in range(300)])))["c_ofShipments"]
    assert (len(row["parcels"]), row["moreParcels"]) == (20, 280)


def test_of_shipments_that_do_not_fit_the_first_are_left_out() -> None:
    facts = [shipped(f"1-{n:02}", [f"P{n}"], minute=n) for n in range(30)]
    first, *rest = told(known_of(*facts), policy(attribute_length=1000))["c_ofShipments"]
    assert first == {"moreShipments": 30 - len(rest)}
    assert [row["shipment"] for row in rest] == [f"1-{n:02}" for n in range(30 - len(rest), 30)]


def test_the_first_times_of_picking_and_packing_are_attributes() -> None:
    known = known_of(
        shipped("1-1", [], stage=Stage.PICKED, minute=5),
        shipped("1-2", [], stage=Stage.PICKED, minute=3),
        shipped("1-1", [], stage=Stage.PACKED, minute=9),
    )
    assert shipment_attributes(SITE, known) == {
        "c_ofPickedAt": "2026-03-01T12:03:00.000Z",
        "c_ofPackedAt": "2026-03-01T12:09:00.000Z",
    }


def test_a_site_names_its_attributes_and_leaves_others_out() -> None:
    site = policy(
        reference_attribute="c_wmsOrder",
        shipments_attribute="c_wms",
        picked_attribute="",
        packed_attribute="",
    )
    assert on_acceptance(["1"], site)[-1].value == {"c_wmsOrder": "1"}
    known = known_of(shipped("1-1", [], stage=Stage.PACKED), shipped("1-1", ["P"]))
    assert shipment_attributes(site, known).keys() == {"c_wms"}
    assert [p.kind for p in on_acceptance(["1"], policy(reference_attribute=""))] == [
        Kind.EXPORT_STATUS,
        Kind.EXTERNAL_STATUS,
    ]


def test_a_carrier_has_the_name_that_the_site_gives_it() -> None:
    site = replace(SITE, carriers={"dpd_uk": "DPD"})
    known = known_of(shipped("1-1", ["P"]))
    (event,) = [p for p in wanted(site, ORDER, known) if p.kind is Kind.FULFILLMENT]
    assert event.value["carrier"] == "DPD"
    assert told(known, site)["c_ofShipments"][0]["carrier"] == "DPD"
    assert site.carrier("ROYAL") == "ROYAL"


ENDPOINT = policy(endpoint="/custom/x/v1/organizations/{organization}/orders/{order_no}/facts")


def facts_of(known: Known) -> list[Posting]:
    return [p for p in wanted(ENDPOINT, ORDER, known) if p.kind is Kind.FACTS]


def test_an_endpoint_gets_the_whole_state_with_every_parcel() -> None:
    back = ReturnFact(return_id="R1", at=T0, items=(Item(sku="A", quantity=1),), reason="torn", refund=True)
    asked = PaymentRequest(shipment="1-2", at=T0)
    known = known_of(
        shipped("1-1", [f"P{n:03}" for n in range(300)]),
        Fact(reference="1", at=T0, returns=(back,), payments=(asked,)),
    )
    (posting,) = facts_of(known)
    value: Any = posting.value
    assert (value["site"], value["orderNo"], value["references"]) == ("US", "1", ["1"])
    assert value["statuses"] == {"shipping": "part_shipped", "external": "part_returned"}
    (shipment,) = value["shipments"]
    assert len(shipment["parcels"]) == 300
    assert shipment["times"] == {"shipped": "2026-03-01T12:00:00.000Z"}
    assert shipment["items"] == [{"sku": "A", "quantity": 1, "id": "i1"}]
    assert [(one["return"], one["refund"], one["reference"]) for one in value["returns"]] == [
        ("R1", True, "1")
    ]
    assert value["paymentRequests"] == [{"shipment": "1-2", "at": "2026-03-01T12:00:00.000Z", "items": []}]


def test_the_same_facts_have_the_same_key_and_later_ones_overtake_earlier_ones() -> None:
    early = known_of(shipped("1-1", [], stage=Stage.PICKED))
    late = advance(early, shipped("1-1", ["P"])).known
    (one,), (again,), (other,) = facts_of(early), facts_of(early), facts_of(late)
    assert one == again
    assert one.key != other.key
    assert overtakes(other, one)


@pytest.mark.parametrize(
    "kind", ["events", "external_status", "shipping_status", "order_status", "attributes"]
)
def test_each_kind_of_posting_can_be_switched_off_by_itself(kind: str) -> None:
    known = known_of(shipped("1-1", ["P"]))
    all_kinds = {p.kind for p in wanted(SITE, ORDER, known)}
    left = {p.kind for p in wanted(policy(**{kind: False}), ORDER, known)}
    named = {"events": {Kind.FULFILLMENT}}.get(kind, {Kind(kind)} if kind != "events" else set())
    assert left == all_kinds - named
