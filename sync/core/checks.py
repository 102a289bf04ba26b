"""What keeps an order from being handed over: every problem of every kind, told at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sync.core.addresses import Address, misfits
from sync.core.errors import Rejected
from sync.core.sites import Site
from sync.core.spelling import own_path
from sync.core.taxes import tax_code

if TYPE_CHECKING:
    from sync.core.orders import Order

# The order is dead by the first of these that it has; the others stand among its fields.
PRECEDENCE = (
    "currency.unsupported",
    "order.invalid",
    "locale.unsupported",
    "order.total_mismatch",
    "address.invalid",
    "crosswalk.missing",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its code, where, and what with its cure; no personal data."""

    code: str
    path: str
    reason: str


def rejection(problems: Sequence[Problem]) -> Rejected:
    """Return one refusal for all problems, of which there is one; one of another kind is led by its code."""
    found = sorted(problems, key=lambda problem: PRECEDENCE.index(problem.code))
    code = found[0].code
    fields: dict[str, str] = {}
    for problem in found:
        reason = problem.reason if problem.code == code else f"{problem.code}: {problem.reason}"
        fields[problem.path] = f"{fields[problem.path]}; {reason}" if problem.path in fields else reason
    return Rejected(code, "; ".join(dict.fromkeys(fields.values())), fields=fields)


def problems(order: "Order", site: Site) -> Iterator[Problem]:
    """Yield what the order lacks, says twice, or asks for where the site has no answer.

    Paths are in the spelling of the order's own document.
    """
    for problem in _problems(order, site):
        yield replace(problem, path=own_path(problem.path, snake_case=order.snake_case))


def _problems(order: "Order", site: Site) -> Iterator[Problem]:
    yield from currency_problems(order.currency, site)
    yield from _contents(order)
    yield from _sum(order, site)
    yield from _addresses(order, site)
    yield from holes(_questions(order, site))


def currency_problems(currency: str, site: Site) -> Iterator[Problem]:
    """Yield that the site does not sell in a currency."""
    if currency not in site.currencies:
        sold = ", ".join(site.currencies)
        reason = (
            f"order is in {currency}, site {site.name} sells in {sold}; correct it, or add it to currencies"
        )
        yield Problem("currency.unsupported", "currency", reason)


def address_problems(address: Address, path: str, site: Site, *, shipped_to: bool) -> Iterator[Problem]:
    """Yield what the site asks of an address beyond its country's own rules."""
    for member, reason in misfits(address, site.addresses):
        yield Problem("address.invalid", f"{path}.{member}", reason)
    country = address.country_code
    if shipped_to and not site.ships(country):
        reason = f"site {site.name} does not ship to {country}; correct it, or add it to ships_to"
        yield Problem("address.invalid", f"{path}.countryCode", reason)


def holes(questions: Iterable[Callable[[], object]]) -> Iterator[Problem]:
    """Ask tables of the site, and yield each line that they do not have."""
    for question in questions:
        for path, reason in _hole(question).items():
            yield Problem("crosswalk.missing", path, f"{reason}; add the line, or correct the order")


def _contents(order: "Order") -> Iterator[Problem]:
    if not order.lines and not order.virtual:
        reason = "the order has no line; add what was bought, or cancel the order"
        yield Problem("order.invalid", "productItems", reason)
    known = {shipment.shipment_id for shipment in order.shipments}
    for line in order.lines:
        if line.shipment_id not in known:
            reason = f"no shipment '{line.shipment_id}' in the order; name one of its own"
            yield Problem("order.invalid", f"{line.path}.shipmentId", reason)


def _sum(order: "Order", site: Site) -> Iterator[Problem]:
    goods, charges = order.goods, order.charges
    computed = goods + charges + order.not_shipped
    difference = computed.gross - order.amounts.gross
    if abs(difference) > site.tolerance:
        arithmetic = (
            f"lines {goods.gross} + shipping {charges.gross} + not shipped {order.not_shipped.gross}"
            f" = {computed.gross} (net {computed.net} + tax {computed.tax}), order total"
            f" {order.amounts.gross}, difference {difference} {order.currency}, tolerance {site.tolerance}"
            "; correct the order, or the site's tolerance"
        )
        yield Problem("order.total_mismatch", "orderTotal", arithmetic)


def _addresses(order: "Order", site: Site) -> Iterator[Problem]:
    for shipment in order.shipments:
        path = f"{shipment.path}.shippingAddress"
        yield from address_problems(shipment.address, path, site, shipped_to=True)
    if all(order.billing is not shipment.address for shipment in order.shipments):
        yield from address_problems(order.billing, "billingAddress", site, shipped_to=False)
    if "email" in site.addresses.required and not order.customer.email:
        reason = "is required by the site; add it to the customer"
        yield Problem("address.invalid", "customerInfo.email", reason)


def _questions(order: "Order", site: Site) -> Iterator[Callable[[], object]]:
    for one in order.shipments:
        yield partial(site.service, one.method, f"{one.path}.shippingMethod.id")
        if one.charge.gross:
            yield partial(tax_code, site, one.tax_class, one.tax_rate, f"{one.path}.taxRate")
    for line in order.lines:
        yield partial(tax_code, site, line.tax_class, line.tax_rate, f"{line.path}.taxRate")


def _hole(question: Callable[[], object]) -> Mapping[str, str]:
    try:
        question()
    except Rejected as hole:
        return hole.fields
    return {}
