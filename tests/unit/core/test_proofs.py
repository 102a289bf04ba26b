"""Which links an order and the warehouse's work prove, and which they must not."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.core.addresses import Address
from sync.core.crm import CrmPolicy
from sync.core.customers import Customer
from sync.core.fulfillment import Known, ReturnFact, Shipment
from sync.core.goods import Item
from sync.core.links import Entity, Kind, Link
from sync.core.orders import Amounts, Line, Order
from sync.core.orders import Shipment as Destination
from sync.core.people import Pseudonyms
from sync.core.proofs import Proofs, customer_subject, goods, handed, moved
from tests.unit.core.warehouse_stories import SITE

T0 = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = Pseudonyms("k" * 16)
HOME = Address(
    contact_name="A", lines=("1 Way",), city="Town", country_code="US", address_id="Grandma in Bath"
)
KNOWN = Customer(name="A", email="a@example.test", number="7", storefront_id="cust", guest=False)
GUEST = Customer(name="A", email="A@Example.test", number="visit", storefront_id="session")
PROOFS = Proofs(site=SITE, names=NAMES)
HOSTILE = ["", "x" * 256, "a\0b", "a\nb", "\u202eb", "\ud800"]


def order(customer: Customer = KNOWN, items: tuple[str, ...] = ("i1", "i2"), **changes: Any) -> Order:
    worth = Amounts(net=Decimal(1), tax=Decimal(0))
    values: dict[str, Any] = {
        "site": SITE.name,
        "order_no": "1",
        "status": "new",
        "placed_at": T0,
        "currency": "USD",
        "taxation": "net",
        "customer": customer,
        "billing": HOME,
        "shipments": (Destination(shipment_id="a", method="m", address=HOME),),
        "lines": tuple(
            Line(item_id=item, shipment_id="a", sku="S", name="S", quantity=1, amounts=worth)
            for item in items
        ),
        "payments": (),
        "amounts": worth,
    }
    return Order(**values | changes)


def told(links: tuple[Link, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for link in links:
        found.setdefault(link.kind, set()).add(link.value)
    return found


def test_an_order_proves_its_number_lines_address_and_shopper() -> None:
    customer = replace(KNOWN, account_id="001A0000006Vm9r", contact_id="003A0000006Vm9rIAC".lower())

    assert told(PROOFS.placed(order(customer))) == {
        Kind.ORDER_NO: {"1"},
        Kind.ITEM: {"i1", "i2"},
        Kind.ADDRESS: {NAMES.of("grandma in bath")},
        Kind.EMAIL: {NAMES.of("a@example.test")},
        Kind.CUSTOMER_NO: {"7"},
        Kind.CUSTOMER_ID: {"cust"},
        Kind.ACCOUNT: {"001A0000006Vm9rIAC"},
        Kind.CONTACT: {"003A0000006Vm9rIAC"},
    }


def test_nothing_that_is_written_of_a_shopper_is_in_a_link() -> None:
    shown = repr(PROOFS.placed(order(GUEST))).casefold()

    assert "example" not in shown
    assert "grandma" not in shown


def test_a_guest_goes_by_the_address_and_not_by_ids_of_one_visit() -> None:
    again = replace(GUEST, email=" a@example.test", number="another", storefront_id="other")

    assert customer_subject(GUEST, SITE, NAMES) == customer_subject(again, SITE, NAMES)
    assert not {Kind.CUSTOMER_NO, Kind.CUSTOMER_ID} & told(PROOFS.placed(order(GUEST))).keys()


def test_a_customer_is_another_one_in_another_list_and_no_guest() -> None:
    listed = replace(SITE, crm=CrmPolicy(customer_list="everybody"))
    subjects = [
        customer_subject(KNOWN, SITE, NAMES),
        customer_subject(KNOWN, listed, NAMES),
        customer_subject(replace(KNOWN, guest=True), SITE, NAMES),
        customer_subject(replace(KNOWN, number=""), SITE, NAMES),
    ]

    assert len(set(subjects)) == 4
    assert [one.scope for one in subjects if one] == [SITE.name, "everybody", SITE.name, SITE.name]


def test_nobody_without_an_address_is_a_customer() -> None:
    nobody = replace(GUEST, email="")

    assert customer_subject(nobody, SITE, NAMES) is None
    assert told(PROOFS.placed(order(nobody))).keys() == {Kind.ORDER_NO, Kind.ITEM, Kind.ADDRESS}


def test_an_id_that_two_lines_share_is_an_id_of_neither() -> None:
    assert told(PROOFS.placed(order(items=("i1", "i1", "i3"))))[Kind.ITEM] == {"i3"}


def test_a_hand_over_proves_each_reference_and_its_lines() -> None:
    worth = order().lines[0]
    parted = order(
        shipments=tuple(Destination(shipment_id=name, method="m", address=HOME) for name in ("a", "b")),
        lines=(worth, replace(worth, item_id="i2", shipment_id="b"), replace(worth, item_id="i3")),
    )
    links = handed("US", "1", goods(parted))

    assert told(links) == {
        Kind.ORDER_NO: {"1"},
        Kind.REFERENCE: {"1", "1-S2"},
        Kind.LINE: {"1/1", "1/2", "1-S2/1"},
    }
    assert {link.belongs_to.key for link in links if link.belongs_to} == {"1"}


def test_the_warehouses_work_proves_shipments_parcels_and_returns() -> None:
    known = Known(
        shipments={
            "1-A": Shipment(name="1-A", reference="1", parcels=("T1", "T2")),
            "1": Shipment(name="1", reference="1"),
        },
        returns={
            "R1": ReturnFact(return_id="R1", items=(Item(sku="S", quantity=1),), at=T0, reference="1"),
            "made up": ReturnFact(return_id="made up", items=(), at=T0, reference="1", provisional=True),
        },
    )
    links = moved("US", known)

    assert told(links) == {Kind.SHIPMENT: {"1-A"}, Kind.TRACKING: {"T1", "T2"}, Kind.RETURN: {"R1"}}
    above = {link.value: link.belongs_to.key for link in links if link.belongs_to}
    assert above == {"1-A": "1", "T1": "1/1-A", "T2": "1/1-A", "R1": "1"}


@pytest.mark.parametrize("strange", HOSTILE)
def test_what_no_table_can_hold_proves_nothing_and_harms_nothing(strange: str) -> None:
    customer = replace(KNOWN, storefront_id=strange, contact_id=strange)
    shipments = {strange: Shipment(name=strange, reference="1", parcels=(strange,))}

    assert {Kind.CUSTOMER_ID, Kind.CONTACT}.isdisjoint(told(PROOFS.placed(order(customer, items=(strange,)))))
    assert moved("US", Known(shipments=shipments)) == ()


@pytest.mark.parametrize("strange", HOSTILE[1:])
def test_a_customer_whose_number_cannot_be_kept_is_nobody(strange: str) -> None:
    links = PROOFS.placed(order(replace(KNOWN, number=strange)))

    assert {link.subject.entity for link in links} == {Entity.ORDER, Entity.LINE, Entity.ADDRESS}
    assert [link.belongs_to for link in links if link.kind == Kind.ORDER_NO] == [None]
