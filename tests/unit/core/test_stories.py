"""Whatever order the warehouse's words arrive in, repeated and some of them lost, the end is the same."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage
from sync.core.postings import HandedLine, Kind
from sync.core.postings.handed import Handed, HandedOrder
from sync.store.known import known_from_json, known_to_json
from tests.unit.core.warehouse_stories import ORDER, T0, Story, known_after, shop_after, stories

PLACES = {
    Kind.SHIPPING_STATUS: ["part_shipped", "shipped"],
    Kind.EXTERNAL_STATUS: [
        "picked",
        "packed",
        "part_cancelled",
        "cancelled",
        "part_shipped",
        "shipped",
        "part_returned",
        "returned",
    ],
    Kind.ORDER_STATUS: ["cancelled", "completed"],
}
PAID = 10_00 + 5 + 4_99 + 100_00 + 2 * 4_95


def arrivals(data: st.DataObject, facts: list[Fact]) -> list[Fact]:
    again = data.draw(st.lists(st.sampled_from(facts), max_size=3))
    return data.draw(st.permutations([*facts, *again]))


def told_in_order(ids: list[str]) -> bool:
    """Whether no event of a shipment comes behind one of a later stage."""
    place = {identity: number for number, identity in enumerate(ids)}
    stages = ("picked", "packed", "shipped")
    names = {identity.rpartition("-")[0] for identity in ids if identity.endswith(stages)}
    told = ([place[f"{name}-{stage}"] for stage in stages if f"{name}-{stage}" in place] for name in names)
    return all(places == sorted(places) for places in told)


@given(story=stories(), data=st.data())
def test_any_order_of_arrival_with_repetitions_ends_in_the_same_ledger_and_storefront(
    story: Story, data: st.DataObject
) -> None:
    facts = story.everything
    shuffled = arrivals(data, facts)
    assert known_after(shuffled) == known_after(facts)
    assert shop_after(shuffled).end == shop_after(facts).end


@given(story=stories(), data=st.data())
def test_the_poll_alone_makes_up_for_any_pushes_that_were_lost(story: Story, data: st.DataObject) -> None:
    heard = [push for push in story.pushes if data.draw(st.booleans())]
    found = [*story.only_pushed, *story.poll]
    some = shop_after(arrivals(data, [*heard, *found]))
    assert some.end == shop_after(story.everything).end == shop_after(found).end
    assert told_in_order(some.ids)


@given(story=stories())
def test_what_is_known_survives_being_written_down(story: Story) -> None:
    known = known_after(story.everything)
    assert known_from_json(json.loads(json.dumps(known_to_json(known)))) == known


@given(story=stories(), data=st.data())
def test_every_event_is_told_once_and_no_status_ever_goes_back(story: Story, data: st.DataObject) -> None:
    shop = shop_after(arrivals(data, story.everything))
    assert len(shop.ids) == len(set(shop.ids))
    assert told_in_order(shop.ids)
    for kind, told in shop.statuses.items():
        places = [PLACES[kind].index(status) for status in told]
        assert places == sorted(set(places))


@given(story=stories(), data=st.data())
def test_no_more_is_given_back_than_was_paid_and_everything_when_everything_came_back(
    story: Story, data: st.DataObject
) -> None:
    shop = shop_after(arrivals(data, story.everything))
    back = -shop.money["cancellation"] - shop.money["return"]
    statuses = shop.end[0]
    # A refund is money of a return that is asked for, not more of it.
    assert 0 <= -shop.money["refund"] <= -shop.money["return"]
    assert 0 <= back <= PAID
    if statuses.get(Kind.ORDER_STATUS) == "cancelled" or statuses.get(Kind.EXTERNAL_STATUS) == "returned":
        assert back == PAID


GROSS = st.decimals("0.001", "999.999", places=3)


@given(
    lines=st.lists(st.tuples(GROSS, st.integers(1, 7)), min_size=1, max_size=4),
    currency=st.sampled_from([("JPY", 0), ("USD", 2), ("KWD", 3)]),
    data=st.data(),
)
def test_units_given_back_one_by_one_are_worth_what_was_paid_in_every_currency(
    lines: list[tuple[Decimal, int]], currency: tuple[str, int], data: st.DataObject
) -> None:
    code, digits = currency
    order = HandedOrder(
        site="US",
        order_no="1",
        currency=code,
        parts=(
            Handed(
                reference="1",
                lines=tuple(
                    HandedLine(item_id=f"i{n}", sku="A", quantity=quantity, gross=round(gross, digits))
                    for n, (gross, quantity) in enumerate(lines)
                ),
            ),
        ),
    )
    ordered = sum(line.quantity for line in order.lines)
    canceled = data.draw(st.integers(0, ordered))
    facts = [left(ordered - canceled, canceled)] if ordered > canceled else [left(0, canceled)]
    facts += [
        Fact(reference="1", at=T0, returns=(replace(back(f"R{n}", 1), at=T0 + timedelta(days=n)),))
        for n in range(ordered - canceled)
    ]
    shop = shop_after(data.draw(st.permutations(facts)), order)
    paid = sum((line.gross for line in order.lines), Decimal(0)).scaleb(digits)
    assert -shop.money["cancellation"] - shop.money["return"] == paid


def left(shipped: int, canceled: int = 0, *, at: int = 0) -> Fact:
    stage = Stage.SHIPPED if shipped else Stage.CANCELED
    gone = Item(sku="A", quantity=canceled)
    seen = ShipmentFact(
        shipment="1-1",
        stage=stage,
        items=(Item(sku="A", quantity=shipped),) if shipped else (gone,),
        canceled=(gone,) if canceled and shipped else (),
        parcels=("P",),
    )
    return Fact(reference="1", at=T0 + timedelta(minutes=at), shipments=(seen,))


def back(return_id: str, quantity: int, **more: object) -> ReturnFact:
    fact = ReturnFact(return_id=return_id, items=(Item(sku="A", quantity=quantity),), at=T0)
    return replace(fact, **more)  # type: ignore[arg-type]


FIVE = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    parts=(
        Handed(reference="1", lines=(HandedLine(item_id="i1", sku="A", quantity=5, gross=Decimal("9.99")),)),
    ),
)


def told(*returns: ReturnFact) -> list[str]:
    shop = shop_after([Fact(reference="1", at=one.at, returns=(one,)) for one in returns], FIVE)
    return [identity for identity in shop.ids if identity.startswith("return-")]


def test_a_return_that_was_reported_and_numbered_is_told_once_under_one_id() -> None:
    push = back("2210", 1)
    report = back("report-1", 1, provisional=True, at=T0 + timedelta(minutes=5))
    assert told(push, report) == told(report, push) == told(push) == told(report)
    later = back("report-2", 1, provisional=True, at=T0 + timedelta(days=2))
    assert len(told(push, report, later)) == 2


def test_a_corrected_shipment_never_sets_a_status_back_and_loses_no_units() -> None:
    shop = shop_after([left(5), left(3, at=1), left(5, at=2)], FIVE)
    assert shop.statuses[Kind.SHIPPING_STATUS] == ["shipped"]
    assert shop.statuses[Kind.EXTERNAL_STATUS] == ["shipped"]
    assert shop.units["shipped", "A"] == 5
    grown = shop_after([left(3), left(5, at=1)], FIVE)
    assert grown.ids == ["1-1-shipped", "1-1-shipped-5"]
    assert grown.units["shipped", "A"] == 5


def test_a_shipment_without_lines_is_part_shipped_until_the_warehouse_says_the_order_is_done() -> None:
    silent = ShipmentFact(shipment="1-1", stage=Stage.SHIPPED, parcels=("P",))
    fact = Fact(reference="1", at=T0, shipments=(silent,))
    shop = shop_after([fact, replace(fact, complete=True)], FIVE)
    assert shop.statuses[Kind.SHIPPING_STATUS] == ["part_shipped", "shipped"]
    assert shop.units["shipped", "A"] == 5
    assert shop.statuses[Kind.ORDER_STATUS] == ["completed"]


def test_more_than_was_ordered_is_neither_told_nor_given_back() -> None:
    shop = shop_after([left(9), Fact(reference="1", at=T0, returns=(back("R1", 9),))], FIVE)
    assert shop.units == {("shipped", "A"): 5, ("return", "A"): -5}
    assert shop.money == {"return": -9_99}


def test_units_that_were_canceled_and_came_back_all_the_same_are_paid_back_once() -> None:
    gone, came = left(0, 5), Fact(reference="1", at=T0, returns=(back("R1", 5),))
    for facts in ([gone, left(5), came], [left(5), came, gone], [came, gone, left(5)]):
        shop = shop_after(facts, FIVE)
        assert -shop.money["cancellation"] - shop.money["return"] == 9_99


def test_only_the_lines_whose_refund_is_asked_for_are_refunded() -> None:
    one = back("R1", 3, refund=True, refunded=(Item(sku="A", quantity=1),))
    shop = shop_after([left(5), Fact(reference="1", at=T0, returns=(one,))], FIVE)
    assert (shop.units["return", "A"], shop.units["refund", "A"]) == (-3, -1)
    assert shop.money == {"return": -5_99, "refund": -2_00}


def test_shipping_is_given_back_reference_by_reference() -> None:
    nothing = [
        Fact(
            reference=part.reference,
            at=T0,
            shipments=(
                ShipmentFact(
                    shipment=part.reference,
                    stage=Stage.CANCELED,
                    items=tuple(Item(sku=line.sku, quantity=line.quantity) for line in part.lines),
                ),
            ),
        )
        for part in ORDER.parts
    ]
    assert shop_after(nothing).money["cancellation"] == -PAID
    assert "1-shipping-canceled" in shop_after(nothing[:1]).ids
    assert "1-S2-shipping-canceled" not in shop_after(nothing[:1]).ids


def test_nothing_known_is_nothing_told() -> None:
    assert known_after([]) == Known()
    assert shop_after([]).ids == []
