"""What the warehouse shows of an order's commercial side, held against what the storefront has."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sync.core.addresses import Address
from sync.core.orders import Amounts, WarehouseOrder
from sync.core.sites import Site
from sync.core.wording import same, words

LINES, POST_CODE = "lines", "post code"
# The fields of the ownership table that are about units of goods.
QUANTITIES, OTHER_LINES = "order.quantities", "order.lines"
GOODS = (QUANTITIES, OTHER_LINES)


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a document: the field of the ownership table, which member of it, the words."""

    field: str
    member: str
    value: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A field of which the two systems have different values."""

    field: str
    storefront: str
    warehouse: str


Commercial = Mapping[tuple[str, str], str]


def disputes(said: Iterable[Said], commercial: Commercial) -> list[Dispute]:
    """Return the fields in which a document differs, each once; what cannot be compared is no dispute."""
    found: dict[str, list[Said]] = {}
    for one in said:
        mine = commercial.get((one.field, one.member))
        if mine is not None and not _agree(one, mine):
            found.setdefault(one.field, []).append(one)
    return [
        Dispute(
            field,
            "; ".join(f"{one.member}: {commercial[field, one.member] or 'none'}" for one in ones),
            "; ".join(f"{one.member}: {one.value}" for one in ones),
        )
        for field, ones in found.items()
    ]


def _agree(one: Said, mine: str) -> bool:
    if one.member == POST_CODE:
        return same("".join(one.value.split()), "".join(mine.split()))
    if one.member == LINES:
        # Which line holds what is the warehouse's own affair.
        return sorted(words(one.value)) == sorted(words(mine))
    return same(one.value, mine)


def goods_disputes(
    told: Counter[str], ordered: Counter[str], known: Counter[str], *, whole: bool
) -> list[Dispute]:
    """Return where a document has more units of a SKU than were ordered, or as a `whole` fewer, by field.

    Units that other documents have shown (`known`) are not missing: an order may be split, and a document
    that may be about a part of it only is no `whole`.
    """
    found: dict[str, list[Dispute]] = {}
    for sku in sorted(told.keys() | ordered.keys()):
        missing = whole and told[sku] < ordered[sku] and known[sku] < ordered[sku]
        if told[sku] > ordered[sku] or missing:
            one = units_dispute(sku, ordered[sku], told[sku])
            found.setdefault(one.field, []).append(one)
    return [
        Dispute(field, ", ".join(one.storefront for one in ones), ", ".join(one.warehouse for one in ones))
        for field, ones in found.items()
    ]


def units_dispute(sku: str, ordered: int, found: int) -> Dispute:
    """Return the dispute about the units of a SKU: another line where one side has none at all."""
    field = QUANTITIES if ordered and found else OTHER_LINES
    return Dispute(field, f"{ordered} x {sku}", f"{found} x {sku}")


def commercial(part: WarehouseOrder, site: Site) -> dict[tuple[str, str], str]:
    """Return field and member → value of one reference, as the storefront has it now."""
    order, shipment = part.order, part.shipment
    methods = dict.fromkeys(site.payment_methods.get(p.method, p.method) for p in order.payments)
    found = {
        ("shipment.method", "code"): part.service.code,
        ("shipment.method", "name"): part.service.name or part.service.code,
        ("order.customer", "e-mail"): order.customer.email,
        ("order.payments", "means"): ",".join(methods),
        ("order.payments", "status"): order.payment_status,
        ("order.discounts", "codes"): ",".join(order.coupons),
        ("order.prices", "currency"): order.currency,
    }
    found |= _address("shipment.address", shipment.address) | _address("order.billing", order.billing)
    worth = {"total": part.total, "goods": part.goods, "shipping": shipment.charge}
    for name, amounts in worth.items():
        found |= _amounts(name, amounts)
    return found | _line_amounts(part)


def _address(field: str, address: Address) -> dict[tuple[str, str], str]:
    return {
        (field, "name"): address.contact_name,
        (field, "company"): address.company,
        (field, LINES): ", ".join(filter(None, [*address.lines, address.city, address.region])),
        (field, POST_CODE): address.postal_code,
        (field, "country"): address.country_code,
    }


def _amounts(name: str, amounts: Amounts) -> dict[tuple[str, str], str]:
    return {
        ("order.prices", name): _money(amounts.gross),
        ("order.prices", f"{name} net"): _money(amounts.net),
        ("order.taxes", name): _money(amounts.tax),
    }


def _line_amounts(part: WarehouseOrder) -> dict[tuple[str, str], str]:
    """Two lines of as many units of one SKU cannot be told apart, so neither can be compared."""
    names = Counter(line_name(line.sku, line.quantity) for line in part.lines)
    found: dict[tuple[str, str], str] = {}
    for line in part.lines:
        name = line_name(line.sku, line.quantity)
        if names[name] == 1:
            found |= _amounts(name, line.amounts)
            promotions = dict.fromkeys(filter(None, (one.promotion for one in line.discounts)))
            found["order.discounts", name] = ",".join(promotions)
    return found


def line_name(sku: str, quantity: int) -> str:
    """Return the member under which a line's amounts are compared."""
    return f"{quantity} x {sku}"


def _money(amount: Decimal) -> str:
    return f"{amount:f}"
