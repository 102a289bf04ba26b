"""Available to promise: from the warehouse's counts to the allocation that the storefront is given."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.errors import Rejected
from sync.core.sites import StockPolicy

# A SKU that the storefront refuses is tried again after this long, then after twice as long, ...
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


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


class Unreadable(Rejected):
    """Some products of a stock document cannot be read; `counts` are the good ones not yet given.

    `skus` are the ones with a bad product, None when there were too many to name.
    """

    def __init__(
        self, fields: Mapping[str, str], bad: int, counts: Sequence[Count], skus: Collection[str] | None
    ) -> None:
        """Tell of `bad` products, by the paths in `fields`, which may be fewer."""
        first = next((f"{path}: {reason}" for path, reason in fields.items()), "")
        super().__init__("stock.invalid", f"{bad} products cannot be read, the first: {first}", fields=fields)
        self.bad = bad
        self.counts = counts
        self.skus = skus

    @classmethod
    def of(cls, errors: Sequence["Unreadable"]) -> "Unreadable":
        """Return the errors of several documents as one."""
        fields = {path: reason for error in errors for path, reason in error.fields.items()}
        skus = [error.skus for error in errors]
        named = None if None in skus else {sku for some in skus for sku in some or ()}
        return cls(fields, sum(error.bad for error in errors), [], named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A SKU that the storefront refused `times` in a row; it is not tried before `next_at`."""

    inventory_list: str
    sku: str
    code: str
    detail: str
    remote_status: int | None
    times: int
    since: datetime
    next_at: datetime


def newest_of(counts: Iterable[Count]) -> list[Count]:
    """Return the newest of repeated counts, sorted; of one organisation, SKU and warehouse."""
    newest: dict[tuple[str, str, str], Count] = {}
    for count in counts:
        key = (count.organisation, count.sku, count.warehouse)
        other = newest.get(key)
        if other is None or (count.sequence, count.as_of) > (other.sequence, other.as_of):
            newest[key] = count
    return sorted(newest.values(), key=lambda c: (c.organisation, c.sku, c.warehouse))


def pause(times: int) -> timedelta:
    """Return how long to leave a SKU alone that was refused `times` in a row, from 1."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * int(2 ** min(times - 1, 30)))


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

    A written allocation shrinks by itself as its orders are exported (turnover), and grows again where one of
    them is canceled afterwards, which we may learn of late. `exported_at` is when we learned of an export, so
    whatever was learned since that write leaves open what is shown: write again, and it is known.
    """
    if published is None or wanted.allocation != published.allocation:
        return True
    return any(d.exported_at is not None and d.exported_at >= published.started_at for d in demand)
