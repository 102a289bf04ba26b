"""Money given back, held against what the shopper paid by the storefront's own document, over any steps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder, Kind, news
from sync.core.sites import PostingPolicy, ShippingRefund
from tests.unit.core.warehouse_stories import SITE

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}
RATES = (Decimal(0), Decimal("0.055"), Decimal("0.2"))


@dataclass(frozen=True)
class Bought:
    """A line as its receipt shows it: units, total and tax in minor units, and at what rate."""

    name: str
    sku: str
    units: int
    total: int
    tax: int
    rate: Decimal


@dataclass(frozen=True)
class Sale:
    """A receipt, and the same order as it was handed over."""

    bought: tuple[Bought, ...]
    shipping: tuple[int, int]
    order: HandedOrder


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    currency = draw(st.sampled_from(sorted(DIGITS)))
    net = draw(st.booleans())
    digits = DIGITS[currency]

    def money(amount: int) -> Decimal:
        return Decimal(amount).scaleb(-digits)

    bought = []
    for place in range(draw(st.integers(1, 4))):
        price, rate = draw(st.integers(0, 9_999)), draw(st.sampled_from(RATES))
        tax = int(price * rate) if net else int(price * rate / (1 + rate))
        total = price + tax if net else price
        sku, units = draw(st.sampled_from("AB")), draw(st.integers(1, 5))
        bought.append(Bought(f"i{place}", sku, units, total, tax, rate))
    shipping = (draw(st.integers(0, 999)), 0)
    off = draw(st.integers(0, 100))
    parts = Handed(
        reference="1",
        lines=tuple(
            HandedLine(
                item_id=one.name,
                sku=one.sku,
                quantity=one.units,
                gross=money(one.total),
                tax=money(one.tax),
                listed=money(one.total - (one.tax if net else 0) + off),
            )
            for one in bought
        ),
        shipping=Charge(gross=money(shipping[0]), tax=Decimal(0), listed=money(shipping[0])),
    )
    order = HandedOrder(
        site="US", order_no="1", currency=currency, taxation="net" if net else "gross", parts=(parts,)
    )
    return Sale(tuple(bought), shipping, order)


@st.composite
def steps(draw: st.DrawFn, sale: Sale) -> list[Fact]:
    """Cancellations, returns and refunds in any order; they may speak of a unit twice, and name its line."""
    facts = []
    for number in range(draw(st.integers(1, 8))):
        one = draw(st.sampled_from(sale.bought))
        units = draw(st.integers(1, one.units))
        item = (Item(sku=one.sku, quantity=units, item_id=draw(st.sampled_from(["", one.name]))),)
        at = T0 + timedelta(hours=number)
        what = draw(st.sampled_from(["cancel", "return", "refund", "whole"]))
        if what in {"cancel", "whole"}:
            stage = (
                Stage.CANCELED if what == "whole" else draw(st.sampled_from([Stage.ACCEPTED, Stage.SHIPPED]))
            )
            seen = ShipmentFact(
                shipment=draw(st.sampled_from(["1-1", "1-2"])),
                stage=stage,
                parcels=("P",),
                at=at,
                items=item if what == "whole" else (),
                canceled=() if what == "whole" else item,
            )
            facts.append(Fact(reference="1", at=at, shipments=(seen,)))
        else:
            back = ReturnFact(return_id=f"R{number}", items=item, at=at, refund=what == "refund")
            facts.append(Fact(reference="1", at=at, returns=(back,)))
    return draw(st.permutations(facts))


def told(sale: Sale, facts: list[Fact], policy: ShippingRefund) -> list[Mapping[str, Any]]:
    site = replace(SITE, postings=PostingPolicy(shipping_refund=policy))
    states = [Known()]
    for fact in facts:
        states.append(advance(states[-1], fact).known)
    made = [posting for a, b in pairwise(states) for posting in news(site, sale.order, a, b)]
    return [posting.value for posting in made if posting.kind is Kind.ADJUSTMENT]


def sums(events: list[Mapping[str, Any]], kinds: set[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for event in events:
        for total in event.get("totals", ()) if event["type"] in kinds else ():
            found[total["type"]] -= total["amount"]
    return found


WAYS = ({"cancellation", "return"}, {"cancellation", "refund"})


@given(data=st.data(), sale=sales(), policy=st.sampled_from(list(ShippingRefund)))
def test_however_contradictory_the_steps_no_more_is_given_back_than_the_receipt_shows(
    data: st.DataObject, sale: Sale, policy: ShippingRefund
) -> None:
    events = told(sale, data.draw(steps(sale)), policy)
    paid = sum(one.total for one in sale.bought) + sale.shipping[0]
    tax = sum(one.tax for one in sale.bought)
    for end in range(len(events) + 1):
        for kinds in WAYS:
            back = sums(events[:end], kinds)
            assert 0 <= back["total"] <= paid
            assert 0 <= back["tax"] <= tax


@given(data=st.data(), sale=sales(), policy=st.sampled_from(list(ShippingRefund)))
def test_no_line_and_no_rate_gives_back_more_than_was_paid_for_it(
    data: st.DataObject, sale: Sale, policy: ShippingRefund
) -> None:
    """Each line is of a SKU of its own here, so that an event's money is surely that of its line."""
    own = tuple(replace(one, sku=f"{one.sku}{place}") for place, one in enumerate(sale.bought))
    (part,) = sale.order.parts
    lines = tuple(replace(line, sku=one.sku) for line, one in zip(part.lines, own, strict=True))
    sale = replace(sale, bought=own, order=replace(sale.order, parts=(replace(part, lines=lines),)))
    events = told(sale, data.draw(steps(sale)), policy)
    by_name = {one.name: one for one in own}
    for kinds in WAYS:
        totals, taxes = Counter[str](), Counter[Decimal]()
        for event in events:
            if event["type"] in kinds and len(event["lineItems"]) == 1:
                (row,) = event["lineItems"]
                back = sums([event], kinds)
                totals[row["id"]] += back["total"] - back["fulfillment"]
                taxes[by_name[row["id"]].rate] += back["tax"]
        for one in own:
            assert totals[one.name] <= one.total
        for rate in RATES:
            assert taxes[rate] <= sum(one.tax for one in own if one.rate == rate)


