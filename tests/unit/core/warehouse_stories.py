"""Days in the life of a warehouse, made up; and a small model of what a storefront ends up knowing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder, Kind, Posting, news
from sync.core.sites import Route, Service, Site, StockPolicy

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site(
    name="US",
    currency="USD",
    currencies={"USD": 2, "JPY": 0, "KWD": 3},
    locale="en_US",
    taxation="net",
    routes=(Route(channel="web_us", organisation="o"),),
    country="US",
    stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
    shipping_methods={"001": Service("GROUND")},
    tracking_urls={"*": "https://track.example/{number}"},
)
FIRST = (
    HandedLine(item_id="i1", sku="A", quantity=3, gross=Decimal("10.00")),
    # The same goods at another price, and an option that the storefront gave no id.
    HandedLine(item_id="i2", sku="A", quantity=2, gross=Decimal("0.05")),
    HandedLine(item_id="", sku="WRAP", quantity=2, gross=Decimal("4.99")),
)
SECOND = (HandedLine(item_id="i3", sku="B", quantity=7, gross=Decimal("100.00")),)
SHIPPING = Charge(gross=Decimal("4.95"), tax=Decimal("0.83"), listed=Decimal("5.95"))
ORDER = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    parts=(
        Handed(reference="1", lines=FIRST, shipping=SHIPPING),
        Handed(reference="1-S2", lines=SECOND, shipping=SHIPPING),
    ),
)
WAYS = ("ship", "cancel", "lines")
STEPS = (Stage.ACCEPTED, Stage.PICKED, Stage.PACKED, Stage.SHIPPED)


@dataclass(frozen=True)
class Story:
    """What was pushed while it happened, and what a poll finds when all is over."""

    pushes: list[Fact]
    poll: list[Fact]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A reference is split into shipments; each is sent, canceled, or loses a line; some goods come back."""
    pushes, poll = list[Fact](), list[Fact]()
    minute = 0
    for part in ORDER.parts:
        goods = [line.sku for line in part.lines for _ in range(line.quantity)]
        homes = [draw(st.integers(1, 3)) for _ in goods]
        ways = {home: draw(st.sampled_from(WAYS)) for home in sorted(set(homes))}
        held = {home: [sku for sku, at in zip(goods, homes, strict=True) if at == home] for home in ways}
        for number, stage in enumerate(STEPS):
            minute += 1
            # Before the split everything is in the first shipment.
            split = number >= draw(st.integers(0, 2))
            shipments = (
                [_seen(part.reference, home, held[home], ways[home], stage) for home in ways]
                if split or stage is Stage.SHIPPED
                else [_seen(part.reference, min(ways), goods, "ship", stage)]
            )
            pushes.append(_fact(part.reference, minute, shipments))
        done = _fact(part.reference, minute + 900, shipments)
        poll += [done, *(_fact(part.reference, minute, [s]) for s in shipments if s.stage is Stage.SHIPPED)]
        left = [
            item.sku
            for s in shipments
            if s.stage is Stage.SHIPPED
            for item in s.items
            for _ in [0] * item.quantity
        ]
        for number in range(draw(st.integers(0, 2))):
            back = [sku for sku in left if draw(st.booleans())]
            if back:
                left = list((Counter(left) - Counter(back)).elements())
                at = T0 + timedelta(days=3 * (number + 1))
                pushes.append(_returned(part.reference, f"{part.reference}{number}", back, at))
                report = f"report-{part.reference}{number}"
                poll.append(_returned(part.reference, report, back, at + timedelta(minutes=7)))
    return Story(pushes, poll)


def _seen(reference: str, home: int, skus: Sequence[str], way: str, stage: Stage) -> ShipmentFact:
    name = f"{reference}-{home}"
    given_up = _items(skus[:1]) if way == "lines" and len(skus) > 1 and stage.rank > 0 else ()
    shipped = stage is Stage.SHIPPED and way != "cancel"
    return ShipmentFact(
        shipment=name,
        stage=Stage.CANCELED if way == "cancel" and stage.rank > 0 else stage,
        items=_items(skus[1:]) if given_up else _items(skus),
        canceled=given_up,
        carrier="DPD" if shipped else "",
        parcels=(f"{name}/P 1",) if shipped else (),
    )


def _items(skus: Iterable[str]) -> tuple[Item, ...]:
    return tuple(Item(sku=sku, quantity=quantity) for sku, quantity in sorted(Counter(skus).items()))


def _fact(reference: str, minute: int, shipments: Sequence[ShipmentFact]) -> Fact:
    at = T0 + timedelta(minutes=minute)
    return Fact(reference=reference, at=at, shipments=tuple(shipments), sequence=minute)


def _returned(reference: str, return_id: str, skus: list[str], at: datetime) -> Fact:
    reported = return_id.startswith("report-")
    fact = ReturnFact(return_id=return_id, items=_items(skus), at=at, provisional=reported)
    return Fact(reference=reference, at=at, returns=(fact,))


@dataclass
class Shop:
    """What a storefront and its subscribers know in the end: statuses, and sums over the events."""

    order: HandedOrder = ORDER
    statuses: dict[Kind, list[str]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    money: Counter[str] = field(default_factory=Counter)

    def take(self, posting: Posting) -> None:
        """Make the posting's effect."""
        value: Any = posting.value
        if posting.kind in {Kind.FULFILLMENT, Kind.ADJUSTMENT}:
            self.ids.append(value["id"])
        elif posting.kind is not Kind.ATTRIBUTES:
            self.statuses.setdefault(posting.kind, []).append(value["status"])
        if value.get("type") == "processing":
            return
        skus = {line.item_id: line.sku for line in self.order.lines}
        for line in value.get("lineItems", ()):
            self.units[value["type"], skus[line["id"]]] += line["quantity"]
        for total in value.get("totals", ()):
            self.money[value["type"]] += total["amount"] if total["type"] == "total" else 0

    @property
    def end(self) -> tuple[dict[Kind, str], dict[tuple[str, str], int], dict[str, int]]:
        """The last word of every kind."""
        return {kind: told[-1] for kind, told in self.statuses.items()}, dict(self.units), dict(self.money)


def known_after(facts: Iterable[Fact]) -> Known:
    """Return what is known after the facts, in this order."""
    known = Known()
    for fact in facts:
        known = advance(known, fact).known
    return known


def shop_after(facts: Iterable[Fact], order: HandedOrder = ORDER) -> Shop:
    """Return the storefront after every posting that the facts lead to, in this order."""
    states, shop = [Known()], Shop(order)
    for fact in facts:
        states.append(advance(states[-1], fact).known)
    for before, after in pairwise(states):
        for posting in news(SITE, order, before, after):
            shop.take(posting)
    return shop
