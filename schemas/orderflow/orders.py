"""The order import document: what of an order goes to the warehouse, under which name.

A pass-through field is one line in `_ORDER` or `_SHIPMENT` here, or in `order_lines`. Free places of ours:
userDefined1 storefront order number, 5 locale; by default 2 CRM account id, 3 CRM contact
id, 4 customer number; shipment.userDefined1 `gift`, 2 the store. A site's attributes may take the others.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

from lxml import etree

from schemas.fields import digits
from schemas.orderflow import LONDON
from schemas.orderflow.order_lines import amounts, discount_texts, distinct, line_properties
from schemas.orderflow.properties import LONGEST_COMMENT, Property, lines, money, pieces, seconds, text
from schemas.orderflow.xml import local
from sync.core.addresses import Address
from sync.core.crm import CrmPolicy
from sync.core.orders import Amounts, WarehouseOrder, references
from sync.core.sites import ADDRESS_LINES, Site
from sync.core.taxes import tax_code

LONGEST_REFERENCE = 120
# Properties that a site's custom attributes may fill by name; every other name is an order attribute.
_PLACES = re.compile(
    r"(shipment\.)?userDefined[1-5]|customerComment|shipment\.deliveryInstruction|source"
    r"|shipment\.(priority|priorityName|pickingMode|earliestShipDate|despatchComment|despatchReference)"
)
# Texts of any length; what is beyond the limit goes on in order attributes.
_LONG = {"customerComment", "shipment.deliveryInstruction", "shipment.despatchComment"}

# Property → its value: the order's own fields, the customer's, the shipment's, then order attributes by name.
_ORDER: dict[str, Callable[[WarehouseOrder], str]] = {
    "source": lambda o: text(o.order.channel_type),
    "status": lambda o: text(o.order.status),
    "currency": lambda o: o.order.currency,
    "promotionCode": lambda o: text(distinct(o.order.coupons), LONGEST_COMMENT),
    "promotionDescription": lambda o: text(
        discount_texts((*o.order.discounts, *o.shipment.discounts), digits(o.order.currency)), LONGEST_COMMENT
    ),
    "paymentTransactionInfo": lambda o: text("; ".join(_payments(o)), LONGEST_COMMENT),
    "customerComment": lambda o: o.shipment.gift_message,
    "partialOrder": lambda o: "" if _whole(o) else "true",
    "userDefined1": lambda o: text(o.order.order_no),
}
_CUSTOMER: dict[str, Callable[[WarehouseOrder], str]] = {
    "userDefined5": lambda o: text(o.order.locale),
    "deliveryEmailAddress": lambda o: text(o.order.customer.email),
    "invoiceEmailAddress": lambda o: text(o.order.customer.email),
}
_SHIPMENT: dict[str, Callable[[WarehouseOrder], str]] = {
    "shipment.site": lambda o: text(o.route.warehouse_site),
    "shipment.deliverySuggestionCode": lambda o: text(o.service.code),
    "shipment.deliverySuggestionName": lambda o: text(o.service.name),
    "shipment.deliveryInstruction": lambda o: o.shipment.instruction,
    "shipment.userDefined1": lambda o: "gift" if o.shipment.gift else "",
    "shipment.userDefined2": lambda o: text(o.shipment.store),
    "shipment.orderItem": lambda _: "entity:order",
}
ATTRIBUTES: dict[str, Callable[[WarehouseOrder], str]] = {
    "sourceCode": lambda o: text(o.order.source_code),
    "customerOrderReference": lambda o: text(o.order.customer_order_reference),
    "invoiceNo": lambda o: text(o.order.invoice_no),
    "customerId": lambda o: text(o.order.customer.storefront_id),
    "paymentStatus": lambda o: text(o.order.payment_status),
    # What of this reference's total is for nothing that it ships; only the first has any.
    "notShippedGross": lambda o: _told(o.total - o.amounts, o),
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
    named = dict(_named(order, site, zone))
    attributes = {name: value(order) for name, value in ATTRIBUTES.items()}
    attributes |= {place: value for place, value in _ids(order, site.crm) if not _PLACES.fullmatch(place)}
    for name, value in order.order.attributes.items():
        place = site.attributes.get(name, name)
        target = named if _PLACES.fullmatch(place) else attributes
        # A text for people is added to what is there; anything else takes the place.
        target[place] = "\n".join(filter(None, (target.get(place, ""), value))) if place in _LONG else value
    for number, line in enumerate(order.lines, start=1):
        named |= line_properties(f"orderLine.{number}", line, site, digits(order.order.currency))
    for name, value in named.items():
        first, *more = pieces(value) or [""]
        yield name, first
        attributes |= {f"{name} {number}": piece for number, piece in enumerate(more, start=2)}
    yield from _attributes(attributes)


def _named(order: WarehouseOrder, site: Site, zone: ZoneInfo) -> Iterator[Property]:
    placed, authorised = order.order.placed_at, order.order.authorised_at
    yield "externalReference", text(order.reference, LONGEST_REFERENCE)
    yield "placed", local(placed, zone)
    yield "authorised", local(authorised, zone) if authorised else ""
    # ASSUMPTION: the stamp is echoed verbatim as lastOrderExported, so its zone (UTC) is ours alone.
    yield "exported", seconds(order.exported_at.astimezone(UTC))
    yield "paymentGatewayIdentifier", _payment_methods(order, site)
    for name, value in _ORDER.items():
        yield name, value(order)
    yield from ((place, value) for place, value in _ids(order, site.crm) if _PLACES.fullmatch(place))
    for name, value in _CUSTOMER.items():
        yield name, value(order)
    yield from _totals(order, site)
    yield from _address("delivery", order.shipment.address, site)
    yield from _address("invoice", order.order.billing, site)
    for name, value in _SHIPMENT.items():
        yield name, value(order)


def _ids(order: WarehouseOrder, crm: CrmPolicy) -> Iterator[Property]:
    """Yield the customer's ids under the names that the site has for them."""
    customer = order.order.customer
    places = (crm.account_property, crm.contact_property, crm.customer_property)
    for place, value in zip(places, (customer.account_id, customer.contact_id, customer.number), strict=True):
        if place:
            yield place, text(value)


