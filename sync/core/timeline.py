"""The story of one order in one list: what the systems did, what we told whom, and what is still open."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.core.codes import CODES
from sync.core.fulfillment import Coming, Item, Known, PaymentRequest, ReturnFact, Shipment, Stage
from sync.core.messages import NOTHING_TO_SHIP, Outcome, State, Topic
from sync.core.returns import distinct
from sync.core.sites import Site
from sync.core.tracking import page


class What(StrEnum):
    """The kind of an entry; the order of the members breaks ties of time."""

    PLACED = "placed"
    RECEIVED = "received"
    HANDED_OVER = "handed over"
    ACCEPTED = "accepted"
    PICKED = "picked"
    PACKED = "packed"
    PAYMENT_REQUESTED = "payment requested"
    SHIPPED = "shipped"
    CANCELED = "canceled"
    RETURNED = "returned"
    TOLD = "storefront told"
    CLOSED = "closed"
    CONFLICT = "conflict"
    DEAD = "dead letter"
    PENDING = "pending"


_RANK = {what: rank for rank, what in enumerate(What)}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """One warehouse reference of the order."""

    reference: str
    placed_at: datetime
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A message of the order as the ledger keeps it now."""

    id: int
    topic: str
    state: str
    body: str
    received_at: datetime
    next_attempt_at: datetime
    settled_at: datetime | None = None
    outcome: str = ""
    note: str = ""
    attempts: int = 0
    code: str = ""
    detail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A conflict about the order."""

    field: str
    detail: str
    at: datetime
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Everything the ledger has of one order, raw."""

    site: str
    order_no: str
    handed_over: Sequence[HandedOver] = ()
    known: Known = field(default_factory=Known)
    happened: Sequence[Happened] = ()
    disputed: Sequence[Disputed] = ()

    @property
    def found(self) -> bool:
        """Tell whether the ledger knows the order at all."""
        return bool(self.handed_over or self.happened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the story; `facts` are JSON values (carrier, parcels, items, code, ...)."""

    at: datetime
    what: What
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry with its place in the order: never before what caused it, whatever the clocks say."""

    entry: Entry
    place: datetime


def timeline(trail: Trail, site: Site) -> list[Entry]:
    """Return the order's story, oldest first; the same whatever order the trail's parts come in.

    Times are each system's own. Where clocks disagree, an effect still follows its cause: a stage
    follows the hand-over and the stage before it.
    """
    placed = [*_handed_over(trail), *_fulfillment(trail, site)]
    placed += [_Placed(entry, entry.at) for entry in (*_messages(trail), *_disputes(trail))]
    return [one.entry for one in sorted(placed, key=_position)]


def _position(one: _Placed) -> tuple[datetime, int, str, str]:
    entry = one.entry
    return one.place, _RANK[entry.what], entry.text, json.dumps(dict(entry.facts), sort_keys=True)


def _handed_over(trail: Trail) -> Iterator[_Placed]:
    placed_at = min((part.placed_at for part in trail.handed_over), default=None)
    if placed_at is not None:
        yield _Placed(Entry(at=placed_at, what=What.PLACED, text="in the storefront"), placed_at)
    for part in trail.handed_over:
        if part.accepted_at is not None and placed_at is not None:
            text, facts = f"to the warehouse as {part.reference}", {"reference": part.reference}
            entry = Entry(at=part.accepted_at, what=What.HANDED_OVER, text=text, facts=facts)
            yield _Placed(entry, max(part.accepted_at, placed_at))


def _fulfillment(trail: Trail, site: Site) -> Iterator[_Placed]:
    handed = {part.reference: part.accepted_at for part in trail.handed_over}
    for shipment in trail.known.shipments.values():
        place = handed.get(shipment.reference)
        for stage in sorted(shipment.reached, key=lambda stage: stage.rank):
            at = shipment.reached[stage]
            place = at if place is None else max(at, place)
            yield _Placed(_stage(shipment, stage, at, site), place)
    for request in trail.known.payments.values():
        yield _Placed(_payment(request), max(request.at, handed.get(request.reference) or request.at))
    shipped = [s.reached[Stage.SHIPPED] for s in trail.known.shipments.values() if Stage.SHIPPED in s.reached]
    for fact in distinct(trail.known.returns):
        yield _Placed(_return(fact), max([fact.at, *([min(shipped)] if shipped else [])]))


def _stage(shipment: Shipment, stage: Stage, at: datetime, site: Site) -> Entry:
    items = shipment.given_up if stage is Stage.CANCELED and shipment.given_up else shipment.items
    facts: dict[str, object] = {"shipment": shipment.name, "items": _items(items)}
    text = f"shipment {shipment.name}"
    if items:
        text += f": {_listed(items)}"
    if stage is Stage.SHIPPED:
        parcels = [{"number": number, "url": page(site, shipment, number)} for number in shipment.parcels]
        facts |= {"carrier": shipment.carrier, "service": shipment.service, "parcels": parcels}
        # Many services carry the carrier's name already.
        carrier = "" if shipment.service.startswith(shipment.carrier) else shipment.carrier
        by = " ".join(filter(None, [carrier, shipment.service]))
        text += f" by {by}" if by else ""
    return Entry(at=at, what=What(str(stage)), text=text, facts=facts)


def _payment(request: PaymentRequest) -> Entry:
    text = f"for shipment {request.shipment}" + (f": {_listed(request.items)}" if request.items else "")
    facts = {"shipment": request.shipment, "items": _items(request.items)}
    return Entry(at=request.at, what=What.PAYMENT_REQUESTED, text=text, facts=facts)


def _return(fact: ReturnFact) -> Entry:
    why = "; ".join(filter(None, [fact.reason, fact.condition]))
    text = f"return {fact.return_id}: {_listed(fact.items)}" + (f" ({why})" if why else "")
    text += "" if fact.state is Coming.RECEIVED else f", {fact.state}"
    facts = {
        "return": fact.return_id,
        "items": _items(fact.items),
        "reason": fact.reason,
        "condition": fact.condition,
        "state": str(fact.state),
        "refund": fact.refund,
    }
    return Entry(at=fact.at, what=What.RETURNED, text=text, facts=facts)


def _items(items: Sequence[Item]) -> list[dict[str, object]]:
    return [{"sku": item.sku, "quantity": item.quantity} for item in items]


def _listed(items: Sequence[Item]) -> str:
    return ", ".join(f"{item.quantity} x {item.sku}" for item in items)


def _messages(trail: Trail) -> Iterator[Entry]:
    received = [message for message in trail.happened if message.topic == Topic.ORDER_PLACED]
    if received:
        first = min(received, key=lambda message: (message.received_at, message.id))
        yield Entry(at=first.received_at, what=What.RECEIVED, text="the storefront's event or the sweep")
    for message in trail.happened:
        entry = _message(message)
        if entry is not None:
            yield entry


def _message(message: Happened) -> Entry | None:
    """An open message is always shown; a finished one only where the story needs it."""
    settled = message.settled_at or message.received_at
    if message.state == State.DEAD:
        return _dead(message, settled)
    if message.state != State.DONE:
        return _pending(message)
    if message.topic == Topic.POSTING_PLANNED and message.outcome != Outcome.SUPERSEDED:
        facts = {"message": message.id, **_posting(message.body)}
        return Entry(at=settled, what=What.TOLD, text=_told(message), facts=facts)
    if message.outcome == Outcome.SUPERSEDED and message.note:
        text = f"{message.topic}: {message.note}"
        return Entry(at=settled, what=What.CLOSED, text=text, facts={"message": message.id})
    if message.topic == Topic.ORDER_PLACED and message.note.startswith(NOTHING_TO_SHIP):
        return Entry(at=settled, what=What.CLOSED, text=message.note, facts={"message": message.id})
    return None


def _dead(message: Happened, settled: datetime) -> Entry:
    facts: dict[str, object] = {
        "message": message.id,
        "topic": message.topic,
        "code": message.code,
        "detail": message.detail,
        "fields": dict(message.fields),
        "cure": CODES[message.code].cure if message.code in CODES else "",
    }
    return Entry(at=settled, what=What.DEAD, text=f"{_subject(message)}: {message.code}", facts=facts)


def _pending(message: Happened) -> Entry:
    facts: dict[str, object] = {
        "message": message.id,
        "topic": message.topic,
        "attempts": message.attempts,
        "code": message.code,
        "detail": message.detail,
    }
    text = _subject(message)
    if message.code:
        text += f", after {message.attempts} attempts, the last: {message.code}"
    # Work that is due now stands where it became due, else at the time of its next attempt.
    return Entry(at=message.next_attempt_at, what=What.PENDING, text=text, facts=facts)


def _subject(message: Happened) -> str:
    return _told(message) if message.topic == Topic.POSTING_PLANNED else message.topic


def _told(message: Happened) -> str:
    posting = _posting(message.body)
    kind, value = str(posting["posting"]).replace("_", " "), posting["value"]
    said = value if isinstance(value, str) else ""
    return f"{kind}: {said}" if said else kind


def _posting(body: str) -> dict[str, object]:
    """Return the kind and the gist of a planned posting: its status, its event, or the names it sets."""
    planned = json.loads(body)
    value = planned["value"]
    gist = value.get("status") if planned["kind"].endswith("_status") else None
    if gist is None:
        described = [value.get(name) for name in ("type", "description") if isinstance(value.get(name), str)]
        gist = " ".join(described) or ", ".join(sorted(value))
    return {"posting": planned["kind"], "key": planned["key"], "value": gist}


def _disputes(trail: Trail) -> Iterator[Entry]:
    for conflict in trail.disputed:
        facts = {"field": conflict.field, "resolved": conflict.resolved_at is not None}
        yield Entry(
            at=conflict.at, what=What.CONFLICT, text=f"{conflict.field}: {conflict.detail}", facts=facts
        )
