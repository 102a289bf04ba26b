from datetime import UTC, datetime
from decimal import Decimal

from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.postings import Handed, HandedLine, HandedOrder, Kind
from sync.core.reconcile import (
    Compared,
    Mark,
    System,
    marks_of,
    storefront_differences,
    storefront_marks,
    tally,
    warehouse_differences,
)
from sync.core.sites import PostingPolicy, Route, Service, Site, StockPolicy

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = PostingPolicy()
ORDER = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    parts=(
        Handed(
            reference="1",
            lines=(HandedLine(item_id="i1", sku="A", quantity=3, gross=Decimal(30)),),
        ),
    ),
)


def site(postings: PostingPolicy = POLICY) -> Site:
    return Site(
        name="US",
        currency="USD",
        currencies={"USD": 2},
        locale="en_US",
        taxation="net",
        routes=(Route(channel="web_us", organisation="o"),),
        country="US",
        stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
        shipping_methods={"001": Service("GROUND")},
        postings=postings,
    )


def known(stage: Stage, quantity: int = 3, *returns: str) -> Known:
    items = (Item(sku="A", quantity=quantity),)
    shipment = Shipment(
        name="1-1", reference="1", stage=stage, reached={stage: T0}, items=items, parcels=("P",)
    )
    back = {name: ReturnFact(return_id=name, items=(Item(sku="A", quantity=1),), at=T0) for name in returns}
    return Known(shipments={"1-1": shipment}, returns=back)


def statuses(
    export: str = "exported", external: str = "", shipping: str = "", order: str = "new"
) -> dict[Kind, str]:
    return {
        Kind.EXPORT_STATUS: export,
        Kind.EXTERNAL_STATUS: external,
        Kind.SHIPPING_STATUS: shipping,
        Kind.ORDER_STATUS: order,
    }


DONE = statuses(external="shipped", shipping="shipped", order="completed")


def test_a_storefront_that_was_told_everything_differs_in_nothing() -> None:
    assert list(storefront_differences(site(), ORDER, known(Stage.SHIPPED), DONE)) == []


def test_a_status_that_was_not_set_is_named_with_both_values() -> None:
    seen = DONE | {Kind.SHIPPING_STATUS: "not_shipped"}
    assert list(storefront_differences(site(), ORDER, known(Stage.SHIPPED), seen)) == [
        ("shipping status", {System.LEDGER: "shipped", System.STOREFRONT: "not_shipped"})
    ]


def test_a_status_that_the_site_does_not_want_is_not_missed() -> None:
    silent = site(PostingPolicy(external_status=False, shipping_status=False, order_status=False))
    assert list(storefront_differences(silent, ORDER, known(Stage.SHIPPED), statuses())) == []


def test_units_that_only_one_of_ledger_and_warehouse_knows_are_named() -> None:
    assert list(warehouse_differences(known(Stage.PACKED), known(Stage.SHIPPED))) == [
        ("units shipped", {System.LEDGER: "0", System.WAREHOUSE: "3"})
    ]
    assert list(warehouse_differences(known(Stage.SHIPPED), known(Stage.SHIPPED, 2))) == [
        ("units shipped", {System.LEDGER: "3", System.WAREHOUSE: "2"})
    ]


def test_a_return_the_ledger_missed_is_named_and_one_the_warehouse_does_not_list_is_not() -> None:
    plain, returned = known(Stage.SHIPPED), known(Stage.SHIPPED, 3, "R1")
    assert list(warehouse_differences(plain, returned)) == [
        ("returned", {System.LEDGER: "-", System.WAREHOUSE: "R1"})
    ]
    assert list(warehouse_differences(returned, plain)) == []
    assert list(warehouse_differences(returned, returned)) == []


def test_an_order_counts_as_canceled_only_when_nothing_of_it_will_come() -> None:
    assert marks_of(known(Stage.CANCELED), 3) == {Mark.CANCELED}
    assert marks_of(known(Stage.CANCELED, 2), 3) == frozenset()
    assert marks_of(known(Stage.SHIPPED, 1, "R1"), 3) == {Mark.SHIPPED, Mark.RETURNED}
    assert marks_of(Known(), 0) == frozenset()


def test_the_storefronts_statuses_show_its_marks() -> None:
    assert storefront_marks(statuses(export="ready")) == {Mark.PLACED}
    assert storefront_marks(DONE) == {Mark.PLACED, Mark.PUSHED, Mark.SHIPPED}
    canceled = statuses(external="cancelled", order="cancelled")
    assert storefront_marks(canceled) == {Mark.PLACED, Mark.PUSHED, Mark.CANCELED}


def test_orders_are_counted_per_mark_and_system() -> None:
    one = Compared(order_no="1", marks={System.LEDGER: frozenset({Mark.PLACED, Mark.PUSHED})})
    two = Compared(order_no="2", marks={System.LEDGER: frozenset({Mark.PLACED})})
    counts = tally([one, two])
    assert counts[Mark.PLACED] == {System.LEDGER: 2, System.STOREFRONT: 0, System.WAREHOUSE: 0}
    assert counts[Mark.PUSHED][System.LEDGER] == 1
