from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sync.core.addresses import Address
from sync.core.amendments import changes, destination, of_present_order
from sync.core.customers import Customer
from sync.core.fulfillment import Fact, ShipmentFact, Stage
from sync.core.orders import Amounts, Order, Shipment, WarehouseOrder
from sync.core.ownership import OWNERS, Owner, Word, conflict
from sync.core.sites import Route, Service

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = Address(contact_name="A", lines=("1 Way",), city="Town", country_code="GB")


def part(
    *, city: str = "Town", method: str = "STD", code: str = "STD48", channel: str = "web"
) -> WarehouseOrder:
    address = Address(contact_name="A", lines=("1 Way",), city=city, country_code="GB")
    shipment = Shipment(shipment_id="s", method=method, address=address)
    order = Order(
        site="UK",
        order_no="1",
        status="new",
        placed_at=T0,
        currency="GBP",
        taxation="gross",
        customer=Customer(name="A", email="a@example.com"),
        billing=HOME,
        shipments=(shipment,),
        lines=(),
        payments=(),
        amounts=Amounts(net=Decimal(0), tax=Decimal(0)),
    )
    return WarehouseOrder(
        order=order,
        reference="1",
        shipment=shipment,
        service=Service(code),
        route=Route(channel=channel, organisation="o"),
        lines=(),
        exported_at=T0,
    )


@pytest.mark.parametrize(
    ("now", "fields"),
    [
        (part(), []),
        (part(city="Leeds"), ["shipment.address"]),
        (part(method="NDD"), ["shipment.method"]),
        (part(city="Leeds", method="NDD"), ["shipment.address", "shipment.method"]),
        (part(code="OTHER", channel="elsewhere"), []),
    ],
    ids=["nothing", "address", "method", "both", "only the sites file"],
)
def test_what_differs_from_what_was_told_is_named_by_its_field(
    now: WarehouseOrder, fields: list[str]
) -> None:
    assert changes(destination(part()), now) == fields
    assert set(fields) <= OWNERS.keys()


def test_where_nothing_was_noted_nothing_is_amended() -> None:
    assert changes(None, part(city="Leeds")) == []


@pytest.mark.parametrize(
    ("seen", "present", "kept", "strays"),
    [
        (Stage.PICKED, Stage.PICKED, 1, []),
        (Stage.PICKED, Stage.PACKED, 1, []),
        (Stage.PICKED, Stage.ACCEPTED, 0, []),
        (Stage.CANCELED, Stage.ACCEPTED, 0, []),
        (Stage.CANCELED, Stage.SHIPPED, 0, []),
        (Stage.CANCELED, Stage.CANCELED, 1, []),
        (Stage.SHIPPED, Stage.SHIPPED, 1, []),
        (Stage.SHIPPED, Stage.PACKED, 0, ["1-1"]),
        (Stage.SHIPPED, None, 0, ["1-1"]),
        (Stage.CANCELED, None, 0, []),
    ],
)
def test_a_fact_is_about_the_present_order_if_that_has_come_as_far(
    seen: Stage,
    present: Stage | None,
    kept: int,
    strays: list[str],
) -> None:
    one = ShipmentFact(shipment="1-1", stage=seen)
    fact = Fact(reference="1", at=T0, shipments=(one,))
    stages = {} if present is None else {"1-1": present}
    left, lost = of_present_order(fact, stages)
    assert (left.shipments, lost) == ((one,) * kept, strays)


def test_a_conflict_names_both_values_and_the_owner() -> None:
    word = Word(sender=Owner.STOREFRONT, message=7)
    found = conflict("UK", "1", "shipment.stage", storefront="new", warehouse="shipped", word=word)
    assert (found.storefront, found.warehouse, found.owner) == ("new", "shipped", "warehouse")
    assert (found.sender, found.message) == ("storefront", 7)


def test_a_field_that_nobody_owns_is_no_conflict() -> None:
    word = Word(sender=Owner.STOREFRONT, message=7)
    with pytest.raises(KeyError):
        conflict("UK", "1", "order.weather", storefront="rain", warehouse="sun", word=word)


def test_the_end_of_the_former_order_is_not_the_end_of_the_present_one() -> None:
    former = (ShipmentFact(shipment="1-1", stage=Stage.CANCELED),)
    fact = Fact(reference="1", at=T0, shipments=former, complete=True)
    left, _ = of_present_order(fact, {"1-1": Stage.ACCEPTED})
    assert not left.complete
    left, _ = of_present_order(fact, {"1-1": Stage.CANCELED})
    assert left.complete
