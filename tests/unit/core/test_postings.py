from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, ReturnFact, ShipmentFact, Stage, advance
from sync.core.postings import (
    Handed,
    HandedLine,
    HandedOrder,
    Kind,
    Posting,
    assign,
    news,
    on_acceptance,
    wanted,
)
from sync.core.sites import PostingPolicy, Route, Service, Site, StockPolicy

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site(
    name="US",
    currency="USD",
    currencies={"USD": 2},
    locale="en_US",
    taxation="net",
    routes=(Route(channel="web_us", organisation="o"),),
    country="US",
    stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
    shipping_methods={"001": Service("GROUND")},
    tracking_urls={"*": "https://track.example/{number}"},
)
ORDER = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    parts=(
        Handed(
            reference="1",
            lines=(
                HandedLine(item_id="i1", sku="A", quantity=3, gross=Decimal("30.00")),
                HandedLine(item_id="i2", sku="B", quantity=1, gross=Decimal("9.99")),
            ),
        ),
    ),
)
PLACES = {"picked": 0, "packed": 1, "part_shipped": 2, "shipped": 3}
STORY = (Stage.ACCEPTED, Stage.PICKED, Stage.PACKED, Stage.SHIPPED)


def fact(shipment: str, stage: Stage, *items: tuple[str, int], minute: int = 0, parcel: str = "P1") -> Fact:
    shipped = stage is Stage.SHIPPED
    seen = ShipmentFact(
        shipment=shipment,
        stage=stage,
        items=tuple(Item(sku=sku, quantity=quantity) for sku, quantity in items),
        carrier="DPD" if shipped else "",
        parcels=(parcel,) if shipped and parcel else (),
    )
    return Fact(reference="1", at=T0 + timedelta(minutes=minute), shipments=(seen,))


def returned(return_id: str, *items: tuple[str, int], refund: bool = False) -> Fact:
    lines = tuple(Item(sku=sku, quantity=quantity) for sku, quantity in items)
    back = ReturnFact(
        return_id=return_id, items=lines, at=T0 + timedelta(days=3), reason="torn", refund=refund
    )
    return Fact(reference="1", at=back.at, returns=(back,))


def states(facts: list[Fact]) -> list[Known]:
    known = [Known()]
    for one in facts:
        known.append(advance(known[-1], one).known)
    return known


def told(facts: list[Fact], site: Site = SITE) -> list[Posting]:
    return [
        posting for before, after in pairwise(states(facts)) for posting in news(site, ORDER, before, after)
    ]


def statuses(postings: list[Posting], kind: Kind) -> list[object]:
    return [posting.value["status"] for posting in postings if posting.kind is kind]


WHOLE = [("A", 3), ("B", 1)]
STEPS = st.lists(
    st.sampled_from(
        [fact("1-1", stage, ("A", 2), minute=n) for n, stage in enumerate(STORY)]
        + [fact("1-2", stage, ("A", 1), ("B", 1), minute=n) for n, stage in enumerate(STORY)]
    ),
    max_size=10,
)


@given(steps=STEPS)
def test_no_status_ever_goes_back(steps: list[Fact]) -> None:
    for kind in (Kind.SHIPPING_STATUS, Kind.EXTERNAL_STATUS):
        places = [PLACES[str(status)] for status in statuses(told(steps), kind)]
        assert places == sorted(set(places))


@given(steps=STEPS)
def test_no_posting_is_ever_made_twice(steps: list[Fact]) -> None:
    keys = [posting.key for posting in told(steps)]
    assert len(keys) == len(set(keys))


@given(steps=STEPS)
def test_a_fact_that_is_known_already_makes_no_news(steps: list[Fact]) -> None:
    known = states(steps)[-1]
    for one in steps:
        assert news(SITE, ORDER, known, advance(known, one).known) == []


@given(steps=STEPS.flatmap(lambda s: st.tuples(st.just(s), st.permutations(s))))
def test_the_last_word_is_the_same_whatever_order_the_facts_came_in(
    steps: tuple[list[Fact], list[Fact]],
) -> None:
    first, second = (wanted(SITE, ORDER, states(facts)[-1]) for facts in steps)
    assert first == second


def test_acceptance_exports_the_order_and_names_its_references() -> None:
    postings = on_acceptance(["1", "1-S2"], SITE)
    assert statuses(postings, Kind.EXPORT_STATUS) == ["exported"]
    assert statuses(postings, Kind.EXTERNAL_STATUS) == ["accepted"]
    assert postings[-1].value == {"c_ofOrderRef": "1,1-S2"}


def test_a_partial_and_then_the_rest_are_told_in_order() -> None:
    postings = told([fact("1-1", Stage.SHIPPED, ("A", 2)), fact("1-2", Stage.SHIPPED, ("A", 1), ("B", 1))])
    assert statuses(postings, Kind.SHIPPING_STATUS) == ["part_shipped", "shipped"]
    assert statuses(postings, Kind.ORDER_STATUS) == ["completed"]
    assert postings[-1].kind is Kind.ORDER_STATUS


