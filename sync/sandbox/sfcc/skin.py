"""The OCAPI form of an order: other spelling, other places for some members."""

import hashlib
import re
from typing import Any

from sync.sandbox.sfcc.book import Order
from sync.sandbox.world import Site

# What SCAPI has and OCAPI (Shop 20.4) has not.
SCAPI_ONLY = frozenset(
    {"customerLocale", "placeDate", "businessType", "position", "guest", "type", "grossPrice", "netPrice"}
)
TYPES = {
    "shipments": "shipment",
    "productItems": "product_item",
    "optionItems": "option_item",
    "bundledProductItems": "product_item",
    "shippingItems": "shipping_item",
    "orderPriceAdjustments": "price_adjustment",
    "priceAdjustments": "price_adjustment",
    "paymentInstruments": "order_payment_instrument",
    "couponItems": "coupon_item",
    "billingAddress": "order_address",
    "shippingAddress": "order_address",
    "customerInfo": "customer_info",
    "shippingMethod": "shipping_method",
    "paymentCard": "payment_card",
}
VERSION = "25.6"


def snake(name: str) -> str:
    """The OCAPI spelling of a SCAPI member; custom attributes keep theirs."""
    return name if name.startswith("c_") else re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)


def resource_state(order: Order) -> str:
    """The order's resource state, which changes whenever the order does."""
    return hashlib.sha256(repr(sorted(order.document.items())).encode()).hexdigest()


def ocapi_order(order: Order, site: Site) -> dict[str, Any]:
    """The order as the Shop API shows it."""
    document = order.document
    shown = _members(document, document.get("taxation", site.taxation), site)
    token = hashlib.sha256(f"{order.site}/{order.number}".encode()).hexdigest()[:22]
    return {
        "_v": VERSION,
        "_type": "order",
        "_resource_state": resource_state(order),
        "order_token": token,
        "customer_name": document.get("customerInfo", {}).get("customerName"),
        **shown,
    }


def _members(document: dict[str, Any], taxation: str, site: Site) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in document.items():
        if name == "paymentTransaction":
            shown["amount"] = value.get("amount")
        elif name not in SCAPI_ONLY:
            shown[snake(name)] = _value(name, value, taxation, site)
    if "grossPrice" in document:
        # One price that follows the taxation instead of two; an adjustment has no base price beside it.
        shown["price"] = document["grossPrice" if taxation == "gross" else "netPrice"]
        if "promotionId" in document:
            shown.pop("base_price", None)
    return shown


def _value(name: str, value: Any, taxation: str, site: Site) -> Any:
    kind = {"_type": TYPES[name]} if name in TYPES else {}
    if isinstance(value, list):
        return [kind | _members(row, taxation, site) if isinstance(row, dict) else row for row in value]
    if not isinstance(value, dict):
        return value
    shown = kind | _members(value, taxation, site)
    return shown | _method(shown.get("id"), site) if name == "shippingMethod" else shown


def _method(name: Any, site: Site) -> dict[str, Any]:
    known = {method: {"name": text, "price": float(price)} for method, text, price in site.methods}
    return known.get(name, {})
