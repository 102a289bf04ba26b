"""An order as the shopper placed it, the checks it must pass, and its split into warehouse orders."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sync.core.addresses import Address
from sync.core.customers import Customer
from sync.core.errors import Rejected
from sync.core.money import ZERO
from sync.core.sites import Route, Service, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Net, tax and gross of one thing, in the order's currency; net + tax = gross."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """What the shopper pays for it."""
        return self.net + self.tax

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(net=self.net + other.net, tax=self.tax + other.tax)


NOTHING = Amounts(net=ZERO, tax=ZERO)


def total(amounts: Iterable[Amounts]) -> Amounts:
    """Return the sum of `amounts`."""
    return sum(amounts, NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A thing to ship; `amounts` are for the whole line after every discount.

    `item_id` is the storefront's line id, the key for reporting back; a bundle's part carries its
    own id. `path` is where the line stands in the storefront's document, for error messages.
    """

    item_id: str
    shipment_id: str
    sku: str
    name: str
    quantity: int
    amounts: Amounts
    tax_rate: Decimal = ZERO
    promotion: str = ""
    gift_message: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A destination within the order: its own address, method, charge and gift message."""

    shipment_id: str
    method: str
    address: Address
    store: str = ""
    charge: Amounts = NOTHING
    gift_message: str = ""
    instruction: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One means of payment; never card data."""

    method: str
    amount: Decimal
    reference: str = ""
    authorised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A storefront order; `amounts` is what the storefront says the shopper owes."""

    site: str
    order_no: str
    status: str
    placed_at: datetime
    currency: str
    taxation: str
    customer: Customer
    billing: Address
    shipments: tuple[Shipment, ...]
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    amounts: Amounts
    not_shipped: Amounts = NOTHING
    payment_status: str = ""
    confirmation_status: str = ""
    export_status: str = ""
    authorised_at: datetime | None = None
    source_code: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    locale: str = ""
    coupons: tuple[str, ...] = ()
    inventory_list: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseOrder:
    """One shipment of an order as the warehouse gets it: one reference, one address, one service.

    `exported_at` is the stamp by which the warehouse echoes what its stock counts contain.
    """

    order: Order
    reference: str
    shipment: Shipment
    service: Service
    route: Route
    lines: tuple[Line, ...]
    exported_at: datetime

    @property
    def amounts(self) -> Amounts:
        """Goods and shipping of this reference; one of several shipments carries only its part."""
        return self.goods + self.shipment.charge

    @property
    def units(self) -> Mapping[str, int]:
        """SKU → units."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += line.quantity
        return units

    @property
    def goods(self) -> Amounts:
        """The lines without shipping."""
        return total(line.amounts for line in self.lines)


def check(order: Order, site: Site) -> None:
    """Raise `Rejected` with every field problem when the order may not be handed over.

    Codes by precedence: currency.unsupported, order.total_mismatch, crosswalk.missing, order.invalid.
    """
    if order.currency not in site.currencies:
        sold_in = ", ".join(site.currencies)
        reason = f"order is in {order.currency}, site {site.name} sells in {sold_in}"
        raise Rejected("currency.unsupported", reason, fields={"currency": reason})
    _check_contents(order)
    _check_total(order, site)
    for shipment in order.shipments:
        site.service(shipment.method, f"{shipment.path}.shippingMethod.id")


def _check_contents(order: Order) -> None:
    problems: dict[str, str] = {}
    if not order.lines:
        problems["productItems"] = "the order has no line that can be shipped"
    known = {shipment.shipment_id for shipment in order.shipments}
    for line in order.lines:
        if line.shipment_id not in known:
            problems[f"{line.path}.shipmentId"] = f"no shipment '{line.shipment_id}' in the order"
    if problems:
        raise Rejected("order.invalid", "; ".join(problems.values()), fields=problems)


def _check_total(order: Order, site: Site) -> None:
    goods = total(line.amounts for line in order.lines)
    charges = total(shipment.charge for shipment in order.shipments)
    computed = goods + charges + order.not_shipped
    difference = computed.gross - order.amounts.gross
    if abs(difference) > site.tolerance:
        arithmetic = (
            f"lines {goods.gross} + shipping {charges.gross} + not shipped {order.not_shipped.gross}"
            f" = {computed.gross}, order total {order.amounts.gross},"
            f" difference {difference} {order.currency}"
        )
        raise Rejected("order.total_mismatch", arithmetic, fields={"orderTotal": arithmetic})


def route(order: Order, shipment: Shipment, site: Site) -> Route:
    """Return where a shipment of the order goes in the warehouse system."""
    return site.route(store=shipment.store, locale=order.locale, currency=order.currency)


def destination(part: WarehouseOrder) -> str:
    """Return a digest of what the warehouse was told of where and how to send: a change amends it."""
    told = (part.shipment.address, part.service, part.shipment.instruction, part.route)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def references(order: Order) -> dict[str, str]:
    """Return shipment id → warehouse reference.

    The warehouse takes one shipment per order, so the first shipment with lines keeps the order
    number and each further one gets a numbered suffix, stable over re-reads of the same order.
    """
    shipping = [
        s.shipment_id for s in order.shipments if any(x.shipment_id == s.shipment_id for x in order.lines)
    ]
    return {
        shipment_id: order.order_no if index == 0 else f"{order.order_no}-S{index + 1}"
        for index, shipment_id in enumerate(shipping)
    }


def warehouse_orders(order: Order, site: Site, stamps: dict[str, datetime]) -> list[WarehouseOrder]:
    """Return the order as the warehouse gets it; `stamps` maps reference → exported_at."""
    by_shipment = references(order)
    return [
        WarehouseOrder(
            order=order,
            reference=by_shipment[shipment.shipment_id],
            shipment=shipment,
            service=site.service(shipment.method, f"{shipment.path}.shippingMethod.id"),
            route=route(order, shipment, site),
            lines=tuple(line for line in order.lines if line.shipment_id == shipment.shipment_id),
            exported_at=stamps[by_shipment[shipment.shipment_id]],
        )
        for shipment in order.shipments
        if shipment.shipment_id in by_shipment
    ]
