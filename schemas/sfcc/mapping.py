"""From an order document to the core's `Order`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from schemas.base import problems, reject
from schemas.fields import digits
from schemas.sfcc import GIFT_CERTIFICATE
from schemas.sfcc.amounts import Item, Tariff, discounted, line_amounts, parts, shipping_amounts
from schemas.sfcc.document import OrderSchema, StatusSchema
from schemas.sfcc.spelling import is_ocapi, normalized, own_path
from sync.core.addresses import Address
from sync.core.customers import Customer
from sync.core.errors import Rejected
from sync.core.money import ZERO
from sync.core.orders import Amounts, Line, Order, Payment, Shipment, total
from sync.core.sites import Site

_ORDER = OrderSchema()
_STATUS = StatusSchema(many=False)
_ADDRESSES = ("shippingAddress", "billingAddress", "shipping_address", "billing_address")
_LOCALES = ("customerLocale", "customer_locale")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document is to be understood; `per_bundle`: a part's quantity counts for one bundle."""

    ocapi: bool
    per_bundle: bool

    def path(self, path: str) -> str:
        """Return a path in the document's own spelling."""
        return own_path(path, ocapi=self.ocapi)


def read_order(document: Mapping[str, Any], site: Site, *, per_bundle: bool = False) -> Order:
    """Return the order in SCAPI's or OCAPI's spelling as the core knows it.

    Raises `Rejected` with all field problems at once, paths in the document's own spelling:
    address.invalid or locale.unsupported when nothing else is wrong, else order.invalid; further
    site.mismatch, and order.total_mismatch when tax does not add up. Money is checked by the core.
    """
    # ASSUMPTION: a bundle part's quantity counts for the whole line unless `per_bundle` says otherwise.
    reading = Reading(ocapi=is_ocapi(document), per_bundle=per_bundle)
    try:
        data: dict[str, Any] = _ORDER.load(normalized(document))
    except ValidationError as error:
        found = {reading.path(path): reason for path, reason in problems(error.messages).items()}
        reject(_code(found), found)
    if data["site_id"] and data["site_id"] != site.name:
        reject("site.mismatch", {"siteId": f"is '{data['site_id']}', expected '{site.name}'"})
    try:
        return _order(data, site, reading)
    except Rejected as error:
        error.fields = {reading.path(path): reason for path, reason in error.fields.items()}
        raise


