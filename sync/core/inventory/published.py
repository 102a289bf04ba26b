"""Publications: what the storefront was given, what it refused, and whether it must be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.inventory.demand import Demand
from sync.core.inventory.policy import Manner
from sync.core.inventory.promise import AS_IT_IS, Target

# A SKU that the storefront refuses is tried again after this long, then after twice as long, ...
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The allocation last written to the storefront, and the times around that write."""

    allocation: int
    started_at: datetime
    finished_at: datetime
    manner: Manner = AS_IT_IS


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


def pause(times: int) -> timedelta:
    """Return how long to leave a SKU alone that was refused `times` in a row, from 1."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * int(2 ** min(times - 1, 30)))


def rests(refusal: Refusal, now: datetime, afresh: datetime | None = None) -> bool:
    """Tell whether a refused SKU is left alone for now; one not tried since `afresh` is not."""
    tried = refusal.next_at - pause(refusal.times)
    return refusal.next_at > now and (afresh is None or tried >= afresh)


def crosses_zero(wanted: Target, published: Published | None) -> bool:
    """Tell whether the write would take the SKU off sale, or bring it back: what nobody should wait for."""
    return published is not None and (wanted.allocation == 0) != (published.allocation == 0)


def differs(wanted: Target, published: Published | None, demand: Sequence[Demand]) -> bool:
    """Tell whether the storefront must be written."""
    return difference(wanted, published, demand) is not None


def difference(wanted: Target, published: Published | None, demand: Sequence[Demand]) -> str | None:
    """Return why the storefront must be written, None when it has what it should.

    A written allocation shrinks by itself as its orders are exported (turnover), and grows again where one of
    them is canceled afterwards, which we may learn of late. `exported_at` is when we learned of an export, so
    whatever was learned since that write leaves open what is shown: write again, and it is known.
    """
    if published is None:
        return "it was never written, or it is not known how its last write ended"
    if wanted.allocation != published.allocation:
        return f"{published.allocation} was written, {wanted.allocation} is right now"
    if wanted.manner not in (AS_IT_IS, published.manner):
        return "it is to be offered in another manner than it was written in"
    for one in demand:
        if one.own and one.exported_at is not None and one.exported_at >= published.started_at:
            return f"the export of order {one.order_no} was learned of after the last write"
    return None