def _attributes(attributes: dict[str, str]) -> Iterator[Property]:
    told = [(text(name), piece) for name, value in attributes.items() for piece in pieces(value)]
    for number, (name, value) in enumerate(told, start=1):
        yield f"orderAttribute.{number}.name", name
        yield f"orderAttribute.{number}.value", value
        yield f"orderAttribute.{number}.orderItem", "entity:order"


def _payment_methods(order: WarehouseOrder, site: Site) -> str:
    return text(distinct(site.payment_methods.get(p.method, p.method) for p in order.order.payments))


def _payments(order: WarehouseOrder) -> Iterator[str]:
    """What was paid by each means, with the provider's reference: `CREDIT_CARD 166.54 psp-77120`."""
    for payment in order.order.payments:
        paid = money(payment.amount, digits(order.order.currency))
        yield " ".join(filter(None, (payment.method, paid, payment.reference)))


def _whole(order: WarehouseOrder) -> bool:
    """Whether this reference is the whole order."""
    return len(references(order.order)) == 1


def _told(worth: Amounts, order: WarehouseOrder) -> str:
    return money(worth.gross, digits(order.order.currency)) if worth.gross or worth.tax else ""


def _totals(order: WarehouseOrder, site: Site) -> Iterator[Property]:
    decimals = digits(order.order.currency)
    shipment = order.shipment
    yield from amounts("totalPrice", "totalTax", order.total, decimals)
    yield from amounts("goodsPrice", "goodsTax", order.goods, decimals)
    codes = {tax_code(site, line.tax_class, line.tax_rate, line.path) for line in order.lines}
    # Goods that are taxed in several ways have no code in common.
    yield "goodsTaxCode", text(codes.pop()) if len(codes) == 1 else ""
    yield from amounts("shippingPrice", "shippingTax", shipment.charge, decimals)
    if shipment.charge.gross:
        yield "shippingTaxCode", text(tax_code(site, shipment.tax_class, shipment.tax_rate, shipment.path))


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
