"""Orders as they should not be but are, through the storefront's and the warehouse's own doors."""

import json
from typing import Any

import pytest

from schemas.base import parse_object
from schemas.sfcc.mapping import read_order
from sync.core.orders import warehouse_orders
from sync.core.ports import Accepted
from sync.flows.drafts import placed
from tests.cases.write import ORDERS
from tests.integration.flows.conftest import PLENTY

UK, EU = "RefArchUK", "RefArchEU"
CASE = ORDERS / "gb_vat_at_20_percent_is_in_the_price" / "order.json"


def order(number: str, site: str = UK, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(CASE.read_text())
    document |= {"orderNo": number, "siteId": site}
    document["shipments"][0]["shippingMethod"] = {"id": "UK-STD" if site == UK else "EU-STD"}
    document["productItems"][0]["productId"] = PLENTY[0]
    return document | changes


def handed_over(house: Any, document: dict[str, Any]) -> list[Any]:
    house.shop("POST", "orders", document)
    site, number = document["siteId"], document["orderNo"]
    house.bridge.ledger.add([placed(site, number, f"hook:{site}:{number}")])
    house.work()
    return list(house.yard("GET", f"orders?channel={site}&reference={number}"))


def fields(house: Any) -> dict[str, str]:
    (row,) = house.rows("SELECT error_detail FROM message WHERE state = 'dead' AND topic = 'order.placed'")
    return dict(row["error_detail"]["fields"])


def test_a_number_that_two_sites_use_is_two_orders(house: Any) -> None:
    # The stand-in of the storefront has one sequence of numbers for all sites, so the documents come by hand.
    european = order("00012345", EU, currency="EUR")
    methods = house.bridge.settings.sites[EU].shipping_methods
    european["shipments"][0]["shippingMethod"] = {"id": next(iter(methods))}
    for document in (order("00012345"), european):
        site = house.bridge.settings.sites[document["siteId"]]
        read = read_order(parse_object(json.dumps(document)), site)
        parts = warehouse_orders(read, site, house.bridge.orders_store.reserve(read, site))
        taken = house.bridge.warehouse.import_orders(site, parts[0].route.channel, parts)
        assert taken == {"00012345": Accepted()}

    kept = house.rows("SELECT site, reference FROM handover ORDER BY site")
    assert [(row["site"], row["reference"]) for row in kept] == [(EU, "00012345"), (UK, "00012345")]
    house.nothing_twice()


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"quantity": 0}, "order.invalid", "productItems.0.quantity"),
        ({"quantity": -2}, "order.invalid", "productItems.0.quantity"),
        ({"quantity": 1.5}, "order.invalid", "productItems.0.quantity"),
        ({"productId": "NO-SUCH-PRODUCT"}, "warehouse.refused", "shipments.0"),
        ({"giftMessage": "n" * 5_000}, "order.invalid", "productItems.0.giftMessage"),
    ],
    ids=["zero", "negative", "fractional", "unknown SKU", "note of 5,000"],
)
def test_a_bad_line_is_kept_with_its_code_and_the_merchant_sees_it_failed(
    house: Any, change: dict[str, Any], code: str, path: str
) -> None:
    document = order("UK00080001")
    document["productItems"][0] |= change
    assert handed_over(house, document) == []

    assert house.dead() == [("UK00080001", code)]
    assert path in fields(house)
    assert house.order("UK00080001")["exportStatus"] == "failed"


def test_a_thousand_lines_are_taken_by_the_warehouse(house: Any) -> None:
    document = order("UK00080002")
    (line,) = document["productItems"]
    line |= {"basePrice": 1, "grossPrice": 1, "netPrice": 0.83, "tax": 0.17, "adjustedTax": 0.17}
    line |= {"priceAfterItemDiscount": 1, "priceAfterOrderDiscount": 1}
    document["productItems"] = [
        line | {"itemId": f"line-{n}", "productId": PLENTY[n % len(PLENTY)]} for n in range(1_000)
    ]
    document |= {"taxTotal": 170.82, "orderTotal": 1004.95}
    (stored,) = handed_over(house, document)
    assert len(stored["lines"]) == 1_000


@pytest.mark.parametrize("name", ["Zoë 🎂 O'Neill", "שרה כהן", "مريم الحسن"])
def test_a_name_of_any_script_is_taken_by_the_warehouse(house: Any, name: str) -> None:
    document = order("UK00080003")
    document["shipments"][0]["shippingAddress"]["fullName"] = name
    (stored,) = handed_over(house, document)
    assert name in json.dumps(stored, ensure_ascii=False)
