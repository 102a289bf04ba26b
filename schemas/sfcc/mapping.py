"""From an order document to the core's `Order`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from schemas.base import problems, reject
from schemas.fields import digits
from schemas.sfcc.amounts import Item, Tariff, shipping_amounts, shipping_items
from schemas.sfcc.attributes import attributes
from schemas.sfcc.document import OrderSchema, StatusSchema
from schemas.sfcc.lines import Reading, broken_up, discounts, priced
from schemas.sfcc.partial import lacking, site_problems
from schemas.sfcc.payments import authorised_at, payments
from schemas.sfcc.people import customer, strange_ids
from schemas.sfcc.reasons import explained
from schemas.sfcc.spelling import is_ocapi, normalized
from sync.core.addresses import Address
from sync.core.checks import Problem, rejection
from sync.core.errors import Rejected
from sync.core.orders import Amounts, Line, Order, Shipment, total
from sync.core.sites import Site

_ORDER = OrderSchema()
_STATUS = StatusSchema(many=False)
_ADDRESSES = {"shippingAddress", "billingAddress"}


def read_order(document: Mapping[str, Any], site: Site) -> Order:
    """Return the order in SCAPI's or OCAPI's spelling as the core knows it.

    Raises `Rejected` with all field problems at once, those of the site's own rules included, paths in
    the document's own spelling: address.invalid or locale.unsupported when nothing else is wrong with its
    form, else order.invalid, or what is graver by `checks.PRECEDENCE`; further site.mismatch, and
    order.total_mismatch when tax does not add up. Money is checked by the core.
    """
    # ASSUMPTION: a bundle part's quantity counts for the whole line unless the site says `per_bundle`.
    reading = Reading(ocapi=is_ocapi(document), policy=site.lines)
    document = normalized(document)
    absent = dict(lacking(document, site.lines)) | dict(strange_ids(document, site.crm))
    try:
        data: dict[str, Any] = _ORDER.load(document)
    except ValidationError as error:
        usable = error.valid_data if isinstance(error.valid_data, dict) else {}
        raise _all(problems(error.messages) | absent, usable, document, site, reading) from None
    if data["site_id"] and data["site_id"] != site.name:
        reject("site.mismatch", {reading.path("siteId"): _other_site(data["site_id"], site)})
    if absent:
        raise _all(absent, data, document, site, reading)
    try:
        return _order(data, site, reading)
    except Rejected as error:
        told = explained(error.fields, document)
        reject(error.code, {reading.path(path): reason for path, reason in told.items()})


def read_status(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return order number, statuses and last modification, leaving everything else unread."""
    try:
        return dict(_STATUS.load(normalized(document)))
    except ValidationError as error:
        reject("order.invalid", problems(error.messages))


def tracking_numbers(shipments: object) -> Iterator[str]:
    """Yield the tracking number of each shipment that has one; a strange document has none."""
    for shipment in shipments if isinstance(shipments, list) else []:
        number = shipment.get("trackingNumber") if isinstance(shipment, dict) else None
        if isinstance(number, str) and number.strip():
            yield number.strip()


def _all(
    found: Mapping[str, str],
    usable: Mapping[str, Any],
    document: Mapping[str, Any],
    site: Site,
    reading: Reading,
) -> Rejected:
    """Return the refusal for what was found, and for what the site says of the usable rest."""
    code = _code(found, document)
    both = [Problem(code, path, reason) for path, reason in explained(found, document).items()]
    # Of a value that has the wrong form there is nothing more to say.
    both += [problem for problem in site_problems(usable, site) if problem.path not in found]
    return rejection([replace(problem, path=reading.path(problem.path)) for problem in both])


def _other_site(name: str, site: Site) -> str:
    return f"is '{name}', expected '{site.name}'; send the event to the address of its own site"


def _code(found: Mapping[str, str], document: Mapping[str, Any]) -> str:
    if all(set(path.split(".")) & _ADDRESSES for path in found):
        return "address.invalid"
    if set(found) == {"currency"} and document.get("currency"):
        return "currency.unsupported"
    return "locale.unsupported" if set(found) == {"customerLocale"} else "order.invalid"


def _order(data: dict[str, Any], site: Site, reading: Reading) -> Order:
    tariff = _tariff(data, site)
    shipments, lines, not_shipped, virtual = _split(data, tariff, reading, site)
    worth = total(line.amounts for line in lines) + total(one.charge for one in shipments) + not_shipped
    billing = _billing(data)
    paid = tuple(payments(data, tariff))
    placed_at = _placed_at(data)
    return Order(
        site=site.name,
        order_no=data["order_no"],
        status=data["status"],
        placed_at=placed_at,
        authorised_at=authorised_at(data, paid, placed_at),
        currency=data["currency"],
        taxation="gross" if tariff.gross else "net",
        customer=customer(data, billing, site.crm),
        billing=billing,
        shipments=shipments,
        lines=lines,
        payments=paid,
        amounts=_totals(data, tariff, worth),
        not_shipped=not_shipped,
        virtual=virtual,
        discounts=discounts(data["order_price_adjustments"], tariff),
        locale=data["customer_locale"] or site.locale,
        snake_case=reading.ocapi,
        coupons=tuple(one["code"] for one in data["coupon_items"] if one["valid"] and one["code"]),
        attributes=attributes(data["custom"], site.attributes),
        basket=_basket(data["custom"], site),
        **{name: data[name] for name in _PASSED},
    )


