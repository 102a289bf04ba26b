"""Available to promise: from the warehouse's counts to the allocation that the storefront is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.sites import StockPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A warehouse's own available number of a SKU; may be negative.

    `sequence` orders counts of one (organisation, SKU, warehouse). `as_of` is a moment not later
    than the one the number was computed at. `last_exported` is the newest order stamp it contains.
    """

    organisation: str
    sku: str
    warehouse: str
    available: int
    sequence: int
    as_of: datetime
    last_exported: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Units of a SKU in an order that Orderbridge has read.

    `stamp` went to the warehouse with the order; `accepted_at` is when the warehouse took it, None
    before; `exported_at` is when the storefront was told, None before.
    """

    order_no: str
    sku: str
    quantity: int
    stamp: datetime
    accepted_at: datetime | None = None
    exported_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The allocation last written to the storefront, and the times around that write."""

    allocation: int
    started_at: datetime
    finished_at: datetime


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


def contained(demand: Demand, counts: Sequence[Count], policy: StockPolicy) -> bool:
    """Tell whether every one of `counts` surely contains the demand.

    Accepted before the count was taken, and by the echoed stamp where the warehouse gives one, else
    clearly (`as_of_margin` seconds) before. A stamp alone proves nothing: an order that is taken at its
    second attempt, or through another channel, may have an older stamp than one that was taken before it.
    All warehouses must contain it, since which one serves the order is the warehouse's secret.
    """
    return bool(counts) and all(_contains(count, demand, policy) for count in counts)


def _contains(count: Count, demand: Demand, policy: StockPolicy) -> bool:
    if demand.accepted_at is None:
        return False
    if count.last_exported is not None:
        return demand.stamp <= count.last_exported and demand.accepted_at <= count.as_of
    return demand.accepted_at + timedelta(seconds=policy.as_of_margin) <= count.as_of


def differs(wanted: Target, published: Published | None, demand: Sequence[Demand]) -> bool:
    """Tell whether the storefront must be written.

    A written allocation shrinks by itself as its orders are exported (turnover), so the value to
    compare with is what remains of the last one. `exported_at` is when we learned of an export; it
    happened at any time since the acceptance. Where that leaves open whether it came before that write
    or after, write again.
    """
    if published is None:
        return True
    exported = [d for d in demand if d.exported_at is not None and d.exported_at >= published.started_at]
    if any(d.accepted_at is None or d.accepted_at <= published.finished_at for d in exported):
        return True
    remaining = published.allocation - sum(d.quantity for d in exported)
    return wanted.allocation != remaining
