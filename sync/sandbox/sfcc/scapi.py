"""The order document as SCAPI Orders 1.5.2 shows it and takes it, where that differs from what is kept."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sync.sandbox.sfcc.answers import ScapiError
from sync.sandbox.sfcc.prices import prorate
from sync.sandbox.sfcc.totals import lines, sum_up, total

Document = dict[str, Any]

# The specification's OptionItem: no id, quantity, name or discounted price, which OCAPI does show.
OPTION = frozenset(
    [
        "basePrice",
        "gift",
        "grossPrice",
        "itemText",
        "netPrice",
        "optionId",
        "optionValueId",
        "priceAdjustments",
        "productId",
        "tax",
        "taxBasis",
    ]
)
MAIN_SHIPMENT = "me"
REQUIRED = (
    "billingAddress",
    "currency",
    "orderTotal",
    "paymentInstruments",
    "productItems",
    "shipments",
    "taxTotal",
)
ADJUSTMENT = {"manual": True, "custom": True, "promotionId": "AD_HOC_PRICE_ADJUSTMENT"}


def shown(document: Document) -> Document:
    """The document with only those members of option items that the API has."""
    if not any("optionItems" in item for item in document.get("productItems", [])):
        return document
    return {**document, "productItems": [_item(item) for item in document["productItems"]]}


def _item(item: Document) -> Document:
    if "optionItems" not in item:
        return item
    options = [
        {name: value for name, value in option.items() if name in OPTION or name.startswith("c_")}
        for option in item["optionItems"]
    ]
    return {**item, **({"optionItems": options} if options else {})}


def is_create_request(document: Document) -> bool:
    """Whether this is a CreateOrderRequest: there a shipping method is a text, in an order an object."""
    shipments = document.get("shipments", [])
    return any(isinstance(shipment.get("shippingMethod"), str) for shipment in shipments)


def created(request: Document, taxation: str) -> Document:
    """The order a CreateOrderRequest makes; what it lacks or adds up wrongly is a 400 problem."""
    missing = [name for name in REQUIRED if not request.get(name)]
    names = [shipment["shipmentId"] for shipment in request.get("shipments", [])]
    if missing or MAIN_SHIPMENT in names:
        detail = f"missing members {missing}" if missing else "shipment 'me' is reserved"
        raise ScapiError(400, "bad-request", f"{detail}.")
    _check_totals(request)
    # The first shipment becomes the standard one.
    renamed = dict(zip(names, [MAIN_SHIPMENT, *names[1:]], strict=True))
    adjusted = [ADJUSTMENT | one for one in request.get("orderPriceAdjustments", [])]
    document = {
        "paymentStatus": "not_paid",
        "confirmationStatus": "not_confirmed",
        **request,
        "taxation": taxation,
        "exportStatus": "not_exported",
        "customerInfo": _customer(request["billingAddress"]),
        "orderPriceAdjustments": adjusted,
        "shipments": [_shipment(one, renamed) for one in request["shipments"]],
        "shippingItems": [_charge(one, renamed, taxation) for one in request["shipments"]],
        "productItems": [
            _line(n, one, renamed, taxation) for n, one in enumerate(request["productItems"], 1)
        ],
        "paymentInstruments": [
            {"paymentInstrumentId": f"pi-{n}", **one}
            for n, one in enumerate(request["paymentInstruments"], 1)
        ],
    }
    prorate(total(adjusted, "grossPrice" if taxation == "gross" else "netPrice"), list(lines(document)))
    sum_up(document)
    return document


def _check_totals(request: Document) -> None:
    """The platform sums the request's parts and compares; adjustments are signed."""
    parts = list(_priced(request))
    order_total = total(parts, "grossPrice") + total(request["shipments"], "shippingTotal")
    tax_total = total(parts, "tax") + total(request["shipments"], "taxTotal")
    for name, slug, computed in (
        ("orderTotal", "invalid-order-total", order_total),
        ("taxTotal", "invalid-tax-total", tax_total),
    ):
        if total([request], name) != computed:
            detail = f"The passed {name} '{request[name]}' does not match the calculated one '{computed}'."
            raise ScapiError(400, slug, detail)


def _priced(request: Document) -> Iterator[Document]:
    yield from request.get("orderPriceAdjustments", [])
    for item in request["productItems"]:
        for line in (item, *item.get("optionItems", [])):
            yield line
            yield from line.get("priceAdjustments", [])


def _customer(billing: Document) -> Document:
    name = billing.get("fullName") or f"{billing.get('firstName', '')} {billing.get('lastName', '')}".strip()
    return {"customerName": name, "guest": True}


def _shipment(shipment: Document, renamed: dict[str, str]) -> Document:
    return {
        **shipment,
        "shipmentId": renamed[shipment["shipmentId"]],
        "shippingMethod": {"id": shipment["shippingMethod"]},
        "shippingStatus": "not_shipped",
    }


def _charge(shipment: Document, renamed: dict[str, str], taxation: str) -> Document:
    # The order total of the request adds this amount and no tax: it is gross.
    gross, tax = total([shipment], "shippingTotal"), total([shipment], "taxTotal")
    amount = gross if taxation == "gross" else gross - tax
    amounts = {"basePrice": amount, "grossPrice": gross, "netPrice": gross - tax, "tax": tax}
    return {
        "itemId": f"shipping-{shipment['shipmentId']}",
        "shipmentId": renamed[shipment["shipmentId"]],
        "type": "fixed_price",
        **amounts,
        "adjustedTax": tax,
        "taxRate": Decimal(0),
        "priceAfterItemDiscount": amount,
    }


def _line(position: int, item: Document, renamed: dict[str, str], taxation: str) -> Document:
    own = {"itemId": f"line-{position}", "position": position, "shipmentId": renamed[item["shipmentId"]]}
    options = [
        _discounted(one, taxation) | {"shipmentId": own["shipmentId"]} for one in item.get("optionItems", [])
    ]
    return {
        "taxRate": Decimal(0),
        **_discounted(item, taxation),
        **own,
        **({"optionItems": options} if options else {}),
    }


def _discounted(item: Document, taxation: str) -> Document:
    adjustments = [ADJUSTMENT | one for one in item.get("priceAdjustments", [])]
    price = "grossPrice" if taxation == "gross" else "netPrice"
    return {
        **item,
        "priceAdjustments": adjustments,
        "adjustedTax": total([item, *adjustments], "tax"),
        "priceAfterItemDiscount": total([item, *adjustments], price),
    }
