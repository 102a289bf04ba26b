"""What the warehouse did with an order: facts in, one consistent state, one outcome per fact."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sync.core.commerce import Said
from sync.core.goods import Item, content, most
from sync.core.messages import Outcome
from sync.core.payments import PaymentRequest, joined
from sync.core.returns import Coming, ReturnFact, fresh, merged

__all__ = [
    "Advance",
    "Coming",
    "Fact",
    "Item",
    "Known",
    "PaymentRequest",
    "ReturnFact",
    "Shipment",
    "ShipmentFact",
    "Stage",
    "advance",
]


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


_RANKS = {Stage.ACCEPTED: 0, Stage.PICKED: 1, Stage.PACKED: 2, Stage.CANCELED: 3, Stage.SHIPPED: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFact:
    """One warehouse shipment as seen at one moment; `canceled` are lines given up while others go on."""

    shipment: str
    stage: Stage
    items: tuple[Item, ...] = ()
    canceled: tuple[Item, ...] = ()
    carrier: str = ""
    service: str = ""
    parcels: tuple[str, ...] = ()
    tracking_url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the warehouse says about one reference; `at` is when it was true.

    A snapshot of shipments (events, detail, despatches) and/or returns. `sequence` orders facts
    about the same reference where the source gives one. `complete`: nothing of the reference is left to do.
    `says` is what it tells of the commercial side, which is only ever compared; `whole`: all shipments are
    in it. `actor` is the warehouse's own user where it names one.
    """

    reference: str
    at: datetime
    shipments: tuple[ShipmentFact, ...] = ()
    returns: tuple[ReturnFact, ...] = ()
    payments: tuple[PaymentRequest, ...] = ()
    sequence: int = 0
    complete: bool = False
    actor: str = ""
    says: tuple[Said, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What is known of one warehouse shipment, joined over all facts in any order.

    `canceled` are the units of lines that were given up, `withdrawn` those of a shipment that was
    canceled as a whole; both only grow.
    """

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
    canceled: tuple[Item, ...] = ()
    withdrawn: tuple[Item, ...] = ()

    @property
    def left(self) -> tuple[Item, ...]:
        """What left the warehouse, as far as it was told when or after it left; this only grows."""
        told = self.items_as_of is None or self.items_as_of[0] == Stage.SHIPPED.rank
        return self.items if told and self.stage is Stage.SHIPPED else ()

    @property
    def given_up(self) -> tuple[Item, ...]:
        """What was canceled of it, at any time and in any way; this only grows."""
        return most(self.canceled, self.withdrawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of an order's fulfillment: shipments by name, returns by id, finished references.

    `payments` are the payment requests by shipment.
    """

    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    returns: Mapping[str, ReturnFact] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    payments: Mapping[str, PaymentRequest] = field(default_factory=dict)


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

    Stages only move forward; parcels, cancellations and returns are sets. The items of a shipment are
    those of the fact furthest along (stage, time, sequence), because a split moves lines between
    shipments; once goods have left, every word of them only adds. Returns are kept under the id they
    were told under, one that was reported and numbered under both: `distinct` says which are the same.
    The outcome is applied when anything new was learned, duplicate when the fact is known already,
    superseded when it is older than what is known, conflict when it contradicts it. A cancellation of
    goods that had left (or a despatch of a canceled shipment or order) is one for a person; the goods'
    truth wins.
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
    conflicts += _despite(known.shipments, shipments, fact.reference)
    returns = dict(known.returns)
    for goods in fact.returns:
        filed = replace(goods, reference=goods.reference or fact.reference)
        returns[goods.return_id] = merged(returns.get(goods.return_id), filed)
    returned = tuple(new.return_id for _, new in fresh(known.returns, returns))
    complete = known.complete | {fact.reference} if fact.complete else known.complete
    payments = dict(known.payments)
    for request in fact.payments:
        payments = joined(payments, replace(request, reference=fact.reference))
    after_all = Known(shipments=shipments, returns=returns, complete=complete, payments=payments)
    return Advance(
        known=after_all,
        outcome=_outcome(
            changed=after_all != known,
            late=late and not reached and not returned,
            disputed=bool(conflicts),
        ),
        reached=tuple(reached),
        returned=returned,
        conflicts=tuple(conflicts),
    )


def _outcome(*, changed: bool, late: bool, disputed: bool) -> Outcome:
    if disputed and changed:
        return Outcome.CONFLICT
    if late:
        return Outcome.SUPERSEDED
    return Outcome.APPLIED if changed else Outcome.DUPLICATE


def _despite(before: Mapping[str, Shipment], after: Mapping[str, Shipment], reference: str) -> list[str]:
    """A cancellation without shipments is filed under the reference itself: it is about all of them."""

    def left(shipments: Mapping[str, Shipment]) -> set[str]:
        whole = shipments.get(reference)
        if whole is None or whole.stage is not Stage.CANCELED:
            return set()
        return {
            name
            for name, one in shipments.items()
            if one.reference == reference and one.stage is Stage.SHIPPED
        }

    return [
        f"shipment {name} was shipped, and all of {reference} was canceled"
        for name in sorted(left(after) - left(before))
    ]


def _join(before: Shipment, seen: ShipmentFact, fact: Fact) -> Shipment:
    at = seen.at or fact.at
    reached = dict(before.reached)
    for stage in {seen.stage, *([Stage.CANCELED] if seen.canceled else [])}:
        reached[stage] = min(at, reached.get(stage, at))
    items, as_of = _items(before, seen, (seen.stage.rank, fact.at, fact.sequence))
    return replace(
        before,
        stage=max(before.stage, seen.stage, key=lambda stage: stage.rank),
        reached=reached,
        items=items,
        items_as_of=as_of,
        # The greater text wins: any rule that does not depend on arrival would do, and a name beats none.
        carrier=max(before.carrier, seen.carrier),
        service=max(before.service, seen.service),
        parcels=tuple(sorted({*before.parcels, *seen.parcels})),
        tracking_url=max(before.tracking_url, seen.tracking_url),
        canceled=most(before.canceled, seen.canceled),
        withdrawn=most(before.withdrawn, seen.items if seen.stage is Stage.CANCELED else ()),
    )


_AsOf = tuple[int, datetime, int]


def _items(before: Shipment, seen: ShipmentFact, as_of: _AsOf) -> tuple[tuple[Item, ...], _AsOf | None]:
    # Joined with nothing, so that the same goods are always written in the same order.
    items = most((), seen.items)
    if not items:
        return before.items, before.items_as_of
    if before.items_as_of is None:
        return items, as_of
    if as_of[0] == before.items_as_of[0] == Stage.SHIPPED.rank:
        return most(before.items, items), max(as_of, before.items_as_of)
    if (as_of, content(items)) > (before.items_as_of, content(before.items)):
        return items, as_of
    return before.items, before.items_as_of
