"""Orders with money, in several currencies and taxations, and what became of their units."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder, Kind, Posting, news
from sync.core.sites import PostingPolicy, ShippingRefund
from tests.unit.core.warehouse_stories import SITE

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
CURRENCIES = {"JPY": 0, "USD": 2, "KWD": 3}
PARTS = ("subtotal", "discount", "fulfillment", "tax", "total")


@dataclass(frozen=True)
class Tale:
    """An order that was paid for, and what the warehouse says became of its units."""

    order: HandedOrder
    policy: ShippingRefund
    facts: list[Fact]
    digits: int

    def told(self, facts: Sequence[Fact]) -> list[Posting]:
        """Return every adjustment, in order."""
        site = replace(SITE, postings=PostingPolicy(shipping_refund=self.policy))
        states = [Known()]
        for fact in facts:
            states.append(advance(states[-1], fact).known)
        steps = [news(site, self.order, before, after) for before, after in pairwise(states)]
        return [posting for step in steps for posting in step if posting.kind is Kind.ADJUSTMENT]

    def paid(self, *, shipping: bool = True, rest: bool = False) -> Counter[str]:
        """Return what the shopper paid, part by part, in minor units."""
        charged = [part.shipping for part in self.order.parts if shipping] + (
            [self.order.rest] if rest else []
        )
        paid = [(line.gross, line.tax) for line in self.order.lines]
        paid += [(charge.gross, charge.tax) for charge in charged if charge]
        return Counter(
            total=sum(self.units(gross) for gross, _ in paid), tax=sum(self.units(tax) for _, tax in paid)
        )

    def units(self, amount: Decimal | None) -> int:
        """Return an amount in minor units."""
        return int((amount or Decimal(0)).scaleb(self.digits))


def given_back(postings: Sequence[Posting], *kinds: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for posting in postings:
        value: Any = posting.value
        for total in value.get("totals", ()) if value["type"] in kinds else ():
            found[total["type"]] -= total["amount"]
    return found


@st.composite
def charges(draw: st.DrawFn, digits: int, taxation: str) -> Charge:
    gross = draw(st.integers(0, 20_000))
    tax = draw(st.integers(0, gross // 4))
    price = gross - tax if taxation == "net" else gross
    listed = price + draw(st.sampled_from([0, 0, 1, 333]))
    gross_, tax_, listed_ = (Decimal(one).scaleb(-digits) for one in (gross, tax, listed))
    return Charge(gross=gross_, tax=tax_, listed=listed_)


@st.composite
def orders(draw: st.DrawFn) -> tuple[HandedOrder, int]:
    currency, digits = draw(st.sampled_from(sorted(CURRENCIES.items())))
    taxation = draw(st.sampled_from(["gross", "net"]))
    parts = []
    for number in range(draw(st.integers(1, 3))):
        lines = []
        for place in range(draw(st.integers(1, 3))):
            paid = draw(charges(digits, taxation))
            lines.append(
                HandedLine(
                    item_id=f"i{number}{place}",
                    sku=draw(st.sampled_from("AB")),
                    quantity=draw(st.integers(1, 7)),
                    gross=paid.gross,
                    tax=paid.tax,
                    listed=paid.listed,
                )
            )
        shipping = draw(charges(digits, taxation))
        parts.append(Handed(reference=f"1-S{number}", lines=tuple(lines), shipping=shipping))
    order = HandedOrder(
        site="US",
        order_no="1",
        currency=currency,
        parts=tuple(parts),
        taxation=taxation,
        rest=draw(st.one_of(st.none(), charges(digits, taxation))),
    )
    return order, digits


@st.composite
def tales(draw: st.DrawFn) -> Tale:
    """Every unit is canceled, kept, sent back, or sent back for its money; in several steps."""
    order, digits = draw(orders())
    fates = draw(st.sampled_from(["C", "B", "M", "CM", "CB", "CKBM"]))
    facts = []
    for part in order.parts:
        goods = [line.sku for line in part.lines for _ in range(line.quantity)]
        ends = [draw(st.sampled_from(fates)) for _ in goods]
        held = {fate: [sku for sku, end in zip(goods, ends, strict=True) if end == fate] for fate in fates}
        left = [sku for fate in held if fate != "C" for sku in held[fate]]
        facts += draw(canceled(part.reference, held.get("C", []), left))
        for fate in {"B", "M"} & set(held):
            facts += draw(returned(part.reference, held[fate], fate))
    return Tale(order, draw(st.sampled_from(list(ShippingRefund))), facts, digits)


@st.composite
def canceled(draw: st.DrawFn, reference: str, gone: list[str], left: list[str]) -> list[Fact]:
    """The cancellations grow from word to word; the shipment goes with what is left, if anything is."""
    cuts = sorted({draw(st.integers(0, len(gone))), len(gone)})
    facts = []
    for minute, cut in enumerate(cuts):
        seen = ShipmentFact(
            shipment=f"{reference}-1",
            stage=Stage.SHIPPED if left else Stage.CANCELED if cut == len(gone) else Stage.ACCEPTED,
            items=items(left) if left or cut < len(gone) else items(gone),
            canceled=items(gone[:cut]),
            parcels=("P",),
        )
        facts.append(Fact(reference=reference, at=T0 + timedelta(minutes=minute), shipments=(seen,)))
    return facts


@st.composite
def returned(draw: st.DrawFn, reference: str, back: list[str], fate: str) -> list[Fact]:
    facts, start = [], 0
    for number, end in enumerate(sorted({draw(st.integers(0, len(back))), len(back)})):
        if back[start:end]:
            fact = ReturnFact(
                return_id=f"{reference}{fate}{number}",
                items=items(back[start:end]),
                at=T0 + timedelta(days=1 + number),
                refund=fate == "M",
            )
            facts.append(Fact(reference=reference, at=fact.at, returns=(fact,)))
        start = end
    return facts


def items(skus: Sequence[str]) -> tuple[Item, ...]:
    return tuple(Item(sku=sku, quantity=quantity) for sku, quantity in sorted(Counter(skus).items()))
