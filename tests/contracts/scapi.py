"""SCAPI Orders 1.5.2 as JSON Schema: the documents it answers with and the bodies it takes.

Types are closed but for custom attributes (`c_`), as the platform refuses or never sends anything else.
"""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # ships no types

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "number", "minimum": 0}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
URI: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:\S+$", "maxLength": 2048}
MOST_ROWS = 200


def text(longest: int = 256, shortest: int = 0) -> Schema:
    """A text between two lengths."""
    return {"type": "string", "minLength": shortest, "maxLength": longest}


ID = text(256, 1)
SKU = text(100, 1)


def rows(item: Schema, least: int = 0, most: int | None = None) -> Schema:
    """A list of such items."""
    return {"type": "array", "items": item, "minItems": least} | ({"maxItems": most} if most else {})


def closed(members: Schema, *required: str, custom: bool = False) -> Schema:
    """An object of these members only; `custom` lets `c_` attributes in."""
    shape: Schema = {"type": "object", "properties": members, "required": list(required)}
    shape |= {"additionalProperties": False}
    return shape | ({"patternProperties": {"^c_.": {}}} if custom else {})


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"enum": list(values)}


def _named(schema: Schema, *names: str) -> Schema:
    return dict.fromkeys(names, schema)


ADDRESS = closed(
    _named(text(), "address1", "address2", "city", "companyName", "firstName", "fullName", "jobTitle")
    | _named(text(), "lastName", "phone", "postBox", "postalCode", "salutation", "secondName", "stateCode")
    | _named(text(), "suffix", "suite", "title")
    | {"countryCode": {"type": "string", "pattern": "^[A-Z][A-Z]$"}},
    custom=True,
)
DISCOUNT = closed(
    {
        "type": one_of(
            "percentage",
            "fixed_price",
            "amount",
            "free",
            "price_book_price",
            "bonus",
            "total_fixed_price",
            "bonus_choice",
            "percentage_off_options",
        ),
        "priceBookId": text(),
    }
    | _named(NUMBER, "amount", "percentage"),
    "type",
)
PRICES = _named(NUMBER, "basePrice", "grossPrice", "netPrice", "tax", "taxBasis")
PRICE_ADJUSTMENT = closed(
    PRICES
    | _named(ID, "campaignId", "couponCode", "priceAdjustmentId", "promotionId", "reasonCode")
    | _named(text(), "itemText", "createdBy")
    | _named(MOMENT, "creationDate", "lastModified")
    | _named(FLAG, "custom", "manual")
    | {"appliedDiscount": DISCOUNT},
    "promotionId",
    custom=True,
)
OPTION_ITEM = closed(
    PRICES
    | {"gift": FLAG, "itemText": text(), "optionId": ID, "optionValueId": ID, "productId": SKU}
    | {"priceAdjustments": rows(PRICE_ADJUSTMENT)},
    "productId",
    custom=True,
)
_ITEM_MEMBERS = (
    PRICES
    | _named(NUMBER, "adjustedTax", "minOrderQuantity", "stepQuantity", "position", "taxRate")
    | _named(NUMBER, "priceAfterItemDiscount", "priceAfterOrderDiscount")
    | _named(ID, "itemId", "shipmentId", "shippingItemId", "bonusDiscountLineItemId")
    | _named(FLAG, "gift", "bonusProductLineItem")
    | _named(text(), "brand", "inventoryId", "itemText", "externalLineItemStatus")
    | {"giftMessage": text(4000), "productName": text(4000), "productId": SKU, "quantity": COUNT}
    | {"optionItems": rows(OPTION_ITEM), "priceAdjustments": rows(PRICE_ADJUSTMENT)}
)
_ITEM_REQUIRED = ("productId", "shipmentId", "taxRate")
PRODUCT_ITEM = closed(
    _ITEM_MEMBERS | {"bundledProductItems": rows(closed(_ITEM_MEMBERS, *_ITEM_REQUIRED, custom=True))},
    *_ITEM_REQUIRED,
    custom=True,
)
SHIPPING_ITEM = closed(
    PRICES
    | _named(NUMBER, "adjustedTax", "taxRate", "priceAfterItemDiscount")
    | _named(ID, "itemId", "shipmentId")
    | {"itemText": text(), "type": one_of("fixed_price", "surcharge")}
    | {"priceAdjustments": rows(PRICE_ADJUSTMENT)},
    "taxRate",
    custom=True,
)
_TOTALS = _named(
    NUMBER,
    "adjustedMerchandizeTotalTax",
    "adjustedShippingTotalTax",
    "merchandizeTotalTax",
    "productSubTotal",
    "productTotal",
    "shippingTotal",
    "shippingTotalTax",
    "taxTotal",
)
SHIPMENT = closed(
    _TOTALS
    | {"shipmentTotal": NUMBER, "shipmentId": ID, "shipmentNo": text(), "trackingNumber": text()}
    | {"gift": FLAG, "giftMessage": text(4000), "shippingAddress": ADDRESS}
    | {"shippingMethod": closed({"id": text()}), "shippingStatus": one_of("not_shipped", "shipped")},
    "shipmentId",
    "shipmentNo",
    custom=True,
)
PAYMENT_CARD = closed(
    _named(text(), "cardType", "creditCardToken", "holder", "issueNumber", "maskedNumber")
    | _named({"type": "integer", "minimum": 1, "maximum": 12}, "expirationMonth", "validFromMonth")
    | _named(WHOLE, "expirationYear", "validFromYear")
    | {"creditCardExpired": FLAG, "numberLastDigits": text(4)}
)
TRANSACTION = closed({"amount": NUMBER, "transactionId": text()}, custom=True)
PAYMENT_INSTRUMENT = closed(
    _named(text(), "bankRoutingNumber", "maskedGiftCertificateCode", "paymentMethodId")
    | {"paymentInstrumentId": ID, "paymentCard": PAYMENT_CARD, "paymentTransaction": TRANSACTION},
    custom=True,
)
EXPORT_STATUS = one_of("not_exported", "ready", "exported", "failed")
SHIPPING_STATUS = one_of("not_shipped", "part_shipped", "shipped")
COUPON = closed({"code": text(), "couponItemId": ID, "statusCode": text(), "valid": FLAG})
CUSTOMER = closed(
    {"customerId": text(100), "customerName": text(), "customerNo": text(100), "email": text(), "guest": FLAG}
)
ORDER = closed(
    _TOTALS
    | _named(text(), "createdBy", "customerLocale", "externalOrderStatus", "invoiceNo")
    | _named(MOMENT, "creationDate", "lastModified", "placeDate")
    | _named(ADDRESS, "billingAddress")
    | {"orderNo": text(50, 1), "siteId": text(32, 1), "orderTotal": NUMBER, "remoteHost": text(40)}
    | {"currency": {"type": "string", "pattern": "^([A-Z]{3}|N/A)$"}, "taxation": one_of("gross", "net")}
    | {"channelType": text(), "customerInfo": CUSTOMER, "couponItems": rows(COUPON)}
    | {"status": one_of("created", "new", "completed", "cancelled", "failed")}
    | {"confirmationStatus": one_of("confirmed", "not_confirmed"), "exportStatus": EXPORT_STATUS}
    | {"paymentStatus": one_of("paid", "part_paid", "not_paid"), "shippingStatus": SHIPPING_STATUS}
    | {"orderPriceAdjustments": rows(PRICE_ADJUSTMENT), "paymentInstruments": rows(PAYMENT_INSTRUMENT)}
    | {"productItems": rows(PRODUCT_ITEM), "shipments": rows(SHIPMENT), "shippingItems": rows(SHIPPING_ITEM)},
    "orderNo",
    custom=True,
)


