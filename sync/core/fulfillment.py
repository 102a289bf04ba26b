"""What the warehouse did with an order: facts in, one consistent state, one outcome per fact."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sync.core.messages import Outcome


class Stage(StrEnum):
    """How far a shipment has come; `rank` orders them, and a shipment never goes back."""

    ACCEPTED = "accepted"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    CANCELED = "canceled"

    @property
    def rank(self) -> int:
        """Position in the order of stages; shipped beats canceled, since goods that left have left."""
        return _RANKS[self]


# The report of returns and the push about one of them are written within moments of each other.
SAME_RETURN = timedelta(hours=12)

_RANKS = {Stage.ACCEPTED: 0, Stage.PICKED: 1, Stage.PACKED: 2, Stage.CANCELED: 3, Stage.SHIPPED: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Units of a SKU; `item_id` is the storefront's line id when the warehouse returned it."""

    sku: str
    quantity: int
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFact:
    """One warehouse shipment as seen at one moment."""

    shipment: str
    stage: Stage
    items: tuple[Item, ...] = ()
    carrier: str = ""
    service: str = ""
    parcels: tuple[str, ...] = ()
    tracking_url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFact:
    """Goods that came back; `return_id` is the warehouse's own number.

    A `provisional` id was made up because the source does not tell the number; `aliases` are the ids
    under which another source told of the same goods.
    """

    return_id: str
    items: tuple[Item, ...]
    at: datetime
    reason: str = ""
    refund: bool = False
    provisional: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the warehouse says about one reference; `at` is when it was true.

    A snapshot of shipments (events, detail, despatches) and/or returns. `sequence` orders facts
    about the same reference where the source gives one.
    """

    reference: str
    at: datetime
    shipments: tuple[ShipmentFact, ...] = ()
    returns: tuple[ReturnFact, ...] = ()
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What is known of one warehouse shipment, joined over all facts in any order."""

    name: str
    reference: str
    stage: Stage = Stage.ACCEPTED
    reached: Mapping[Stage, datetime] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    items_as_of: tuple[int, datetime, int] | None = None  # rank, time, sequence of the fact that told them
    carrier: str = ""
    service: str = ""
    parcels: tuple[str, ...] = ()
    tracking_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of an order's fulfillment: shipments by name, returns by id."""

    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    returns: Mapping[str, ReturnFact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The new state, the outcome of the fact, and what changed."""

    known: Known
    outcome: Outcome
    reached: tuple[tuple[str, Stage], ...] = ()
    returned: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def advance(known: Known, fact: Fact) -> Advance:
    """Join a fact into what is known; the result is the same whatever order the facts arrive in.

    Stages only move forward, parcels and returns are sets, and the items of a shipment are those of
    the fact furthest along (stage, time, sequence), because a split moves lines between shipments.
    The outcome is applied when anything new was learned, duplicate when the fact is known already,
    superseded when it is older than what is known. A cancellation of goods that had left (or a
    despatch of a canceled shipment) is a conflict for a person; the goods' truth wins.
    """
    shipments = dict(known.shipments)
    reached: list[tuple[str, Stage]] = []
    conflicts: list[str] = []
    late = False
    for seen in fact.shipments:
        before = shipments.get(seen.shipment) or Shipment(name=seen.shipment, reference=fact.reference)
        after = _join(before, seen, fact)
        late |= seen.stage.rank < before.stage.rank
        if seen.shipment not in shipments or after.stage is not before.stage:
            reached.append((seen.shipment, after.stage))
        if {before.stage, seen.stage} == {Stage.SHIPPED, Stage.CANCELED}:
            conflicts.append(f"shipment {seen.shipment} was shipped and canceled")
        shipments[seen.shipment] = after
    returns = dict(known.returns)
    for goods in fact.returns:
        key = _same_return(returns, goods)
        returns[key] = _merged(returns.get(key), goods)
    returned = tuple(key for key in returns if key not in known.returns)
    after_all = Known(shipments=shipments, returns=returns)
    return Advance(
        known=after_all,
        outcome=_outcome(changed=after_all != known, late=late and not reached and not returned),
        reached=tuple(reached),
        returned=returned,
        conflicts=tuple(conflicts),
    )


def _outcome(*, changed: bool, late: bool) -> Outcome:
    if late:
        return Outcome.SUPERSEDED
    return Outcome.APPLIED if changed else Outcome.DUPLICATE


def _join(before: Shipment, seen: ShipmentFact, fact: Fact) -> Shipment:
    at = seen.at or fact.at
    earlier = before.reached.get(seen.stage)
    reached = {**before.reached, seen.stage: min(at, earlier) if earlier else at}
    as_of = (seen.stage.rank, fact.at, fact.sequence)
    newer = bool(seen.items) and (
        before.items_as_of is None
        or (as_of, _content(seen.items)) > (before.items_as_of, _content(before.items))
    )
    return replace(
        before,
        stage=max(before.stage, seen.stage, key=lambda stage: stage.rank),
        reached=reached,
        items=seen.items if newer else before.items,
        items_as_of=as_of if newer else before.items_as_of,
        # The greater text wins: any rule that does not depend on arrival would do, and a name beats none.
        carrier=max(before.carrier, seen.carrier),
        service=max(before.service, seen.service),
        parcels=tuple(sorted({*before.parcels, *seen.parcels})),
        tracking_url=max(before.tracking_url, seen.tracking_url),
    )


def _content(items: tuple[Item, ...]) -> list[tuple[str, int, str]]:
    return sorted((item.sku, item.quantity, item.item_id) for item in items)


def _same_return(returns: Mapping[str, ReturnFact], seen: ReturnFact) -> str:
    """Return the key under which these goods are known already, else their own id.

    One source numbers returns and another does not: the first return of the other kind with the same
    units at about the same time is taken for the same, once.
    """
    for key, other in sorted(returns.items()):
        if seen.return_id in {key, *other.aliases}:
            return key
    for key, other in sorted(returns.items()):
        untold = other.provisional is not seen.provisional and not other.aliases
        if untold and _units(other.items) == _units(seen.items) and abs(other.at - seen.at) <= SAME_RETURN:
            return key
    return seen.return_id


def _merged(known: ReturnFact | None, seen: ReturnFact) -> ReturnFact:
    if known is None:
        return seen
    if seen.return_id == known.return_id:
        newest = max(known, seen, key=lambda r: (r.at, _content(r.items), r.reason, r.refund))
        return replace(newest, aliases=known.aliases)
    return replace(
        known,
        reason=max(known.reason, seen.reason),
        refund=known.refund or seen.refund,
        aliases=(seen.return_id,),
    )


def _units(items: tuple[Item, ...]) -> Counter[str]:
    units: Counter[str] = Counter()
    for item in items:
        units[item.sku] += item.quantity
    return units
