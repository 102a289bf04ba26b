"""The order import document: what of an order goes to the warehouse, under which name.

A pass-through field is one line in `_ORDER`, `_SHIPMENT` or `_line`. Free places of ours:
userDefined1 storefront order number, 2 CRM account id, 3 CRM contact id, 4 customer number, 5 locale;
orderLine.N.userDefined1 the line's gift message.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

from lxml import etree

from schemas.fields import digits
from schemas.orderflow import LONDON
from schemas.orderflow.properties import Property, comment, lines, money, seconds, text
from schemas.orderflow.xml import local
from sync.core.addresses import Address
from sync.core.orders import Amounts, Line, WarehouseOrder, references
from sync.core.sites import Site

ADDRESS_LINES = 6
LONGEST_REFERENCE = 120

# Property → its value. The order's own fields, then the shipment's.
_ORDER: dict[str, Callable[[WarehouseOrder], str]] = {
    "currency": lambda o: o.order.currency,
    "promotionCode": lambda o: text(",".join(o.order.coupons)),
    "paymentTransactionInfo": lambda o: text(",".join(p.reference for p in o.order.payments if p.reference)),
    "customerComment": lambda o: comment(o.shipment.gift_message),
    "partialOrder": lambda o: "" if _whole(o) else "true",
    "userDefined1": lambda o: text(o.order.order_no),
    "userDefined2": lambda o: text(o.order.customer.account_id),
    "userDefined3": lambda o: text(o.order.customer.contact_id),
    "userDefined4": lambda o: text(o.order.customer.number),
    "userDefined5": lambda o: text(o.order.locale),
    "deliveryEmailAddress": lambda o: text(o.order.customer.email),
    "invoiceEmailAddress": lambda o: text(o.order.customer.email),
}
_SHIPMENT: dict[str, Callable[[WarehouseOrder], str]] = {
    "shipment.deliverySuggestionCode": lambda o: text(o.service.code),
    "shipment.deliverySuggestionName": lambda o: text(o.service.name),
    "shipment.deliveryInstruction": lambda o: comment(o.shipment.instruction),
    "shipment.orderItem": lambda _: "entity:order",
}


def import_document(orders: Sequence[WarehouseOrder], site: Site, zone: ZoneInfo = LONDON) -> bytes:
    """Return one document that imports every order; each is accepted or refused by itself."""
    root = etree.Element("imports")
    for order in orders:
        element = etree.SubElement(
            root, "import", type="order", operation="insert", externalReference=order.reference
        )
        # Escaped text, not CDATA: a customer's "]]>" then needs no care.
        element.text = "\n" + lines(properties(order, site, zone))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def properties(order: WarehouseOrder, site: Site, zone: ZoneInfo = LONDON) -> Iterator[Property]:
    """Yield every property of an order; those with an empty value are not sent."""
    yield "externalReference", text(order.reference, LONGEST_REFERENCE)
    yield "placed", local(order.order.placed_at, zone)
    # ASSUMPTION: the stamp is echoed verbatim as lastOrderExported, so its zone (UTC) is ours alone.
    yield "exported", seconds(order.exported_at.astimezone(UTC))
    yield "paymentGatewayIdentifier", _payment_methods(order, site)
    for name, value in _ORDER.items():
        yield name, value(order)
    yield from _totals(order)
    yield from _address("delivery", order.shipment.address, site)
    yield from _address("invoice", order.order.billing, site)
    for name, value in _SHIPMENT.items():
        yield name, value(order)
    for number, line in enumerate(order.lines, start=1):
        yield from _line(f"orderLine.{number}", line, digits(order.order.currency))


def _payment_methods(order: WarehouseOrder, site: Site) -> str:
    methods = [site.payment_methods.get(payment.method, payment.method) for payment in order.order.payments]
    return text(",".join(dict.fromkeys(methods)))


def _whole(order: WarehouseOrder) -> bool:
    """Whether this reference is the whole order: then it carries the storefront's own totals."""
    return len(references(order.order)) == 1


def _totals(order: WarehouseOrder) -> Iterator[Property]:
    decimals = digits(order.order.currency)
    whole = order.order.amounts if _whole(order) else order.amounts
    yield from _amounts("totalPrice", "totalTax", whole, decimals)
    yield from _amounts("goodsPrice", "goodsTax", order.goods, decimals)
    yield from _amounts("shippingPrice", "shippingTax", order.shipment.charge, decimals)


def _amounts(price: str, tax: str, amounts: Amounts, decimals: int) -> Iterator[Property]:
    yield f"{price}Net", money(amounts.net, decimals)
    yield f"{price}Gross", money(amounts.gross, decimals)
    yield tax, money(amounts.tax, decimals)


def _address(prefix: str, address: Address, site: Site) -> Iterator[Property]:
    yield f"{prefix}ContactName", text(address.contact_name)
    yield f"{prefix}CompanyName", text(address.company)
    for number, line in enumerate(address_lines(address, site), start=1):
        yield f"{prefix}AddressLine{number}", text(line)
    yield f"{prefix}PostCode", text(address.postal_code)
    yield f"{prefix}CountryCode", text(address.country_code)
    yield f"{prefix}DayPhoneNumber", text(address.phone)


def address_lines(address: Address, site: Site) -> list[str]:
    """Return the six address lines; street lines that find no place share the last one that is theirs."""
    placed = {site.addresses.city_line: address.city, site.addresses.region_line: address.region}
    free = [number for number in range(1, ADDRESS_LINES + 1) if number not in placed]
    street = [*address.lines[: len(free) - 1], ", ".join(address.lines[len(free) - 1 :])]
    placed |= dict(zip(free, street, strict=False))
    return [placed.get(number, "") for number in range(1, ADDRESS_LINES + 1)]


def _line(prefix: str, line: Line, decimals: int) -> Iterator[Property]:
    yield f"{prefix}.product.externalReference", text(line.sku, LONGEST_REFERENCE)
    yield f"{prefix}.quantity", str(line.quantity)
    yield f"{prefix}.description", text(line.name)
    yield from _amounts(f"{prefix}.totalPrice", f"{prefix}.totalTax", line.amounts, decimals)
    yield f"{prefix}.promotionCode", text(line.promotion)
    yield f"{prefix}.userDefined1", comment(line.gift_message, 255)
    # ASSUMPTION: what despatches return as thirdPartyReference can be imported; else lines match by SKU.
    yield f"{prefix}.thirdPartyReference", text(line.item_id, LONGEST_REFERENCE)
    yield f"{prefix}.shipment", "entity:shipment"
