"""The sandbox's answers against the shape SCAPI gives them, and its own create call."""

from typing import Any

import pytest

from tests.contracts.scapi import ORDER, violations

ADDRESS = {"firstName": "Jane", "lastName": "Doe", "address1": "43 Main Rd.", "city": "Leeds"}


@pytest.mark.parametrize("seed", range(1, 21))
def test_every_sample_order_is_answered_in_scapis_shape(sfcc: Any, seed: int) -> None:
    sfcc.control("POST", "orders", {"count": 20, "seed": seed})
    for site in ("RefArchGlobal", "RefArchUK", "RefArchEU"):
        for order in sfcc.call("GET", "", siteId=site, limit=200).json()["data"]:
            assert list(violations(order, ORDER)) == []


def test_an_option_has_an_id_in_ocapi_and_none_in_scapi(sfcc: Any) -> None:
    rows = sfcc.place(count=40)
    orders = [sfcc.call("GET", f"/{row['orderNo']}").json() for row in rows]
    order = next(one for one in orders if any("optionItems" in item for item in one["productItems"]))
    index = next(n for n, item in enumerate(order["productItems"]) if "optionItems" in item)
    assert "itemId" not in order["productItems"][index]["optionItems"][0]
    path = f"{sfcc.url}/s/RefArchUK/dw/shop/v25_6/orders/{order['orderNo']}"
    legacy = sfcc.session.get(path, timeout=60).json()
    assert legacy["product_items"][index]["option_items"][0]["item_id"]


def _request(**changes: Any) -> dict[str, Any]:
    shipment = {
        "shipmentId": "parcel-1",
        "shippingMethod": "EXPRESS",
        "shippingAddress": ADDRESS,
        "shippingTotal": 4.95,
        "taxTotal": 0,
    }
    line = {
        "productId": "RA-00001",
        "quantity": 2,
        "shipmentId": "parcel-1",
        "basePrice": 30.98,
        "grossPrice": 61.96,
        "netPrice": 49.57,
        "tax": 12.39,
        "priceAdjustments": [{"grossPrice": -6, "netPrice": -5, "tax": -1}],
    }
    return {
        "orderNo": "MARKET-1",
        "currency": "GBP",
        "billingAddress": ADDRESS,
        "paymentInstruments": [{"paymentMethodId": "PAYPAL", "paymentTransaction": {"amount": 54.91}}],
        "orderPriceAdjustments": [{"grossPrice": -6, "netPrice": -5, "tax": -1, "itemText": "6 off"}],
        "productItems": [line],
        "shipments": [shipment],
        "orderTotal": 54.91,
        "taxTotal": 10.39,
    } | changes


@pytest.mark.parametrize("site", ["RefArchUK", "RefArchGlobal"])
def test_a_create_request_makes_an_order_of_scapis_shape(sfcc: Any, site: str) -> None:
    answer = sfcc.call("POST", "", _request(), siteId=site)
    assert (answer.status_code, answer.content) == (201, b"")
    order = sfcc.session.get(answer.headers["location"], timeout=60).json()
    assert list(violations(order, ORDER)) == []
    assert (order["orderTotal"], order["taxTotal"]) == (54.91, 10.39)
    assert order["shipments"][0]["shippingMethod"] == {"id": "EXPRESS"}
    assert {order["shipments"][0]["shipmentId"], order["productItems"][0]["shipmentId"]} == {"me"}


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"orderTotal": 60.91}, "invalid-order-total"),
        ({"taxTotal": 12.39}, "invalid-tax-total"),
        ({"billingAddress": None}, "bad-request"),
        ({"shipments": [{**_request()["shipments"][0], "shipmentId": "me"}]}, "bad-request"),
        ({"productItems": [{**_request()["productItems"][0], "shipmentId": "parcel-9"}]}, "bad-request"),
    ],
)
def test_a_wrong_create_request_is_refused(sfcc: Any, changes: dict[str, Any], slug: str) -> None:
    answer = sfcc.call("POST", "", _request(**changes))
    assert answer.status_code == 400
    assert answer.json()["type"].rpartition("/")[2] == slug
    assert sfcc.call("GET", "/MARKET-1").status_code == 404
