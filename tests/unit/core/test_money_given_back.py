"""Lines, discounts, shipping and tax are given back to the minor unit, over any sequence of steps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Coming, Fact, Item, ReturnFact, ShipmentFact, Stage
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder, Posting
from sync.core.sites import ShippingRefund
from tests.unit.core.tales import PARTS, T0, Tale, given_back, tales


@given(tale=tales(), data=st.data())
def test_never_more_than_was_paid_and_every_adjustment_adds_up(tale: Tale, data: st.DataObject) -> None:
    told = tale.told(data.draw(st.permutations(tale.facts)))
    paid = tale.paid(rest=True)
    for end in range(len(told) + 1):
        for other in ("return", "refund"):
            back = given_back(told[:end], "cancellation", other)
            assert 0 <= back["total"] <= paid["total"]
            assert back["tax"] <= paid["tax"]
    for posting in told:
        value: Any = posting.value
        totals = Counter({total["type"]: total["amount"] for total in value.get("totals", ())})
        prices = totals["subtotal"] + totals["discount"] + totals["fulfillment"]
        assert totals["total"] == prices + (totals["tax"] if tale.order.taxation == "net" else 0)
        assert set(totals) <= set(PARTS)


@given(tale=tales(), data=st.data())
def test_money_does_not_depend_on_the_order_in_which_the_facts_arrive(
    tale: Tale, data: st.DataObject
) -> None:
    one, other = tale.told(tale.facts), tale.told(data.draw(st.permutations(tale.facts)))
    for kinds in (("cancellation", "return"), ("cancellation", "refund")):
        assert given_back(one, *kinds) == given_back(other, *kinds)


@given(tale=tales(), data=st.data())
def test_what_was_canceled_or_came_back_to_the_last_unit_is_given_back_to_the_last_cent(
    tale: Tale, data: st.DataObject
) -> None:
    told = tale.told(data.draw(st.permutations(tale.facts)))
    canceled, back = (units(told, kind) for kind in ("cancellation", "return"))
    ordered = sum(line.quantity for line in tale.order.lines)
    if canceled == ordered:
        assert same(given_back(told, "cancellation"), tale.paid(rest=True))
    elif canceled + back == ordered:
        # Under `never` only what was canceled as a whole gives its shipping back.
        shipping = tale.policy is not ShippingRefund.NEVER
        assert same(given_back(told, "cancellation", "return"), tale.paid(shipping=shipping))
    if canceled != ordered and canceled + units(told, "refund") == ordered:
        shipping = tale.policy is not ShippingRefund.NEVER
        assert same(given_back(told, "cancellation", "refund"), tale.paid(shipping=shipping))


def units(told: Sequence[Posting], kind: str) -> int:
    values: list[Any] = [posting.value for posting in told]
    mine = [line for value in values if value["type"] == kind for line in value["lineItems"]]
    return -sum(int(line["quantity"]) for line in mine)


def same(found: Counter[str], paid: Counter[str]) -> bool:
    return (found["total"], found["tax"]) == (paid["total"], paid["tax"])


@given(tale=tales())
def test_an_order_handed_over_before_money_was_kept_gives_back_what_its_lines_cost(tale: Tale) -> None:
    lines = {
        part.reference: tuple(replace(line, tax=None, listed=None) for line in part.lines)
        for part in tale.order.parts
    }
    parts = tuple(Handed(reference=reference, lines=some) for reference, some in lines.items())
    old = replace(tale, order=replace(tale.order, parts=parts, taxation="", rest=None))
    told = old.told(tale.facts)
    assert {total["type"] for p in told for total in p.value.get("totals", ())} <= {"total"}  # type: ignore[attr-defined]
    for kinds in (("cancellation", "return"), ("cancellation", "refund")):
        assert given_back(told, *kinds)["total"] <= sum(tale.units(line.gross) for line in tale.order.lines)


GROSS = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    taxation="gross",
    parts=(
        Handed(
            reference="1",
            lines=(
                HandedLine(
                    item_id="i1",
                    sku="A",
                    quantity=3,
                    gross=Decimal("20.34"),
                    tax=Decimal("3.39"),
                    listed=Decimal("24.00"),
                ),
            ),
            shipping=Charge(gross=Decimal("4.95"), tax=Decimal("0.83"), listed=Decimal("5.95")),
        ),
    ),
)


def back(number: int, quantity: int = 1, **more: Any) -> Fact:
    fact = ReturnFact(
        return_id=f"R{number}",
        items=(Item(sku="A", quantity=quantity),),
        at=T0 + timedelta(days=number),
        **{"refund": True} | more,
    )
    return Fact(reference="1", at=fact.at, returns=(fact,))


def totals_of(policy: ShippingRefund, *facts: Fact, order: HandedOrder = GROSS) -> dict[str, dict[str, int]]:
    told = Tale(order, policy, [], 2).told(facts)
    values: list[Any] = [posting.value for posting in told]
    return {one["id"]: {total["type"]: total["amount"] for total in one["totals"]} for one in values}


def test_a_share_names_list_price_discount_tax_and_total() -> None:
    assert totals_of(ShippingRefund.NEVER, back(1)) == {
        f"return-1-{digest}-1" if name == "return" else "return-R1-refund": {
            "subtotal": -800,
            "discount": 122,
            "tax": -113,
            "total": -678,
        }
        for name in ("return", "refund")
        for digest in [digest_of_one()]
    }


def digest_of_one() -> str:
    return next(iter(totals_of(ShippingRefund.NEVER, back(1)))).split("-")[2]


def test_shipping_comes_back_with_the_last_unit_as_an_adjustment_of_its_own() -> None:
    told = totals_of(ShippingRefund.LAST_UNIT, back(1, 2), back(2))
    shipping = {"discount": 100, "fulfillment": -595, "tax": -83, "total": -495}
    assert told["1-shipping-returned"] == told["1-shipping-refund"] == shipping
    assert list(told)[-2:] == ["1-shipping-returned", "1-shipping-refund"]
    assert not [name for name in totals_of(ShippingRefund.LAST_UNIT, back(1, 2)) if "shipping" in name]


def test_shipping_in_proportion_is_part_of_every_return() -> None:
    told = totals_of(ShippingRefund.PROPORTIONAL, back(1, 2), back(2))
    refunds = {name: one for name, one in told.items() if name.endswith("-refund")}
    assert [one["total"] for one in refunds.values()] == [-1356 - 330, -678 - 165]
    assert sum(one["fulfillment"] for one in refunds.values()) == -595
    assert not [name for name in told if "shipping" in name]


@pytest.mark.parametrize("policy", list(ShippingRefund))
def test_an_order_canceled_as_a_whole_gives_everything_back_whatever_the_policy(
    policy: ShippingRefund,
) -> None:
    gone = ShipmentFact(shipment="1-1", stage=Stage.CANCELED, items=(Item(sku="A", quantity=3),))
    rest = Charge(gross=Decimal(25), tax=Decimal(0), listed=Decimal(25))
    fact = Fact(reference="1", at=T0, shipments=(gone,))
    told = totals_of(policy, fact, order=replace(GROSS, rest=rest))
    assert sum(one["total"] for one in told.values()) == -2034 - 495 - 2500
    assert sum(one["tax"] for one in told.values() if "tax" in one) == -339 - 83


def test_goods_turned_away_give_no_money_back() -> None:
    refused = back(1, state=Coming.REFUSED)
    (posting,) = Tale(GROSS, ShippingRefund.PROPORTIONAL, [], 2).told([refused])
    assert "totals" not in posting.value
