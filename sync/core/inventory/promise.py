"""Available to promise: from the warehouses' counts to the allocation that the storefront is given."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.core.inventory.counts import Count
from sync.core.inventory.demand import Demand, contained
from sync.core.inventory.policy import Manner, StockPolicy, withheld

Term = tuple[str, int]

AS_IT_IS = Manner()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The allocation the storefront should have, with the sum that explains it, term by term."""

    sku: str
    allocation: int
    terms: tuple[Term, ...]
    manner: Manner = AS_IT_IS


def target(sku: str, policy: StockPolicy, counts: Sequence[Count], demand: Sequence[Demand]) -> Target:
    """Return the allocation for a list with on-order inventory switched on.

    The storefront itself subtracts every order it has not been told is exported. So we subtract
    only what it no longer subtracts and the count does not contain: orders the warehouse accepted
    that are not in the count. An accepted order is treated as exported from the moment of
    acceptance, because its export may land before this allocation does: too little for an instant
    is cured by the next publication, too much would be sold. For the same reason nothing is ever added
    for an order that the count contains and the storefront still subtracts: its export or its cancellation
    may end that at any moment.

    In this order: the counts, each less its warehouse's safety stock; unseen demand; the safety stock; the
    list's share; the ceiling; zero at least. No safety stock keeps back more than there is at its place in
    the sum, so each of them can only lower the allocation, never raise it.
    """
    considered = counted(policy, counts)
    terms = [*_warehouses(sku, policy, considered), *_unseen(policy, considered, demand)]
    terms += _share(sku, policy, _sum(terms))
    terms += _withheld(sku, policy, _sum(terms))
    if (wanted := _sum(terms)) < 0:
        terms.append(("floor at zero", -wanted))
    return Target(sku=sku, allocation=_sum(terms), terms=tuple(terms), manner=policy.manner_of(sku))


def counted(policy: StockPolicy, counts: Sequence[Count]) -> list[Count]:
    """Return the counts in the site's order of warehouses; of a warehouse with two names the later one."""
    newest: dict[str, Count] = {}
    # Our own word that a warehouse has none is no count: it never hides what is told under the other name.
    for count in sorted(counts, key=lambda one: (one.missing_since is None, one.as_of, one.sequence)):
        newest[policy.warehouse(count.warehouse)] = count
    return [newest[name] for name in policy.warehouses if name in newest]


def gone(policy: StockPolicy, count: Count) -> bool:
    """Tell whether the count is of a SKU that the warehouse has stopped telling of, and counts no longer."""
    return policy.disappeared == "zero" and count.missed >= policy.disappeared_after


def uncounted(policy: StockPolicy, counts: Sequence[Count]) -> list[str]:
    """Return the site's warehouses that have not counted the SKU; while there are any, nothing is published.

    A missing count is not a count of nothing: the warehouse may owe more than it has, and which orders its
    number contains is not known either. The count of one warehouse alone could therefore be too much. What
    settles it is a whole answer of the warehouse system (a pull of everything, or of named SKUs) that has the
    SKU elsewhere and not here: it lists every record there is, so here is none. The store keeps that as a
    count of 0 with the sequence 0, which any true record replaces.

    A site may say that what is not counted is zero; then one warehouse's count is enough.
    """
    names = {policy.warehouse(count.warehouse) for count in counts}
    missing = [name for name in policy.warehouses if name not in names]
    some = len(missing) < len(policy.warehouses)
    return [] if some and policy.uncounted == "zero" else missing


def _warehouses(sku: str, policy: StockPolicy, considered: Sequence[Count]) -> Iterator[Term]:
    for count in considered:
        name = policy.warehouse(count.warehouse)
        told = "" if name == count.warehouse else f" (told as {count.warehouse})"
        yield f"available {name}{told}", count.available
        units = count.available
        if gone(policy, count) and units > 0:
            yield f"no longer told of by {name}", -units
            units = 0
        safety, scope = policy.safety_of(sku, name)
        if kept := withheld(safety, units):
            yield f"safety stock ({scope}, {safety})", -kept
    for name in _not_counted(policy, considered):
        yield f"not counted {name}", 0


def _not_counted(policy: StockPolicy, considered: Sequence[Count]) -> list[str]:
    names = {policy.warehouse(count.warehouse) for count in considered}
    return [name for name in policy.warehouses if name not in names and policy.uncounted == "zero"]


def _unseen(policy: StockPolicy, considered: Sequence[Count], demand: Sequence[Demand]) -> Iterator[Term]:
    """One term per order and basket, whatever the number of lines that name the SKU."""
    terms: Counter[str] = Counter()
    for one in demand:
        whose = "" if one.own else " (of another list)"
        if one.until is not None:
            terms[f"basket {one.order_no} holds it until {one.until:%H:%M:%S} UTC{whose}"] -= one.quantity
        elif one.accepted_at is not None and not contained(one, considered, policy):
            terms[f"order {one.order_no} not in the count{whose}"] -= one.quantity
    yield from terms.items()


def _share(sku: str, policy: StockPolicy, units: int) -> Iterator[Term]:
    """What other lists may sell of the same units; each list's offer is at most what is left for it."""
    if policy.share.kind == "quota" and units > 0:
        yield f"other lists' share (quota {policy.share.quota})", policy.share.quota.down(units) - units
    for senior in policy.share.seniors:
        offered = _offer(sku, senior, units)
        units -= offered
        if offered:
            yield f"list {senior.inventory_list} goes first", -offered


def _withheld(sku: str, policy: StockPolicy, units: int) -> Iterator[Term]:
    safety, scope = policy.safety_of(sku)
    if kept := withheld(safety, units):
        note = f" ({scope}, {safety})" if scope != "site" or not isinstance(safety, int) else ""
        yield f"safety stock{note}", -kept
        units -= kept
    ceiling = policy.ceiling_of(sku)
    if ceiling is not None and units > ceiling:
        yield "ceiling", ceiling - units


def _offer(sku: str, policy: StockPolicy, units: int) -> int:
    """How much a list that goes first offers of the units that are left for it."""
    return max(0, units + _sum(_withheld(sku, policy, units)))


def _sum(terms: Iterator[Term] | Sequence[Term]) -> int:
    return sum(units for _, units in terms)
