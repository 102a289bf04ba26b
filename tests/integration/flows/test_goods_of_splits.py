"""A split that is told in parts: fewer units than ordered are nobody's business until all of it is told."""

from typing import Any

import pytest

from sync.core.timeline import Source, What, timeline
from sync.store.trails import PostgresTrails
from tests.integration.flows.conftest import SITE, TWO


def shipment(place: int, goods: dict[str, int], state: str = "pickable", name: str = "") -> str:
    lines = "".join(
        f'<orderLine product="{sku}" quantity="{units}" state="{state}"/>' for sku, units in goods.items()
    )
    return (
        f'<shipment sequence="{place}" state="{state}" externalReference="{name}-{place}">'
        f"<orderLines>{lines}</orderLines></shipment>"
    )


def detail(number: str, *shipments: str, more: str = "") -> str:
    return (
        f'<order externalReference="{number}" state="validated" channel="{SITE}" {more}>'
        f"<shipments>{''.join(shipments)}</shipments></order>"
    )


def push(number: str, *shipments: str, identity: int = 1) -> str:
    return (
        f'<event messageId="{identity}" eventType="shipment_split" entity="order">'
        f"<detail>{detail(number, *shipments)}</detail></event>"
    )


@pytest.fixture
def number(house: Any) -> str:
    return str(house.handed_over())


@pytest.fixture
def ordered(house: Any, number: str) -> dict[str, int]:
    (stored,) = house.alive(number)
    goods: dict[str, int] = {}
    for line in stored["lines"]:
        goods[line["sku"]] = goods.get(line["sku"], 0) + line["quantity"]
    assert sum(goods.values()) > 1
    return goods


@pytest.fixture
def halves(ordered: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    sku = next(iter(ordered))
    first = {name: units - (name == sku) for name, units in ordered.items()}
    return {name: units for name, units in first.items() if units}, {sku: 1}


def closings(house: Any, number: str) -> list[tuple[str, str | None]]:
    return [(one.state, one.resolution) for one in house.disputed(number, None)]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_split_of_the_warehouse_told_in_two_pushes_in_either_order_is_no_conflict(
    house: Any, number: str, ordered: dict[str, int], turn: int
) -> None:
    sku = next(iter(ordered))
    house.yard("POST", f"shipments/{number}/split?channel={SITE}", {"lines": [{"sku": sku, "quantity": 1}]})
    for row in house.stored(number)[0]["shipments"]:
        house.move(row["reference"], "pick")
    told = [body for body in house.pushes(number) if "shipment_" in body][::turn]
    assert len(told) > 1
    for body in told:
        house.receive(body)
        house.work()
        assert house.conflicts(number) == []
    house.look(number)
    house.work()
    assert closings(house, number) == []


@pytest.mark.parametrize("turn", [1, -1])
def test_each_half_of_a_split_told_by_itself_is_no_conflict(
    house: Any, number: str, halves: tuple[dict[str, int], dict[str, int]], turn: int
) -> None:
    parts = [shipment(place, goods, name=number) for place, goods in enumerate(halves, start=1)][::turn]
    for identity, part in enumerate(parts, start=1):
        house.said(push(number, part, identity=identity), number, str(identity))
        house.work()
        assert closings(house, number) == []


def test_an_order_detail_with_a_gap_between_its_shipments_is_about_a_part(
    house: Any, number: str, halves: tuple[dict[str, int], dict[str, int]]
) -> None:
    house.said(detail(number, shipment(2, halves[1], name=number)), number)
    house.work()
    assert closings(house, number) == []


def test_an_order_detail_that_was_split_upstream_is_about_a_part(
    house: Any, number: str, halves: tuple[dict[str, int], dict[str, int]]
) -> None:
    part = shipment(1, halves[0], name=number)
    house.said(detail(number, part, more='partialOrder="true"'), number)
    house.work()
    assert closings(house, number) == []


def test_an_order_detail_without_a_shipment_that_was_pushed_before_is_about_a_part(
    house: Any, number: str, ordered: dict[str, int]
) -> None:
    # What is in neither is in a third shipment, which nobody has told yet.
    sku = next(iter(ordered))
    assert sum(ordered.values()) > TWO
    house.said(push(number, shipment(2, {sku: 1}, name=number)), number, "push")
    house.work()
    house.said(detail(number, shipment(1, {sku: 1}, name=number)), number, "look")
    house.work()
    assert closings(house, number) == []


def test_fewer_units_of_all_shipments_are_a_conflict_until_later_facts_cover_what_was_ordered(
    house: Any, number: str, halves: tuple[dict[str, int], dict[str, int]]
) -> None:
    seen = detail(number, shipment(1, halves[0], name=number))
    house.said(seen, number, "look")
    house.work()
    assert len(house.conflicts(number)) == 1

    house.said(push(number, shipment(2, halves[1], name=number)), number, "push")
    house.work()
    assert closings(house, number) == [("resolved", "settled by a later fact")]

    trail = PostgresTrails(house.bridge.sessions).trail(SITE, number)
    (entry,) = [
        one for one in timeline(trail, house.bridge.settings.sites[SITE]) if one.what is What.RESOLVED
    ]
    assert entry.source is Source.BRIDGE
    assert entry.text.endswith(" by warehouse: settled by a later fact")

    # The same is no conflict any more, since the other half is known.
    house.said(seen, number, "look again")
    house.work()
    assert closings(house, number) == [("resolved", "settled by a later fact")]


def test_more_units_than_ordered_stay_a_conflict(
    house: Any, number: str, halves: tuple[dict[str, int], dict[str, int]]
) -> None:
    many = {sku: units + 5 for sku, units in halves[0].items()}
    house.said(push(number, shipment(1, many, name=number)), number, "push")
    house.work()
    house.said(push(number, shipment(2, halves[1], name=number), identity=2), number, "other")
    house.work()
    assert [one.field for one in house.disputed(number)] == ["order.quantities"]


def test_what_a_later_fact_has_settled_is_open_again_when_it_is_shown_anew(
    house: Any, number: str, ordered: dict[str, int]
) -> None:
    many = {sku: units + 5 for sku, units in ordered.items()}
    for event, goods in enumerate([many, ordered, many]):
        house.said(push(number, shipment(1, goods, name=number), identity=event + 1), number, str(event))
        house.work()
        expected = ["resolved"] if goods is ordered else ["open"]
        assert [state for state, _ in closings(house, number)] == expected
