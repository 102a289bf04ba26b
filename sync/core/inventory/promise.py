"""Available to promise: from the warehouses' counts to the allocation that the storefront is given."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.core.inventory.counts import Count
from sync.core.inventory.demand import Demand, contained
from sync.core.inventory.policy import StockPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The allocation the storefront should have, with the sum that explains it, term by term."""

    sku: str
    allocation: int
    terms: tuple[tuple[str, int], ...]


def target(sku: str, policy: StockPolicy, counts: Sequence[Count], demand: Sequence[Demand]) -> Target:
    """Return the allocation for a list with on-order inventory switched on.

    The storefront itself subtracts every order it has not been told is exported. So we subtract
    only what it no longer subtracts and the count does not contain: orders the warehouse accepted
    that are not in the count. An accepted order is treated as exported from the moment of
    acceptance, because its export may land before this allocation does: too little for an instant
    is cured by the next publication, too much would be sold.
    """
    considered = [count for count in counts if count.warehouse in policy.warehouses]
    terms = [(f"available {count.warehouse}", count.available) for count in considered]
    if policy.safety_stock:
        terms.append(("safety stock", -policy.safety_stock))
    terms += [
        (f"order {d.order_no} not in the count", -d.quantity)
        for d in demand
        if d.accepted_at is not None and not contained(d, considered, policy)
    ]
    wanted = sum(value for _, value in terms)
    capped = wanted if policy.ceiling is None else min(wanted, policy.ceiling)
    if capped != wanted:
        terms.append(("ceiling", capped - wanted))
    if capped < 0:
        terms.append(("floor at zero", -capped))
    return Target(sku=sku, allocation=max(0, capped), terms=tuple(terms))


def uncounted(policy: StockPolicy, counts: Sequence[Count]) -> list[str]:
    """Return the site's warehouses that have not counted the SKU; while there are any, nothing is published.

    A missing count is not a count of nothing: the warehouse may owe more than it has, and which orders its
    number contains is not known either. The count of one warehouse alone could therefore be too much. What
    settles it is a whole answer of the warehouse system (a pull of everything, or of named SKUs) that has the
    SKU elsewhere and not here: it lists every record there is, so here is none. The store keeps that as a
    count of 0 with the sequence 0, which any true record replaces.
    """
    counted = {count.warehouse for count in counts}
    return [warehouse for warehouse in policy.warehouses if warehouse not in counted]
