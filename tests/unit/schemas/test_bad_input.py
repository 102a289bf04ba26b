"""What a storefront should not send but may: each is refused by a code at its path, or arrives as it is."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from schemas.base import parse_json
from schemas.orderflow.orders import import_document
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.orders import Order, WarehouseOrder, check, warehouse_orders
from sync.core.sites import LinePolicy, Site
from sync.core.spelling import own_path
from sync.sandbox.orderflow.properties import numbered, parse
from tests.unit.schemas.conftest import EXPORTED, UK
from tests.unit.schemas.test_cases import CASES

Document = dict[str, Any]
Change = Callable[[Document], Any]


@pytest.fixture
def document() -> Document:
    """A valid order of two lines."""
    order: Document = parse_json((CASES / "gross_with_discounts" / "order.json").read_text())
    return order


def imported(document: Document, site: Site = UK) -> list[dict[str, str]]:
    order = read_order(document, site)
    check(order, site)
    parts: list[WarehouseOrder] = warehouse_orders(order, site, {order.order_no: EXPORTED})
    root = etree.fromstring(import_document(parts, site))
    return [parse("".join(map(str, element.itertext()))) for element in root]


def attribute(one: dict[str, str], name: str) -> str:
    (found,) = [each["value"] for _, each in numbered(one, "orderAttribute") if each["name"] == name]
    return found


def quantity(number: str) -> Change:
    return lambda document: document["productItems"][0].update(quantity=Decimal(number))


def address(**members: str) -> Change:
    return lambda document: document["shipments"][0]["shippingAddress"].update(members)


REFUSED: dict[str, tuple[Change, str, str]] = {
    "zero quantity": (quantity("0"), "order.invalid", "productItems.0.quantity"),
    "negative quantity": (quantity("-1"), "order.invalid", "productItems.0.quantity"),
    "fractional quantity": (quantity("1.5"), "order.invalid", "productItems.0.quantity"),
    "duplicate line ids": (
        lambda document: document["productItems"][1].update(itemId=document["productItems"][0]["itemId"]),
        "order.invalid",
        "productItems.1.itemId",
    ),
    "duplicate shipment ids": (
        lambda document: document["shipments"].append(dict(document["shipments"][0])),
        "order.invalid",
        "shipments.1.shipmentId",
    ),
    "missing currency": (lambda document: document.pop("currency"), "order.invalid", "currency"),
    "no currency at all": (
        lambda document: document.update(currency="N/A"),
        "currency.unsupported",
        "currency",
    ),
    "another currency": (
        lambda document: document.update(currency="EUR"),
        "currency.unsupported",
        "currency",
    ),
    "unknown country": (
        address(countryCode="XX"),
        "address.invalid",
        "shipments.0.shippingAddress.countryCode",
    ),
    "no postal code": (address(postalCode=""), "address.invalid", "shipments.0.shippingAddress.postalCode"),
    "gift message beyond the storefront's own limit": (
        lambda document: document["shipments"][0].update(giftMessage="x" * 5_000),
        "order.invalid",
        "shipments.0.giftMessage",
    ),
    "a total that does not add up": (
        lambda document: document.update(orderTotal=document["orderTotal"] + 1),
        "order.total_mismatch",
        "orderTotal",
    ),
}


@pytest.mark.parametrize(("change", "code", "path"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_by_its_code_at_its_path(
    document: Document, change: Change, code: str, path: str
) -> None:
    change(document)
    with pytest.raises(Rejected) as caught:
        imported(document)
    assert caught.value.code == code
    assert path in caught.value.fields


def snaked(value: Any) -> Any:
    """The same document in OCAPI's spelling."""
    if isinstance(value, list):
        return [snaked(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {own_path(name, snake_case=True): snaked(inner) for name, inner in value.items()}


@pytest.mark.parametrize(("change", "code", "path"), REFUSED.values(), ids=REFUSED)
def test_an_ocapi_order_is_refused_at_the_paths_of_its_own_document(
    document: Document, change: Change, code: str, path: str
) -> None:
    change(document)
    with pytest.raises(Rejected) as caught:
        imported(snaked(document))
    assert caught.value.code == code
    assert own_path(path, snake_case=True) in caught.value.fields
    named = [*caught.value.fields, *caught.value.detail.split()]
    assert not [word for word in named if re.search(r"\b[a-z]+[A-Z]\w*\b", word)], named


@pytest.mark.parametrize("gone", ["order_no", "creation_date", "shipments"])
def test_what_an_ocapi_order_lacks_is_named_as_ocapi_names_it(document: Document, gone: str) -> None:
    spelled = snaked(document)
    for name in (gone, "place_date") if gone == "creation_date" else (gone,):
        spelled.pop(name, None)
    with pytest.raises(Rejected) as caught:
        imported(spelled)
    assert set(caught.value.fields) == {gone}


def test_an_ocapi_order_of_another_site_is_told_by_its_own_name(document: Document) -> None:
    with pytest.raises(Rejected, match="site_id: is 'Mars'") as caught:
        imported(snaked(document | {"siteId": "Mars"}))
    assert (caught.value.code, set(caught.value.fields)) == ("site.mismatch", {"site_id"})


def test_an_order_without_lines_is_refused(document: Document) -> None:
    owed = document["shippingItems"][0]["priceAfterItemDiscount"]
    tax = document["shippingItems"][0]["adjustedTax"]
    document |= {"productItems": [], "orderPriceAdjustments": [], "orderTotal": owed, "taxTotal": tax}
    with pytest.raises(Rejected) as caught:
        imported(document)
    assert caught.value.code == "order.invalid"
    assert "productItems" in caught.value.fields


def test_the_arithmetic_of_a_wrong_total_is_told(document: Document) -> None:
    document["orderTotal"] += 1
    with pytest.raises(
        Rejected, match=r"lines 161\.59 \+ shipping 4\.95 .* = 166\.54 .* difference -1\.00 GBP"
    ):
        imported(document)


def test_a_difference_within_the_tolerance_is_carried_by_the_total(document: Document) -> None:
    document["orderTotal"] += Decimal("0.01")
    (one,) = imported(document, replace(UK, tolerance=Decimal("0.01")))
    assert one["totalPriceGross"] == "166.55"


def test_a_thousand_lines_arrive(document: Document) -> None:
    line = document["productItems"][0] | {"priceAfterItemDiscount": 1, "priceAfterOrderDiscount": 1}
    line |= {"adjustedTax": Decimal("0.17"), "taxRate": Decimal("0.2"), "priceAdjustments": []}
    document["productItems"] = [line | {"itemId": f"i{number}"} for number in range(1_000)]
    shipping = document["shippingItems"][0]
    document |= {"orderPriceAdjustments": [], "taxTotal": 170 + shipping["adjustedTax"]}
    document["orderTotal"] = 1_000 + shipping["priceAfterItemDiscount"]
    (one,) = imported(document)
    assert len(numbered(one, "orderLine")) == 1_000


@pytest.mark.parametrize("name", ["Zoë 🎂 O'Neill", "שרה כהן", "مريم الحسن", "李小龍"])
def test_a_name_of_any_script_arrives_as_it_is(document: Document, name: str) -> None:
    document["shipments"][0]["shippingAddress"]["fullName"] = name
    (one,) = imported(document)
    assert one["deliveryContactName"] == name


def test_a_name_is_told_with_its_salutation_title_and_suffix_once(document: Document) -> None:
    person = {"salutation": "Ms", "title": "Dr", "secondName": "B.", "suffix": "PhD"}
    document["billingAddress"] |= person | {"firstName": "Ada", "lastName": "King", "fullName": ""}
    document["shipments"][0]["shippingAddress"] |= person | {"fullName": "Ms Dr Ada King PhD"}
    (one,) = imported(document)
    assert one["invoiceContactName"] == "Ms Dr Ada B. King PhD"
    assert one["deliveryContactName"] == "Ms Dr Ada King PhD"


def test_a_note_of_thousands_of_characters_arrives_whole(document: Document) -> None:
    words = " ".join(f"word{number}" for number in range(500))
    document["shipments"][0]["giftMessage"] = words[:3_990].strip()
    (one,) = imported(document)
    told = [one["customerComment"]]
    told += [
        each["value"] for _, each in numbered(one, "orderAttribute") if "customerComment" in each["name"]
    ]
    assert len(told) > 1
    assert " ".join(told) == words[:3_990].strip()


def test_a_hole_in_the_tax_table_names_table_key_and_site(document: Document) -> None:
    with pytest.raises(
        Rejected, match=r"tax rate 0\.2 has no line in \[sites\.RefArchUK\.tax_codes\]"
    ) as caught:
        imported(document, replace(UK, tax_codes={"0.07": "LOW"}))
    assert caught.value.code == "crosswalk.missing"
    assert "productItems.0.taxRate" in caught.value.fields


def test_a_tax_class_is_asked_before_the_rate(document: Document) -> None:
    document["productItems"][0]["taxClassId"] = "books"
    (one,) = imported(document, replace(UK, tax_codes={"0.20": "STD", "books": "BOOK"}))
    assert [one[f"orderLine.{n}.totalTaxCode"] for n in (1, 2)] == ["BOOK", "STD"]
    assert one["shippingTaxCode"] == "STD"
    assert "goodsTaxCode" not in one


def test_a_virtual_line_is_told_by_a_custom_attribute_and_accounted_for(document: Document) -> None:
    document["productItems"][1]["c_isVirtual"] = True
    (one,) = imported(document, replace(UK, lines=LinePolicy(virtual_attribute="c_isVirtual")))
    assert len(numbered(one, "orderLine")) == 1
    assert one["totalPriceGross"] == "166.54"
    assert attribute(one, "notShippedGross") == "20.34"


def test_custom_attributes_go_where_the_site_sends_them(document: Document) -> None:
    document |= {"c_campaign": ["a", "b"], "c_vip": True, "c_note": "ring\ntwice"}
    document["shipments"][0]["c_fromStoreId"] = "store-7"
    places = {
        "c_campaign": "campaign",
        "c_vip": "userDefined3",
        "c_note": "customerComment",
        "c_none": "none",
    }
    document["shipments"][0]["giftMessage"] = "Enjoy"
    (one,) = imported(document, replace(UK, attributes=places))
    assert attribute(one, "campaign") == "a,b"
    assert one["userDefined3"] == "true"
    assert one["customerComment"] == "Enjoy\nring\ntwice"
    assert one["shipment.userDefined2"] == "store-7"


def test_an_attribute_that_is_no_text_is_refused_at_its_name(document: Document) -> None:
    document["c_note"] = {"a": 1}
    with pytest.raises(Rejected) as caught:
        imported(document, replace(UK, attributes={"c_note": "note"}))
    assert (caught.value.code, set(caught.value.fields)) == ("order.invalid", {"c_note"})


@pytest.mark.parametrize(
    ("status", "authorised"), [(0, True), ("OK", True), (1, False), (2, False), (None, False)]
)
def test_a_payment_is_authorised_when_its_provider_said_so(
    document: Document, status: Any, *, authorised: bool
) -> None:
    transaction = document["paymentInstruments"][0]["paymentTransaction"]
    transaction |= {"authorizationStatus": {"status": status}, "c_authorisedAt": "2026-08-19T09:31:00.000Z"}
    order: Order = read_order(document, UK)
    assert order.payments[0].authorised is authorised
    (one,) = imported(document)
    assert one.get("authorised", "") == ("2026-08-19 10:31:00" if authorised else "")


@pytest.mark.parametrize(
    ("told", "basket"), [("8f3c1a", "8f3c1a"), (None, ""), ({"id": "x"}, ""), (7, ""), (["x"], "")]
)
def test_the_basket_of_an_order_is_known_by_its_attribute_and_a_strange_one_keeps_back_no_order(
    document: Document, told: Any, basket: str
) -> None:
    site = replace(UK, stock=replace(UK.stock, basket_attribute="c_basket"))
    assert read_order(document | {"c_basket": told}, site).basket == basket
    assert read_order(document | {"c_basket": told}, UK).basket == ""
