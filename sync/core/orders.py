"""An order as the shopper placed it, the checks it must pass, and its split into warehouse orders."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from sync.core.addresses import Address, fitted
from sync.core.checks import problems, rejection
from sync.core.customers import Customer
from sync.core.money import ZERO, quantize
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

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(net=self.net - other.net, tax=self.tax - other.tax)

    def each(self, quantity: int, digits: int) -> "Amounts":
        """Return the amounts of one of `quantity`, net and gross rounded to `digits` decimals."""
        net, gross = quantize(self.net / quantity, digits), quantize(self.gross / quantity, digits)
        return Amounts(net=net, tax=gross - net)


NOTHING = Amounts(net=ZERO, tax=ZERO)


def total(amounts: Iterable[Amounts]) -> Amounts:
    """Return the sum."""
    return sum(amounts, NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What a promotion took off (negative), in the order's taxation mode, and why."""

    amount: Decimal
    promotion: str = ""
    text: str = ""
    coupon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A thing to ship; `amounts` are for the whole line after every discount, `listed` before any.

    `item_id` is the storefront's line id, the key for reporting back; a bundle's part carries its
    own id. `belongs_to` is the id of the line that an option or a bundle's part is bought with, `bundle`
    that bundle's SKU, `wish` what the shopper chose or wrote for an option. `kinds` are words for the
    packer: option, bonus, gift. `path` is where the line stands in the storefront's document.
    """

    item_id: str
    shipment_id: str
    sku: str
    name: str
    quantity: int
    amounts: Amounts
    listed: Amounts | None = None
    tax_rate: Decimal | None = None
    tax_class: str = ""
    discounts: tuple[Discount, ...] = ()
    gift_message: str = ""
    wish: str = ""
    kinds: tuple[str, ...] = ()
    belongs_to: str = ""
    bundle: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A destination within the order: its own address, method, charge and gift message."""

    shipment_id: str
    method: str
    address: Address
    store: str = ""
    charge: Amounts = NOTHING
    tax_rate: Decimal | None = None
    tax_class: str = ""
    discounts: tuple[Discount, ...] = ()
    gift: bool = False
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
    """A storefront order; `amounts` is what the storefront says the shopper owes.

    Of these, `not_shipped` is for what the warehouse never sees: `virtual` lines and gift certificates, so
    many. The lines' amounts contain `discounts`. `snake_case` says how the storefront's document spells its
    members, for who is told of a problem.
    """

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
    virtual: int = 0
    payment_status: str = ""
    confirmation_status: str = ""
    export_status: str = ""
    authorised_at: datetime | None = None
    channel_type: str = ""
    source_code: str = ""
    customer_order_reference: str = ""
    invoice_no: str = ""
    discounts: tuple[Discount, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    basket: str = ""
    locale: str = ""
    coupons: tuple[str, ...] = ()
    snake_case: bool = False

    @property
    def goods(self) -> Amounts:
        """Every line, without shipping."""
        return total(line.amounts for line in self.lines)

    @property
    def charges(self) -> Amounts:
        """The shipping of every shipment."""
        return total(shipment.charge for shipment in self.shipments)


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
    def total(self) -> Amounts:
        """This reference's part of what the shopper owes; over all references it is all of it, exactly.

        The first reference carries what is not shipped and any difference within the tolerance.
        """
        if self.reference != self.order.order_no:
            return self.amounts
        return self.order.amounts - self.order.goods - self.order.charges + self.amounts

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
    """Raise `Rejected` with every problem, of whatever kind, when the order may not be handed over.

    Its code is that of the first kind by `checks.PRECEDENCE`.
    """
    found = list(problems(order, site))
    if found:
        raise rejection(found)


def route(order: Order, shipment: Shipment, site: Site) -> Route:
    """Return where a shipment of the order goes in the warehouse system."""
    return site.route(store=shipment.store, locale=order.locale, currency=order.currency)


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
    order = _addressed(order, site)
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


def _addressed(order: Order, site: Site) -> Order:
    """The order with every address the way the site writes it in the warehouse."""
    shipments = tuple(
        replace(shipment, address=fitted(shipment.address, site.addresses)) for shipment in order.shipments
    )
    return replace(order, shipments=shipments, billing=fitted(order.billing, site.addresses))
