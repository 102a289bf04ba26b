"""Goods that the warehouse shows, held against what was ordered: a part is not too few."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sync.core.commerce import Dispute, goods_disputes
from sync.core.coverage import held, partial, shown
from sync.core.fulfillment import Fact, Item, Known, ShipmentFact, Stage, advance

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
ORDERED = Counter(A=2, B=1)


def goods(**units: int) -> tuple[Item, ...]:
    return tuple(Item(sku=sku, quantity=quantity) for sku, quantity in units.items())


def told(*seen: ShipmentFact) -> Known:
    known = Known()
    for sequence, one in enumerate(seen):
        known = advance(known, Fact(reference="1", at=AT, shipments=(one,), sequence=sequence)).known
    return known


def seen(name: str, stage: Stage, items: tuple[Item, ...], canceled: tuple[Item, ...] = ()) -> ShipmentFact:
    return ShipmentFact(shipment=name, stage=stage, items=items, canceled=canceled)


def test_fewer_units_are_no_dispute_where_the_document_may_be_about_a_part() -> None:
    assert goods_disputes(Counter(A=1), ORDERED, Counter(A=1), whole=False) == []


def test_fewer_units_of_the_whole_order_are_a_dispute() -> None:
    assert goods_disputes(Counter(A=1, B=1), ORDERED, Counter(A=1, B=1), whole=True) == [
        Dispute("order.quantities", "2 x A", "1 x A")
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_more_units_are_a_dispute_in_any_document(*, whole: bool) -> None:
    more = Counter(A=3, B=1)
    assert goods_disputes(more, ORDERED, more, whole=whole) == [Dispute("order.quantities", "2 x A", "3 x A")]


def test_a_canceled_shipment_has_its_goods_once() -> None:
    known = told(seen("1-1", Stage.ACCEPTED, goods(A=2, B=1)), seen("1-1", Stage.CANCELED, goods(A=2, B=1)))
    assert shown(known, "1") == ORDERED


def test_a_line_given_up_before_its_shipment_was_canceled_counts_once() -> None:
    known = told(
        seen("1-1", Stage.ACCEPTED, goods(A=2), goods(B=1)), seen("1-1", Stage.CANCELED, goods(A=2, B=1))
    )
    assert shown(known, "1") == ORDERED


def test_a_line_given_up_counts_beside_what_goes_on() -> None:
    known = told(seen("1-1", Stage.SHIPPED, goods(A=1), goods(A=1, B=1)))
    assert held(known.shipments["1-1"]) == ORDERED


def test_the_cancellation_of_the_whole_repeats_the_goods_of_its_parts() -> None:
    known = told(
        seen("1-1", Stage.ACCEPTED, goods(A=2)),
        seen("1-2", Stage.ACCEPTED, goods(B=1)),
        seen("1", Stage.CANCELED, goods(A=2, B=1)),
    )
    assert shown(known, "1") == ORDERED


def test_goods_of_another_reference_cover_nothing() -> None:
    assert shown(told(seen("1-1", Stage.SHIPPED, goods(A=2))), "1-S2") == Counter()


def test_a_document_without_a_shipment_that_is_known_is_about_a_part() -> None:
    known = told(seen("1-1", Stage.ACCEPTED, goods(A=2)), seen("1-2", Stage.ACCEPTED, goods(B=1)))
    assert partial(known, "1", ["1-1"])
    assert not partial(known, "1", ["1-1", "1-2"])
