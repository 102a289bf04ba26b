"""Days in the life of a warehouse, made up; and a small model of what a storefront ends up knowing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from sync.core.fulfillment import Coming, Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
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
# What the warehouse says of goods that come back, one word after the other.
COMINGS = (
    (Coming.RECEIVED,),
    (Coming.EXPECTED, Coming.RECEIVED),
    (Coming.EXPECTED, Coming.REFUSED),
    (Coming.REFUSED,),
)
STEPS = (Stage.ACCEPTED, Stage.PICKED, Stage.PACKED, Stage.SHIPPED)


@dataclass(frozen=True)
class Story:
    """What was pushed while it happened, what no poll would find, and what one finds when all is over."""

    pushes: list[Fact]
    only_pushed: list[Fact]
    poll: list[Fact]

    @property
    def everything(self) -> list[Fact]:
        """All of it, in the order in which it was said."""
        return [*self.pushes, *self.only_pushed, *self.poll]


@dataclass(frozen=True)
class Way:
    """What becomes of a shipment, how many of its units are given up, and its parcels."""

    name: str
    gone: int
    parcels: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A reference is split into shipments; each is sent, canceled, or loses lines; some goods come back."""
    story, minute = Story([], [], []), 0
    for part in ORDER.parts:
        goods = [line.sku for line in part.lines for _ in range(line.quantity)]
        homes = [draw(st.integers(1, 3)) for _ in goods]
        ways = {home: _way(draw) for home in sorted(set(homes))}
        held = {home: [sku for sku, at in zip(goods, homes, strict=True) if at == home] for home in ways}
        for number, stage in enumerate(STEPS):
            minute += 1
            # Before the split everything is in the first shipment.
            split = number >= draw(st.integers(0, 2)) or stage is Stage.SHIPPED
            seen = [_seen(part.reference, home, held[home], ways[home], stage) for home in ways]
            whole = [_seen(part.reference, min(ways), goods, Way("ship", 0, 1), stage)]
            # A push may know only of the first parcel yet.
            some = [replace(one, parcels=one.parcels[: draw(st.integers(1, 3))]) for one in seen]
            story.pushes.append(_fact(part.reference, minute, some if split else whole))
        shipped = [one for one in seen if one.stage is Stage.SHIPPED]
        story.poll.append(_fact(part.reference, minute + 900, seen))
        story.poll.extend(_fact(part.reference, minute, [one]) for one in shipped)
        units = [item.sku for one in shipped for item in one.items for _ in range(item.quantity)]
        _comes_back(draw, story, part.reference, units)
    return story


def _way(draw: st.DrawFn) -> Way:
    return Way(draw(st.sampled_from(WAYS)), draw(st.integers(1, 3)), draw(st.integers(1, 3)))


def _comes_back(draw: st.DrawFn, story: Story, reference: str, left: list[str]) -> None:
    """Up to two returns: expected, received or refused, with the money of some of it asked for or not."""
    for number in range(draw(st.integers(0, 2))):
        back = [sku for sku in left if draw(st.booleans())]
        if not back:
            continue
        words = draw(st.sampled_from(COMINGS))
        paid = [sku for sku in back if draw(st.booleans())] if draw(st.booleans()) else []
        for place, state in enumerate(words):
            at = T0 + timedelta(days=3 * (number + 1), hours=place)
            fact = _returned(reference, f"{reference}{number}", back, at)
            received = state is Coming.RECEIVED
            if not received or paid:
                (told,) = fact.returns
                told = replace(told, state=state, refund=received, refunded=_items(paid) if received else ())
                story.only_pushed.append(replace(fact, returns=(told,)))
            else:
                story.pushes.append(fact)
            if received:
                left = list((Counter(left) - Counter(back)).elements())
                report = f"report-{reference}{number}"
                story.poll.append(_returned(reference, report, back, at + timedelta(minutes=7)))


def _seen(reference: str, home: int, skus: Sequence[str], way: Way, stage: Stage) -> ShipmentFact:
    name = f"{reference}-{home}"
    lost = min(way.gone, len(skus) - 1) if way.name == "lines" and stage.rank > 0 else 0
    shipped = stage is Stage.SHIPPED and way.name != "cancel"
    return ShipmentFact(
        shipment=name,
        stage=Stage.CANCELED if way.name == "cancel" and stage.rank > 0 else stage,
        items=_items(skus[lost:]),
        canceled=_items(skus[:lost]),
        carrier="DPD" if shipped else "",
        parcels=tuple(f"{name}/P {number}" for number in range(way.parcels)) if shipped else (),
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