@given(data=st.data(), sale=sales(), policy=st.sampled_from(list(ShippingRefund)))
def test_units_spoken_of_once_give_back_their_share_within_one_minor_unit(
    data: st.DataObject, sale: Sale, policy: ShippingRefund
) -> None:
    """A single step about a single line: plain arithmetic of its receipt."""
    sku = data.draw(st.sampled_from(sale.bought)).sku
    # Returns take the first line of the goods first.
    one = next(one for one in sale.bought if one.sku == sku)
    units = data.draw(st.integers(1, one.units))
    item = (Item(sku=one.sku, quantity=units, item_id=one.name),)
    back = ReturnFact(return_id="R", items=item, at=T0, refund=True)
    events = told(sale, [Fact(reference="1", at=T0, returns=(back,))], policy)
    for kind in ("return", "refund"):
        (event,) = [e for e in events if e["type"] == kind and e["lineItems"]]
        found = sums([event], {kind})
        share = Decimal(one.total * units) / one.units
        assert abs(found["total"] - found["fulfillment"] - share) <= 1


@given(data=st.data(), sale=sales(), named=st.sets(st.sampled_from(["cancel", "return"])))
def test_an_order_whose_every_unit_was_canceled_or_came_back_is_given_back_to_the_last_unit_of_money(
    data: st.DataObject, sale: Sale, named: set[str]
) -> None:
    """Whatever source names the storefront's line and whichever does not, the whole is the whole."""
    facts: list[Fact] = []
    for place, one in enumerate(sale.bought):
        gone = data.draw(st.integers(0, one.units))
        for what, units in (("cancel", gone), ("return", one.units - gone)):
            item = (Item(sku=one.sku, quantity=units, item_id=one.name if what in named else ""),)
            at = T0 + timedelta(hours=len(facts))
            if units and what == "cancel":
                seen = ShipmentFact(
                    shipment=f"1-c{place}", stage=Stage.CANCELED, items=item, parcels=("P",), at=at
                )
                facts.append(Fact(reference="1", at=at, shipments=(seen,)))
            elif units:
                back = ReturnFact(return_id=f"R{place}", items=item, at=at, refund=True)
                facts.append(Fact(reference="1", at=at, returns=(back,)))
    events = told(sale, data.draw(st.permutations(facts)), ShippingRefund.LAST_UNIT)
    paid = sum(one.total for one in sale.bought) + sale.shipping[0]
    for kinds in WAYS:
        assert sums(events, kinds)["total"] == paid
        assert sums(events, kinds)["tax"] == sum(one.tax for one in sale.bought)
