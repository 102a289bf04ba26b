"""Drift: where the storefront's record of a SKU is not what it was last given."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sync.core.inventory.policy import Manner
from sync.core.inventory.promise import AS_IT_IS
from sync.core.inventory.published import Published

# By so much the storefront's clock may differ from ours, where it takes its own time for a write's.
CLOCKS = timedelta(seconds=5)
# It keeps times to the millisecond, at best.
_GRAIN = timedelta(milliseconds=1)


class Kind(StrEnum):
    """What is otherwise than it was written."""

    ALLOCATION = "allocation"
    TIME = "time"
    MANNER = "manner"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the storefront's record of a SKU holds, sales left aside.

    `at` is when it says that the number was true, `changed` when the record was last written; None where it
    does not say.
    """

    units: Decimal
    at: datetime | None
    changed: datetime | None = None
    manner: Manner = AS_IT_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A difference; `since` is the earliest moment that it can have come about."""

    sku: str
    kind: Kind
    ours: str
    theirs: str
    since: datetime | None


def drift(sku: str, published: Published, shown: Shown | None) -> Drift | None:
    """Return how the record differs from the last confirmed write, None when it does not.

    Only what sales and exports leave alone is compared: the number that was written, not what is left of it;
    the moment it was true, after which sales count against it; and the manner of the offer, as far as it was
    written at all.
    """
    if shown is None:
        ours = f"{published.allocation}"
        return Drift(sku=sku, kind=Kind.MISSING, ours=ours, theirs="no record", since=published.finished_at)
    since = _since(published, shown)
    for kind, ours, theirs in _differences(published, shown):
        return Drift(sku=sku, kind=kind, ours=ours, theirs=theirs, since=since)
    return None


def extra(sku: str, shown: Shown) -> Drift:
    """Return the finding about a record that nobody here has written, of a SKU that was never counted."""
    since = shown.at or shown.changed
    return Drift(sku=sku, kind=Kind.EXTRA, ours="never counted", theirs=_number(shown.units), since=since)


def _differences(published: Published, shown: Shown) -> Iterator[tuple[Kind, str, str]]:
    if shown.units != published.allocation:
        yield Kind.ALLOCATION, f"{published.allocation}", _number(shown.units)
    if shown.at is not None and not _is_ours(shown.at, published):
        yield Kind.TIME, _moment(published.started_at), _moment(shown.at)
    for name in Manner.__slots__:
        ours, theirs = getattr(published.manner, name), getattr(shown.manner, name)
        if ours is not None and not _same(ours, theirs):
            yield Kind.MANNER, f"{name} {ours}", f"{name} {theirs}"


def _is_ours(at: datetime, published: Published) -> bool:
    """Tell whether it is the moment that we gave, or, where that is ignored, the moment of our write."""
    given = published.started_at
    return given - _GRAIN <= at <= given or given - CLOCKS <= at <= published.finished_at + CLOCKS


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, datetime) and isinstance(theirs, datetime):
        return abs(ours - theirs) <= _GRAIN
    return ours == theirs


def _since(published: Published, shown: Shown) -> datetime:
    """The record's own last change, where it is later than ours; else just after ours."""
    told = [at for at in (shown.changed, shown.at) if at is not None and at > published.finished_at]
    return min(told, default=published.finished_at)


def _number(units: Decimal) -> str:
    return f"{units.normalize():f}"


def _moment(at: datetime) -> str:
    return f"true at {at.isoformat(timespec='milliseconds')}"
