"""A site that speaks OCAPI is told every fact by what OCAPI can carry, and nothing is dropped."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sfcc.postings import ocapi_call
from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage
from sync.core.postings import Kind, Posting, news, overtakes, wanted
from sync.core.sites import Api, PostingPolicy, Site
from tests.unit.core.warehouse_stories import ORDER, SITE, T0, Story, known_after, stories

OLD = replace(SITE, api=Api.OCAPI)


def told(facts: list[Fact], site: Site = OLD) -> list[Posting]:
    postings: list[Posting] = []
    known = Known()
    for number in range(1, len(facts) + 1):
        after = known_after(facts[:number])
        postings += news(site, ORDER, known, after)
        known = after
    return postings


def attributes(postings: list[Posting]) -> dict[str, Any]:
    """What the storefront's order shows in the end."""
    shown: dict[str, Any] = {}
    for one in postings:
        if one.kind is Kind.ATTRIBUTES:
            shown |= {name: _read(str(value)) for name, value in one.value.items()}
    return shown


def _read(text: str) -> Any:
    """A list as it was written; a time or a number by itself stays a text."""
    return json.loads(text) if text.startswith("[") else text


@given(story=stories(), data=st.data())
def test_nothing_is_planned_that_ocapi_cannot_carry_and_the_end_is_the_same_in_any_order(
    story: Story, data: st.DataObject
) -> None:
    facts = [*story.pushes, *story.poll]
    shuffled = told(data.draw(st.permutations(facts)))
    for posting in shuffled:
        assert ocapi_call(posting).method in {"PUT", "PATCH"}
    assert (
        attributes(shuffled) == attributes(told(facts)) == attributes(wanted(OLD, ORDER, known_after(facts)))
    )


@given(story=stories())
def test_every_adjustment_that_events_would_tell_is_in_the_list_with_its_money(story: Story) -> None:
    known = known_after([*story.pushes, *story.poll])
    events = [one.value for one in wanted(SITE, ORDER, known) if one.kind is Kind.ADJUSTMENT]
    listed = attributes(wanted(OLD, ORDER, known)).get("c_ofAdjustments", [])
    more = sum(one.get("more", 0) for one in listed)
    assert len(events) == len([one for one in listed if "id" in one]) + more
    for event, row in zip(events, listed, strict=False):
        if "id" in row:
            assert (row["id"], row["at"], row.get("totals")) == (
                event["id"],
                event["occurredAt"],
                event.get("totals") or None,
            )


@given(story=stories(), data=st.data())
def test_a_later_list_overtakes_every_earlier_one(story: Story, data: st.DataObject) -> None:
    facts = data.draw(st.permutations([*story.pushes, *story.poll]))
    lists = [one for one in told(facts) if one.kind is Kind.ATTRIBUTES]
    assert all(overtakes(later, earlier) for earlier, later in pairwise(lists))


def seen(stage: Stage, minute: int) -> Fact:
    items = (Item(sku="A", quantity=5), Item(sku="WRAP", quantity=2))
    one = ShipmentFact(shipment="1-1", stage=stage, items=items, carrier="DPD", parcels=("P1",))
    return Fact(reference="1", at=T0 + timedelta(minutes=minute), shipments=(one,))


def test_the_times_of_picking_and_packing_are_told_shipment_by_shipment() -> None:
    shown = attributes(told([seen(Stage.PICKED, 1), seen(Stage.PACKED, 2)]))
    assert shown["c_ofStages"] == [
        {"shipment": "1-1", "picked": "2026-03-01T12:01:00.000Z", "packed": "2026-03-01T12:02:00.000Z"}
    ]


def test_a_site_names_its_attributes_and_leaves_out_what_it_does_not_want() -> None:
    names = replace(OLD, postings=PostingPolicy(stages_attribute="c_when", adjustments_attribute=""))
    facts = [seen(Stage.PICKED, 1), seen(Stage.SHIPPED, 3)]
    shown = attributes(told(facts, names))
    assert {"c_when", "c_ofShipments"} <= shown.keys()
    assert not {"c_ofStages", "c_ofAdjustments"} & shown.keys()
    silent = replace(OLD, postings=PostingPolicy(attributes=False))
    assert attributes(told(facts, silent)) == {}


@pytest.mark.parametrize("longest", [1000, 4000])
def test_a_list_that_is_too_long_for_an_attribute_counts_what_it_leaves_out(longest: int) -> None:
    back = [
        ReturnFact(
            return_id=f"R{n}",
            items=(Item(sku="B", quantity=1),),
            at=T0 + timedelta(days=n),
            reason="the longest reason that a warehouse may give " * 5,
            refund=True,
        )
        for n in range(7)
    ]
    known = known_after([Fact(reference="1-S2", at=one.at, returns=(one,)) for one in back])
    site = replace(OLD, postings=PostingPolicy(attribute_length=longest))
    adjustments = [one for one in wanted(SITE, ORDER, known) if one.kind is Kind.ADJUSTMENT]
    (listed,) = [one for one in wanted(site, ORDER, known) if one.kind is Kind.ATTRIBUTES]
    text = str(listed.value["c_ofAdjustments"])
    *rows, last = json.loads(text)
    assert longest * 3 // 4 < len(text) <= longest
    assert rows
    assert last == {"more": len(adjustments) - len(rows)}


def test_a_site_on_scapi_has_no_lists_beside_its_events() -> None:
    shown = attributes(told([seen(Stage.PICKED, 1)], SITE))
    assert not {"c_ofStages", "c_ofAdjustments"} & shown.keys()
