"""Where the order is, in a sentence that can be read out on the phone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sync.core.fulfillment import Shipment, Stage
from sync.core.goods import units
from sync.core.messages import NOTHING_TO_SHIP, Outcome, State, Topic
from sync.core.ports.conflicts import ConflictState
from sync.core.returns import Coming, distinct
from sync.core.sites import Site
from sync.core.timeline.facts import carrier
from sync.core.timeline.trail import Happened, Trail
from sync.core.tracking import page

_WAITS = ("order.held", "order.not_placed", "customer.unlinked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The sentence, where the newest parcel can be followed, and what waits for a person."""

    sentence: str
    track: str = ""
    attention: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person reads first, most needed first."""
        return tuple(filter(None, [self.sentence, self.track, *self.attention]))


def summary(trail: Trail, site: Site, zone: tzinfo) -> Summary:
    """Return where the order is; times in `zone`, with their offset."""
    sentence = _going(trail, zone) if trail.accepted else _coming(trail, zone)
    return Summary(sentence=sentence, track=_track(trail, site), attention=tuple(_attention(trail)))


def moment(at: datetime, zone: tzinfo) -> str:
    """Return a time as a person says it, its offset always with it."""
    offset = at.astimezone(zone).strftime("%z")
    return f"{at.astimezone(zone):%d %b %Y %H:%M} {offset[:3]}:{offset[3:5]}"


def _coming(trail: Trail, zone: tzinfo) -> str:
    """Before the warehouse has the order."""
    placed = [one for one in trail.happened if one.topic == Topic.ORDER_PLACED]
    last = max(placed, key=lambda one: one.id, default=None)
    if last is None:
        return "Not with the warehouse yet."
    if last.state == State.DEAD:
        why = "; ".join(f"{path} {reason}" for path, reason in last.fields.items()) or last.detail
        return f"Rejected on {moment(last.settled_at or last.received_at, zone)}: {last.code}: {why}"
    if last.state == State.DONE and last.outcome == Outcome.SUPERSEDED:
        return f"Closed without a hand-over: {last.note or 'superseded'}."
    if last.note.startswith(NOTHING_TO_SHIP):
        return f"Closed: {last.note}."
    since = moment(min(one.received_at for one in placed), zone)
    if last.code in _WAITS:
        return f"Held since {since}: {last.detail}."
    after = f", after {last.attempts} attempts: {last.code}" if last.code else ""
    return f"Received on {since}, on its way to the warehouse{after}."


def _going(trail: Trail, zone: tzinfo) -> str:
    shipments = list(trail.known.shipments.values())
    left = [one for one in shipments if one.stage is Stage.SHIPPED]
    given_up = sum((units(one.given_up) for one in shipments), Counter[str]())
    alive = [one for one in shipments if one.stage is not Stage.CANCELED]
    parts = [_shipped(trail, left, alive, zone)] if left else [_waiting(trail, shipments, zone)]
    if given_up and (left or alive):
        parts.append(f"canceled: {_counted(given_up)}")
    parts += _back(trail)
    return "; ".join(parts) + "."


def _shipped(trail: Trail, left: Sequence[Shipment], alive: Sequence[Shipment], zone: tzinfo) -> str:
    when = moment(max(one.reached[Stage.SHIPPED] for one in left), zone)
    names = " and ".join(dict.fromkeys(filter(None, map(carrier, left))))
    parcels = _number(sum(len(one.parcels) for one in left), "parcel")
    since = f"{f' with {names}' if names else ''}, {'the last ' if len(left) > 1 else ''}on {when}"
    rest = [one for one in alive if one.stage is not Stage.SHIPPED]
    missing = _missing(trail) if not rest else Counter[str]()
    if not rest and not missing:
        return f"Shipped in full: {_number(len(left), 'shipment')} ({parcels}){since}"
    waits = ", ".join(f"{one.name} is {one.stage}" for one in rest) or f"still to come: {_counted(missing)}"
    goods = f"{len(left)} of {_number(len(alive), 'shipment')}" if rest else _number(len(left), "shipment")
    return f"Partly shipped: {goods} ({parcels}){since}; {waits}"


def _missing(trail: Trail) -> Counter[str]:
    """What was ordered and was seen in no shipment, neither going nor given up."""
    ordered = sum((Counter(part.units) for part in trail.handed_over), Counter[str]())
    seen = (units(one.items) | units(one.given_up) for one in trail.known.shipments.values())
    whole = {part.reference for part in trail.handed_over} <= trail.known.complete
    untold = any(not one.items for one in trail.known.shipments.values())
    return Counter() if whole or untold else ordered - sum(seen, Counter[str]())


def _waiting(trail: Trail, shipments: Sequence[Shipment], zone: tzinfo) -> str:
    """Nothing has left yet, or ever will."""
    reached = [(one.stage.rank, one.reached[one.stage], one.stage) for one in shipments]
    if reached and all(stage is Stage.CANCELED for _, _, stage in reached):
        return f"Canceled on {moment(max(at for _, at, _ in reached), zone)}, nothing was shipped"
    alive = [one for one in reached if one[2] is not Stage.CANCELED]
    if alive:
        _, at, stage = max(alive)
        return f"In the warehouse, {stage} since {moment(at, zone)}; nothing has left yet"
    at = max(part.accepted_at or part.placed_at for part in trail.handed_over)
    return f"With the warehouse since {moment(at, zone)}; it has not told more yet"


def _back(trail: Trail) -> list[str]:
    facts = distinct(trail.known.returns)
    words = {Coming.RECEIVED: "returned", Coming.EXPECTED: "coming back", Coming.REFUSED: "return refused"}
    told = []
    for state, word in words.items():
        mine = [fact for fact in facts if fact.state is state]
        if mine:
            refund = ", money to be given back" if any(fact.refund for fact in mine) else ""
            told.append(f"{word}: {_counted(sum((units(f.items) for f in mine), Counter[str]()))}{refund}")
    return told


def _track(trail: Trail, site: Site) -> str:
    left = [one for one in trail.known.shipments.values() if one.stage is Stage.SHIPPED and one.parcels]
    if not left:
        return ""
    newest = max(left, key=lambda one: (one.reached[Stage.SHIPPED], one.name))
    more = sum(len(one.parcels) for one in left) - 1
    others = f" (and {more} more below)" if more else ""
    number = newest.parcels[-1]
    return f"Follow {number}{others}: {page(site, newest, number) or 'no page is known'}"


def _attention(trail: Trail) -> Iterable[str]:
    waiting = [one for one in trail.disputed if one.state == ConflictState.OPEN]
    yield from (f"ALARM, conflict {one.id}: {one.field}: {one.detail}" for one in waiting if one.alarm)
    ordinary = [one for one in waiting if not one.alarm]
    if ordinary:
        fields = ", ".join(dict.fromkeys(one.field for one in ordinary))
        yield f"A person must decide {_number(len(ordinary), 'conflict')}: {fields}"
    dead = [one for one in trail.happened if one.state == State.DEAD and not _is_told(trail, one)]
    if dead:
        codes = ", ".join(dict.fromkeys(one.code for one in dead))
        yield f"{_number(len(dead), 'dead letter')}: {codes}"


def _is_told(trail: Trail, one: Happened) -> bool:
    """The sentence itself is about it."""
    return not trail.accepted and one.topic == Topic.ORDER_PLACED


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} x {sku}" for sku, count in sorted(counts.items()) if count > 0)


def _number(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
