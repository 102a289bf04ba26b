from datetime import UTC, datetime
from decimal import Decimal

from sync.core.fulfillment import Fact, Item, ShipmentFact, Stage
from sync.core.postings import Handed, HandedLine, HandedOrder
from sync.flows.fulfillment import naming_goods

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = HandedLine(item_id="i1", sku="A", quantity=3, gross=Decimal(30))
OTHER = HandedLine(item_id="i2", sku="B", quantity=1, gross=Decimal(9))
ORDER = HandedOrder(
    site="US",
    order_no="1",
    currency="USD",
    parts=(Handed(reference="1", lines=(LINE,)), Handed(reference="1-S2", lines=(OTHER,))),
)


def canceled(shipment: str, *items: Item) -> Fact:
    seen = ShipmentFact(shipment=shipment, stage=Stage.CANCELED, items=items)
    return Fact(reference="1", at=T0, shipments=(seen,))


def test_a_cancellation_of_an_order_of_which_nothing_was_made_is_about_all_goods_of_its_reference() -> None:
    (seen,) = naming_goods(canceled("1"), ORDER).shipments
    assert seen.items == (Item(sku="A", quantity=3, item_id="i1"),)


def test_a_cancellation_that_names_its_goods_is_left_alone() -> None:
    named = canceled("1", Item(sku="A", quantity=1))
    assert naming_goods(named, ORDER) == named


def test_the_cancellation_of_one_shipment_is_not_taken_for_the_whole_order() -> None:
    assert naming_goods(canceled("1-1"), ORDER) == canceled("1-1")
