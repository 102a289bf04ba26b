"""What an order detail or event shows of the commercial side; most instances show only goods.

ASSUMPTION: where an instance tells more, it uses the names of the order import.
"""

from collections.abc import Iterator, Mapping

from schemas.orderflow.xml import Element, attribute, child_text
from sync.core.commerce import LINES, POST_CODE, Said, line_name
from sync.core.sites import ADDRESS_LINES

# Name in the document → field of the ownership table and its member.
ORDER: Mapping[str, tuple[str, str]] = {
    "currency": ("order.prices", "currency"),
    "totalPriceGross": ("order.prices", "total"),
    "totalPriceNet": ("order.prices", "total net"),
    "totalTax": ("order.taxes", "total"),
    "goodsPriceGross": ("order.prices", "goods"),
    "goodsPriceNet": ("order.prices", "goods net"),
    "goodsTax": ("order.taxes", "goods"),
    "shippingPriceGross": ("order.prices", "shipping"),
    "shippingPriceNet": ("order.prices", "shipping net"),
    "shippingTax": ("order.taxes", "shipping"),
    "promotionCode": ("order.discounts", "codes"),
    "paymentGatewayIdentifier": ("order.payments", "means"),
    "paymentStatus": ("order.payments", "status"),
    "deliveryEmailAddress": ("order.customer", "e-mail"),
    "deliverySuggestionCode": ("shipment.method", "code"),
    "deliverySuggestionName": ("shipment.method", "name"),
}
ADDRESS: Mapping[str, str] = {
    "ContactName": "name",
    "CompanyName": "company",
    "PostCode": POST_CODE,
    "CountryCode": "country",
}
ADDRESSES: Mapping[str, str] = {"delivery": "shipment.address", "invoice": "order.billing"}
LINE: Mapping[str, str] = {
    "totalPriceGross": "order.prices",
    "totalTax": "order.taxes",
    "promotionCode": "order.discounts",
}


def said(order: Element) -> Iterator[Said]:
    """Yield every commercial value of an order element and its parts, told as attribute or child."""
    for element in (order, *order.iterfind("shipments/shipment")):
        for name, (field, member) in ORDER.items():
            if value := _told(element, name):
                yield Said(field, member, value)
        for prefix, field in ADDRESSES.items():
            yield from _address(element, prefix, field)
    for line in order.iterfind("shipments/shipment/orderLines/orderLine"):
        yield from _line(line)


def _address(element: Element, prefix: str, field: str) -> Iterator[Said]:
    for name, member in ADDRESS.items():
        if value := _told(element, prefix + name):
            yield Said(field, member, value)
    lines = [_told(element, f"{prefix}AddressLine{number}") for number in range(1, ADDRESS_LINES + 1)]
    if any(lines):
        yield Said(field, LINES, ", ".join(filter(None, lines)))


def _line(line: Element) -> Iterator[Said]:
    sku, quantity = _told(line, "product"), _told(line, "quantity")
    for name, field in LINE.items():
        value = _told(line, name)
        if value and sku and quantity.isascii() and quantity.isdigit():
            yield Said(field, line_name(sku, int(quantity)), value)


def _told(element: Element, name: str) -> str:
    return attribute(element, name) or child_text(element, name)
