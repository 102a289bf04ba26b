"""No text in any field may become a property, or break the document, however the warehouse reads it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.orderflow.orders import address_lines, import_document
from schemas.orderflow.properties import lines, money, pieces, text
from sync.core.addresses import Address
from sync.core.customers import Customer
from sync.core.orders import Amounts, Discount, Line, Order, Payment, Shipment, WarehouseOrder
from sync.core.sites import AddressPolicy, Service
from sync.sandbox.orderflow.properties import parse
from tests.unit.schemas.conftest import UK

NASTY = st.one_of(
    st.text(max_size=30),
    st.text("\\\n\r\x0b\x0c\x85\u2028\u2029\x00\x1c =:#!]]><&[BR]{}$a", max_size=30),
    st.sampled_from(["x\nshipment.state=despatched", "x\\", "]]>", "\ud800", "#", "a\\u000ab=c"]),
)
AMOUNTS = Amounts(net=Decimal("8.33"), tax=Decimal("1.67"))


def warehouse_order(value: Callable[[], str]) -> WarehouseOrder:
    """An order whose every free text comes from `value`."""
    address = Address(
        contact_name=value(),
        lines=(value(), value()),
        city=value(),
        country_code="GB",
        postal_code=value(),
        region=value(),
        company=value(),
        phone=value(),
    )
    customer = Customer(name=value(), email=value(), number=value(), account_id=value(), contact_id=value())
    line = Line(
        item_id=value(),
        shipment_id="me",
        sku=value(),
        name=value(),
        quantity=2,
        amounts=AMOUNTS,
        discounts=(Discount(amount=Decimal(-1), promotion=value(), text=value(), coupon=value()),),
        wish=value(),
        tax_class=value(),
        belongs_to=value(),
        bundle=value(),
        listed=AMOUNTS,
        gift_message=value(),
    )
    shipment = Shipment(
        shipment_id="me", method="UK-STD", address=address, gift_message=value(), instruction=value()
    )
    order = Order(
        site="RefArchUK",
        order_no="UK1",
        status="new",
        placed_at=datetime(2026, 1, 5, 16, tzinfo=UTC),
        currency="GBP",
        taxation="gross",
        customer=customer,
        billing=address,
        shipments=(shipment,),
        lines=(line, replace(line, item_id=value())),
        payments=(Payment(method=value(), amount=Decimal(10), reference=value()),),
        amounts=AMOUNTS,
        locale=value(),
        coupons=(value(),),
    )
    service = Service(value(), value())
    stamp = datetime(2026, 1, 5, 16, 1, 2, tzinfo=UTC)
    return WarehouseOrder(
        order=order,
        reference="UK1",
        shipment=shipment,
        service=service,
        route=UK.home,
        lines=order.lines,
        exported_at=stamp,
    )


def names(order: WarehouseOrder, *, strict: bool) -> set[str]:
    root = etree.fromstring(import_document([order], UK))
    return set(parse("".join(map(str, root[0].itertext())), strict=strict))


@pytest.mark.parametrize("strict", [False, True], ids=["read simply", "read as .properties"])
def test_no_value_ever_yields_a_new_property(*, strict: bool) -> None:
    numbers = count(1)
    allowed = names(warehouse_order(lambda: f"plain {next(numbers)}"), strict=strict)

    @given(st.data())
    def holds(data: st.DataObject) -> None:
        order = warehouse_order(lambda: data.draw(NASTY))
        assert names(order, strict=strict) <= allowed

    holds()


@given(NASTY)
def test_every_reader_sees_the_same_value(value: str) -> None:
    for safe in pieces(value):
        document = lines([("name", safe)])
        assert parse(document) == parse(document, strict=True)


@given(NASTY, st.integers(5, 12))
def test_a_value_is_never_longer_than_its_limit(value: str, longest: int) -> None:
    assert len(text(value, longest)) <= longest
    assert all(0 < len(piece) <= longest for piece in pieces(value, longest))


@given(st.text(max_size=60), st.integers(5, 12))
def test_a_long_text_is_told_in_pieces_and_nothing_of_it_is_lost(value: str, longest: int) -> None:
    whole = "".join(pieces(value, 10_000))
    assert "".join("".join(pieces(value, longest)).split()) == "".join(whole.split())


def test_a_cut_leaves_words_and_breaks_whole() -> None:
    assert pieces("abc\ndef", 5) == ["abc", "[BR]d", "ef"]
    assert pieces("abc\ndef", 7) == ["abc", "[BR]def"]
    assert pieces("one two three", 8) == ["one two", "three"]


def test_a_backslash_becomes_a_slash_and_a_line_break_is_written_as_orderflow_wants_it() -> None:
    assert pieces("C:\\temp\r\nnext") == ["C:/temp[BR]next"]
    assert text("one\ntwo") == "one two"


def test_a_property_name_is_never_made_of_data() -> None:
    with pytest.raises(ValueError, match="not a property name"):
        lines([("a=b\nc", "x")])


def test_an_empty_value_is_left_out() -> None:
    assert lines([("a", ""), ("b", "1")]) == "b=1\n"


@pytest.mark.parametrize(
    ("amount", "digits", "written"),
    [("1234.5", 2, "1234.50"), ("0", 2, "0.00"), ("1E+3", 0, "1000"), ("-0.005", 2, "-0.01")],
)
def test_amounts_are_written_plainly_with_the_currencys_decimals(
    amount: str, digits: int, written: str
) -> None:
    assert money(Decimal(amount), digits) == written


def test_street_lines_never_take_the_place_of_city_and_region() -> None:
    address = Address(
        contact_name="A", lines=("1", "2", "3", "4", "5"), city="C", region="R", country_code="GB"
    )
    assert address_lines(address, UK) == ["1", "2", "3", "4, 5", "C", "R"]
    moved = replace(UK, addresses=AddressPolicy(city_line=3, region_line=4))
    assert address_lines(address, moved) == ["1", "2", "C", "R", "3", "4, 5"]
