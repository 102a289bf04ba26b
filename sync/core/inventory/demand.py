"""Demand: the units of orders, and which counts contain them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.inventory.counts import Count
from sync.core.inventory.policy import StockPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Units of a SKU in an order that Orderbridge has read.

    `stamp` went to the warehouse with the order; `accepted_at` is when the warehouse took it, None
    before; `exported_at` is when the storefront was told, None before. An order that is not `own` was sold
    from another list, so this one's storefront record never counted it.

    With `until` it is no order, but the basket `order_no` that holds the units until then: no count contains
    them, and no storefront subtracts them.
    """

    order_no: str
    sku: str
    quantity: int
    stamp: datetime
    accepted_at: datetime | None = None
    exported_at: datetime | None = None
    own: bool = True
    until: datetime | None = None


def contained(demand: Demand, counts: Sequence[Count], policy: StockPolicy) -> bool:
    """Tell whether every one of `counts` surely contains the demand.

    Accepted before the count was taken, and by the echoed stamp where the warehouse gives one, else
    clearly (`as_of_margin` seconds) before. A stamp alone proves nothing: an order that is taken at its
    second attempt, or through another channel, may have an older stamp than one that was taken before it.
    All warehouses must contain it, since which one serves the order is the warehouse's secret.
    """
    return demand.until is None and bool(counts) and all(_contains(count, demand, policy) for count in counts)


def _contains(count: Count, demand: Demand, policy: StockPolicy) -> bool:
    if demand.accepted_at is None:
        return False
    if count.last_exported is not None:
        return demand.stamp <= count.last_exported and demand.accepted_at <= count.as_of
    return demand.accepted_at + timedelta(seconds=policy.as_of_margin) <= count.as_of