def read_status(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return order number, statuses and last modification, leaving everything else unread."""
    try:
        return dict(_STATUS.load(normalized(document)))
    except ValidationError as error:
        reject("order.invalid", problems(error.messages))


def _code(found: Mapping[str, str]) -> str:
    if all(set(path.split(".")) & set(_ADDRESSES) for path in found):
        return "address.invalid"
    return "locale.unsupported" if all(path in _LOCALES for path in found) else "order.invalid"


def _order(data: dict[str, Any], site: Site, reading: Reading) -> Order:
    taxation = data["taxation"] or site.taxation
    tariff = Tariff(gross=taxation == "gross", digits=digits(data["currency"]))
    charges = shipping_amounts(data, tariff)
    certificates = total(
        tariff.amounts(tariff.before_discount(item), tariff.tax(item))
        for item in data["gift_certificate_items"]
    )
    lines = tuple(_lines(data, tariff, total(charges) + certificates, reading))
    billing: Address = data["billing_address"] or data["shipments"][0]["shipping_address"]
    return Order(
        site=site.name,
        order_no=data["order_no"],
        status=data["status"],
        placed_at=_placed_at(data),
        currency=data["currency"],
        taxation=taxation,
        customer=_customer(data, billing),
        billing=billing,
        shipments=tuple(_shipments(data, charges, reading)),
        lines=lines,
        payments=tuple(_payments(data, tariff)),
        amounts=_totals(data, tariff, total(line.amounts for line in lines) + total(charges) + certificates),
        not_shipped=certificates,
        payment_status=data["payment_status"],
        export_status=data["export_status"],
        locale=data["customer_locale"] or site.locale,
        coupons=tuple(
            coupon["code"] for coupon in data["coupon_items"] if coupon["valid"] and coupon["code"]
        ),
        inventory_list=next((i["inventory_id"] for i in data["product_items"] if i["inventory_id"]), ""),
    )


def _placed_at(data: Item) -> Any:
    placed = data["place_date"] or data["creation_date"]
    if placed is None:
        reject("order.invalid", {"creationDate": "is required"})
    return placed


def _totals(data: Item, tariff: Tariff, computed: Amounts) -> Amounts:
    """What the shopper owes, in the storefront's own words."""
    gross = tariff.rounded(data["order_total"])
    tax = computed.tax if data["tax_total"] is None else tariff.rounded(data["tax_total"])
    return Amounts(net=gross - tax, tax=tax)


def _customer(data: Item, billing: Address) -> Customer:
    info = data["customer_info"] or {}
    number, guest = info.get("customer_no", ""), info.get("guest")
    return Customer(
        name=info.get("customer_name") or data["customer_name"] or billing.contact_name,
        email=info.get("email", ""),
        number=number,
        storefront_id=info.get("customer_id", ""),
        # Older documents do not tell; a customer number then is the best sign of an account.
        guest=not number if guest is None else guest,
        account_id=data["account_id"],
        contact_id=data["contact_id"],
    )


def _shipments(data: Item, charges: list[Amounts], reading: Reading) -> Iterator[Shipment]:
    for index, (shipment, charge) in enumerate(zip(data["shipments"], charges, strict=True)):
        yield Shipment(
            shipment_id=shipment["shipment_id"],
            method=shipment["shipping_method"]["id"],
            address=shipment["shipping_address"],
            charge=charge,
            gift_message=shipment["gift_message"],
            instruction=shipment["instruction"],
            path=reading.path(f"shipments.{index}"),
        )


def _lines(data: Item, tariff: Tariff, others: Amounts, reading: Reading) -> Iterator[Line]:
    found = [(path, item) for path, item in _items(data)]
    items = discounted([item for _, item in found], tariff, data)
    amounts = line_amounts(items, tariff, data, others.tax)
    for (path, item), worth in zip(found, amounts, strict=True):
        for inner, thing, share in _shared(item, worth, tariff, reading):
            yield _line(item, thing, share, reading.path(path + inner))


def _items(data: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines and their options, each with its path; an option goes where its line goes."""
    only = data["shipments"][0]["shipment_id"] if len(data["shipments"]) == 1 else ""
    for index, item in enumerate(data["product_items"]):
        item["shipment_id"] = item["shipment_id"] or only
        yield f"productItems.{index}", item
        for number, option in enumerate(item["option_items"]):
            inherited = {
                "shipment_id": option["shipment_id"] or item["shipment_id"],
                "quantity": option["quantity"] or item["quantity"],
                "tax_rate": item["tax_rate"] if option["tax_rate"] is None else option["tax_rate"],
            }
            yield f"productItems.{index}.optionItems.{number}", option | inherited


def _shared(
    item: Item, worth: Amounts, tariff: Tariff, reading: Reading
) -> Iterator[tuple[str, Item, Amounts]]:
    """The line itself, or a bundle's parts with the bundle's amounts shared among them."""
    bundled = item.get("bundled_product_items", [])
    if not bundled:
        yield "", item, worth
        return
    weights = [part["quantity"] * (part["base_price"] or ZERO) for part in bundled]
    bundles = item["quantity"] if reading.per_bundle else 1
    for number, (part, share) in enumerate(zip(bundled, parts(worth, weights, tariff), strict=True)):
        inside = part | {"quantity": part["quantity"] * bundles}
        yield f".bundledProductItems.{number}", inside, share


def _line(item: Item, thing: Item, worth: Amounts, path: str) -> Line:
    promotions = [adjustment["promotion_id"] for adjustment in item["price_adjustments"]]
    return Line(
        item_id=thing["item_id"],
        shipment_id=item["shipment_id"],
        sku=thing["product_id"],
        name=thing["product_name"] or thing["item_text"],
        quantity=thing["quantity"],
        amounts=worth,
        tax_rate=item["tax_rate"] or ZERO,
        promotion=",".join(promotion for promotion in promotions if promotion),
        gift_message=item.get("gift_message", ""),
        path=path,
    )


def _payments(data: Item, tariff: Tariff) -> Iterator[Payment]:
    instruments = data["payment_instruments"]
    for instrument in instruments:
        transaction = instrument["payment_transaction"]
        amount = transaction.get("amount")
        if amount is None:
            amount = instrument["amount"]
        if amount is None:
            # The only means of payment paid it all.
            amount = data["order_total"] if len(instruments) == 1 else ZERO
        certificate = GIFT_CERTIFICATE if instrument["masked_gift_certificate_code"] else ""
        yield Payment(
            method=instrument["payment_method_id"] or certificate,
            amount=tariff.rounded(amount),
            reference=transaction.get("transaction_id", ""),
        )