def _basket(custom: Mapping[str, Any], site: Site) -> str:
    """What the order's basket was called; what is no such name keeps back no order."""
    told = custom.get(site.stock.basket_attribute)
    return told if isinstance(told, str) else ""


# What passes as it is: texts that both the document and the core have, under one name.
_PASSED = [one.name for one in dataclass_fields(Order) if one.default == "" and one.name in _ORDER.fields]


def _tariff(data: Item, site: Site) -> Tariff:
    taxation, currency = data["taxation"] or site.taxation, data["currency"]
    decimals = site.digits(currency) if currency in site.currencies else digits(currency)
    return Tariff(gross=taxation == "gross", digits=decimals)


def _split(
    data: Item, tariff: Tariff, reading: Reading, site: Site
) -> tuple[tuple[Shipment, ...], tuple[Line, ...], Amounts, int]:
    """Return what is shipped where, what all the rest comes to, and how many things that rest is."""
    charges = shipping_amounts(data, tariff)
    certificates = total(
        tariff.amounts(tariff.before_discount(item), tariff.tax(item))
        for item in data["gift_certificate_items"]
    )
    found = priced(data, tariff, (total(charges) + certificates).tax, per_bundle=site.lines.per_bundle)
    told = [line for one in found for line in broken_up(one, tariff, reading)]
    virtual = [line.amounts for line, never_shipped in told if never_shipped]
    lines = tuple(line for line, never_shipped in told if not never_shipped)
    needed = {line.shipment_id for line in lines}
    pairs = zip(data["shipments"], charges, strict=True)
    left = [charge for shipment, charge in pairs if shipment["shipment_id"] not in needed]
    not_shipped = certificates + total(virtual) + total(left)
    shipments = tuple(_shipments(data, charges, needed, tariff, reading, site))
    return shipments, lines, not_shipped, len(virtual) + len(data["gift_certificate_items"])


def _billing(data: Item) -> Address:
    shipped_to = [one["shipping_address"] for one in data["shipments"] if one["shipping_address"]]
    found: Address | None = data["billing_address"] or next(iter(shipped_to), None)
    if found is None:
        reject("order.invalid", {"billingAddress": "is required"})
    return found


def _placed_at(data: Item) -> datetime:
    placed: datetime | None = data["place_date"] or data["creation_date"]
    if placed is None:
        reject("order.invalid", {"creationDate": "is required"})
    return placed


def _totals(data: Item, tariff: Tariff, computed: Amounts) -> Amounts:
    """What the shopper owes, in the storefront's own words."""
    gross = tariff.rounded(data["order_total"])
    if not tariff.whole(data["order_total"]):
        reason = f"{data['order_total']} has more than {tariff.digits} decimals; correct the order"
        reject("order.total_mismatch", {"orderTotal": reason})
    tax = computed.tax if data["tax_total"] is None else tariff.rounded(data["tax_total"])
    return Amounts(net=gross - tax, tax=tax)


def _shipments(
    data: Item, charges: list[Amounts], needed: Collection[str], tariff: Tariff, reading: Reading, site: Site
) -> Iterator[Shipment]:
    for index, (shipment, charge) in enumerate(zip(data["shipments"], charges, strict=True)):
        if shipment["shipment_id"] not in needed:
            continue
        charged = shipping_items(data, shipment)
        rate, tax_class = _taxed(charged)
        store = {site.store_attribute: ""} if site.store_attribute else {}
        path = reading.path(f"shipments.{index}")
        yield Shipment(
            shipment_id=shipment["shipment_id"],
            method=shipment["shipping_method"]["id"],
            address=shipment["shipping_address"],
            store=attributes(shipment["custom"], store, f"{path}.").get(site.store_attribute, ""),
            charge=charge,
            tax_rate=rate,
            tax_class=tax_class,
            discounts=tuple(d for item in charged for d in discounts(item["price_adjustments"], tariff)),
            gift=shipment["gift"],
            gift_message=shipment["gift_message"],
            instruction=shipment["instruction"],
            path=path,
        )


def _taxed(items: list[Item]) -> tuple[Decimal | None, str]:
    """How the shipping of a shipment is taxed: by its first charge."""
    return (items[0]["tax_rate"], items[0]["tax_class_id"]) if items else (None, "")