def test_a_shipped_event_names_lines_carrier_number_and_tracking_page() -> None:
    (event,) = [p for p in told([fact("1-1", Stage.SHIPPED, *WHOLE)]) if p.kind is Kind.FULFILLMENT]
    assert event.value == {
        "id": "1-1-shipped",
        "occurredAt": "2026-03-01T12:00:00.000Z",
        "type": "shipped",
        "lineItems": [{"id": "i1", "quantity": 3}, {"id": "i2", "quantity": 1}],
        "carrier": "DPD",
        "trackingNumber": "P1",
        "trackingUrl": "https://track.example/P1",
    }


def test_a_shipped_event_waits_for_a_parcel_number() -> None:
    nameless = fact("1-1", Stage.SHIPPED, *WHOLE, parcel="")
    first, second = (
        [p.kind for p in news(SITE, ORDER, before, after)]
        for before, after in pairwise(states([nameless, fact("1-1", Stage.SHIPPED, *WHOLE)]))
    )
    assert Kind.FULFILLMENT not in first
    assert Kind.FULFILLMENT in second


def test_a_canceled_order_is_told_as_an_adjustment_of_its_worth_and_as_canceled() -> None:
    postings = told([fact("1-1", Stage.CANCELED, *WHOLE)])
    (adjustment,) = [p for p in postings if p.kind is Kind.ADJUSTMENT]
    assert adjustment.value["lineItems"] == [{"id": "i1", "quantity": -3}, {"id": "i2", "quantity": -1}]
    assert adjustment.value["totals"] == [{"type": "total", "amount": -3999}]
    assert statuses(postings, Kind.ORDER_STATUS) == ["cancelled"]
    assert statuses(postings, Kind.SHIPPING_STATUS) == []


def test_a_return_is_worth_its_units_and_asks_for_a_refund_only_when_the_warehouse_does() -> None:
    shipped = fact("1-1", Stage.SHIPPED, *WHOLE)
    plain = [p for p in told([shipped, returned("R1", ("A", 1))]) if p.kind is Kind.ADJUSTMENT]
    assert [p.value["type"] for p in plain] == ["return"]
    assert plain[0].value["totals"] == [{"type": "total", "amount": -1000}]
    refunded = told([shipped, returned("R1", ("A", 1), refund=True)])
    assert [p.value["type"] for p in refunded if p.kind is Kind.ADJUSTMENT] == ["return", "refund"]
    assert statuses(refunded, Kind.EXTERNAL_STATUS) == ["shipped", "part_returned"]


def test_a_site_is_told_only_what_it_wants() -> None:
    policy = PostingPolicy(
        events=False, external_status=False, shipping_status=True, order_status=False, attributes=False
    )
    site = Site(**{name: getattr(SITE, name) for name in Site.__slots__} | {"postings": policy})
    assert [p.kind for p in told([fact("1-1", Stage.SHIPPED, *WHOLE)], site)] == [Kind.SHIPPING_STATUS]


def test_units_are_assigned_to_the_lines_of_their_sku_and_never_twice() -> None:
    twins = HandedOrder(
        site="US",
        order_no="1",
        currency="USD",
        parts=(
            Handed(
                reference="1",
                lines=(
                    HandedLine(item_id="i1", sku="A", quantity=1, gross=Decimal(5)),
                    HandedLine(item_id="i2", sku="A", quantity=2, gross=Decimal(8)),
                ),
            ),
        ),
    )
    known = states([fact("1-1", Stage.PICKED, ("A", 2)), fact("1-2", Stage.PICKED, ("A", 2))])[-1]
    taken = {name: [(i.item_id, i.quantity) for i in items] for name, items in assign(twins, known).items()}
    assert taken == {"1-1": [("i1", 1), ("i2", 1)], "1-2": [("i2", 1)]}


def test_a_shipment_of_many_lines_is_told_in_portions_the_storefront_takes() -> None:
    lines = tuple(HandedLine(item_id=f"i{n}", sku=f"S{n}", quantity=1, gross=Decimal(1)) for n in range(450))
    order = HandedOrder(site="US", order_no="1", currency="USD", parts=(Handed(reference="1", lines=lines),))
    seen = ShipmentFact(
        shipment="1-1",
        stage=Stage.SHIPPED,
        items=tuple(Item(sku=line.sku, quantity=1, item_id=line.item_id) for line in lines),
        parcels=("P",),
    )
    known = advance(Known(), Fact(reference="1", at=T0, shipments=(seen,))).known
    events = [p for p in wanted(SITE, order, known) if p.kind is Kind.FULFILLMENT]
    assert [len(p.value["lineItems"]) for p in events] == [200, 200, 50]  # type: ignore[arg-type]
    assert len({p.key for p in events}) == 3


def test_a_shipped_event_waits_until_there_is_a_tracking_page() -> None:
    site = replace(SITE, tracking_urls={})
    seen = ShipmentFact(
        shipment="1-1", stage=Stage.SHIPPED, items=(Item(sku="A", quantity=3),), parcels=("P",)
    )
    known = advance(Known(), Fact(reference="1", at=T0, shipments=(seen,))).known
    assert not [p for p in wanted(site, ORDER, known) if p.kind is Kind.FULFILLMENT]
