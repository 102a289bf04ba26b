"""A number explained: the sum, what the storefront still subtracts from it, and why it is written or not."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.core.inventory.counts import Count
from sync.core.inventory.demand import Demand
from sync.core.inventory.policy import StockPolicy
from sync.core.inventory.promise import Target, Term, counted, target, uncounted
from sync.core.inventory.published import Published, Refusal, difference


class Matter(StrEnum):
    """What a person should know of a SKU's counts; the site's policy has dealt with it already."""

    NEGATIVE = "negative"
    UNCOUNTED = "uncounted"
    DISAPPEARED = "disappeared"
    RENAMED = "renamed"
    STRANGE = "strange warehouse"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a SKU that is out of the ordinary."""

    sku: str
    matter: Matter
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All that is known of a SKU on one list; `not_taken` are orders that the warehouse does not have."""

    sku: str
    counts: Sequence[Count]
    demand: Sequence[Demand]
    not_taken: Sequence[Demand]
    published: Published | None
    refusal: Refusal | None

    @property
    def known(self) -> bool:
        """Whether anything at all is known of it."""
        return bool(self.counts or self.demand or self.not_taken or self.published or self.refusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the storefront shows what it shows.

    `still` is what it subtracts itself from what it was given; `shown` what is left, None when it is not
    known what it was given. `why` tells why the next publication writes the SKU or not.
    """

    target: Target
    uncounted: Sequence[str]
    still: Sequence[Term]
    shown: int | None
    writes: bool
    why: str
    findings: Sequence[Finding]


def explanation(policy: StockPolicy, position: Position, now: datetime) -> Explanation:
    """Return the explanation of one SKU's number; as far as its orders are known here."""
    wanted = target(position.sku, policy, position.counts, position.demand)
    still, published = list(_still(position)), position.published
    shown = max(0, published.allocation + sum(units for _, units in still)) if published else None
    missing = uncounted(policy, position.counts)
    writes, why = _verdict(wanted, missing, position, now)
    return Explanation(
        target=wanted,
        uncounted=missing,
        still=still,
        shown=shown,
        writes=writes,
        why=why,
        findings=list(findings(policy, wanted, position.counts, policy.warehouses)),
    )


def _still(position: Position) -> Iterator[Term]:
    for one in position.not_taken:
        yield f"order {one.order_no}, not handed over yet", -one.quantity
    for one in position.demand:
        if not one.own or one.until is not None:
            continue
        if one.exported_at is None:
            yield f"order {one.order_no}, not known to be exported", -one.quantity
        elif position.published and one.exported_at >= position.published.started_at:
            yield f"order {one.order_no}, exported since the last write", -one.quantity


def _verdict(wanted: Target, missing: Sequence[str], position: Position, now: datetime) -> tuple[bool, str]:
    if missing:
        return False, f"not counted yet in {', '.join(missing)}: nothing is published for this SKU"
    why = difference(wanted, position.published, position.demand)
    if why is None:
        return False, "nothing differs from what was last written"
    if position.refusal and position.refusal.next_at > now:
        again = f"{position.refusal.next_at:%Y-%m-%d %H:%M:%S} UTC"
        return False, f"the storefront refuses it ({position.refusal.detail}); tried again from {again}"
    return True, why


def findings(
    policy: StockPolicy, wanted: Target, counts: Sequence[Count], known: Collection[str]
) -> Iterator[Finding]:
    """Yield what is out of the ordinary; `known` are the warehouses that any site of the organisation has."""
    negative = next((units for term, units in wanted.terms if term == "floor at zero"), 0)
    if negative:
        yield Finding(wanted.sku, Matter.NEGATIVE, f"{-negative} by the sum, offered as 0")
    if missing := uncounted(policy, counts):
        yield Finding(wanted.sku, Matter.UNCOUNTED, f"in {', '.join(missing)}: nothing is published")
    for count in counted(policy, counts):
        name = policy.warehouse(count.warehouse)
        if count.missed:
            detail = f"{name}: {count.missed} full pulls in a row did not tell of it ({policy.disappeared})"
            yield Finding(wanted.sku, Matter.DISAPPEARED, detail)
        if name != count.warehouse:
            yield Finding(wanted.sku, Matter.RENAMED, f"{count.warehouse} is taken as {name}")
    for name in sorted({count.warehouse for count in counts}):
        if policy.warehouse(name) not in {*known, *policy.warehouses}:
            yield Finding(wanted.sku, Matter.STRANGE, f"{name} is no site's warehouse: its count is ignored")