def _lines(least: int, quantity: Schema) -> Schema:
    return rows(closed({"id": ID, "quantity": quantity}, "id", "quantity"), least, MOST_ROWS)


_EVENT = {"id": ID, "occurredAt": MOMENT, "type": ID, "description": ID}
FULFILLMENT_EVENT = closed(
    _EVENT
    | {"lineItems": _lines(1, {"type": "integer", "minimum": 0})}
    | {"trackingNumber": ID, "trackingUrl": URI, "carrier": ID},
    "id",
    "occurredAt",
    "type",
    "lineItems",
) | {
    "if": {"not": {"properties": {"type": {"const": "processing"}}}},
    "then": {"required": ["trackingNumber", "trackingUrl"]},
}
ADJUSTMENT_TOTAL = closed({"type": ID, "amount": WHOLE, "displayText": ID}, "type", "amount")
ADJUSTMENT = closed(
    _EVENT
    | {"status": one_of("pending", "completed", "failed"), "lineItems": _lines(0, WHOLE)}
    | {"totals": rows(ADJUSTMENT_TOTAL, 0, MOST_ROWS)},
    "id",
    "occurredAt",
    "type",
    "status",
)
OMS_EVENT = closed({"omsOrderId": ID, "fulfillmentEvent": FULFILLMENT_EVENT, "adjustment": ADJUSTMENT}) | {
    "oneOf": [{"required": ["fulfillmentEvent"]}, {"required": ["adjustment"]}]
}
# Method and path below an order → the body the call takes.
BODIES: dict[tuple[str, str], Schema] = {
    ("PATCH", ""): closed({}, custom=True),
    ("PUT", "status"): closed(
        {"status": one_of("created", "new", "completed", "cancelled", "failed", "failed_with_reopen")},
        "status",
    ),
    ("PUT", "export-status"): closed({"status": EXPORT_STATUS}, "status"),
    ("PUT", "shipping-status"): closed({"status": SHIPPING_STATUS}, "status"),
    ("PUT", "external-status"): closed({"status": ID}, "status"),
    ("POST", "oms-status-events"): OMS_EVENT,
}


def violations(document: Any, schema: Schema) -> Iterator[str]:
    """Where the document breaks the schema."""
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(document):
        yield f"{error.json_path}: {error.message}"
