"""What became of the order's messages: received, held, told, refused, still open."""

import json
from collections.abc import Iterator
from datetime import datetime

from sync.core.amendments import AMENDED, CANCEL_REFUSED
from sync.core.codes import CODES
from sync.core.messages import NOTHING_TO_SHIP, Origin, Outcome, State, Topic
from sync.core.timeline.entry import Entry, Source, What
from sync.core.timeline.trail import Happened, Trail

_SOURCES = {Origin.STOREFRONT: Source.STOREFRONT, Origin.WAREHOUSE: Source.WAREHOUSE}
_CANCELING = {
    "order.cancel_requested": "the storefront asks to cancel",
    "order.canceled": "canceled in the storefront",
    "order.cancelled": "canceled in the storefront",
}
_NOTES = {CANCEL_REFUSED: What.CANCEL_REFUSED, AMENDED: What.AMENDED}


def work(trail: Trail) -> Iterator[Entry]:
    """Yield the entries; an open message is always shown, a finished one only where the story needs it."""
    received = [message for message in trail.happened if message.topic == Topic.ORDER_PLACED]
    if received:
        first = min(received, key=lambda message: (message.received_at, message.id))
        yield _entry(first, first.received_at, What.RECEIVED, "the storefront's event or the sweep", {})
    for held in trail.held:
        text = f"until {held.until:%Y-%m-%d %H:%M} UTC: {held.detail}"
        facts: dict[str, object] = {"until": held.until.isoformat(), "detail": held.detail}
        yield Entry(
            at=held.since,
            what=What.HELD,
            text=text,
            source=Source.BRIDGE,
            actor="orderbridge",
            known_at=held.since,
            evidence=held.message,
            facts=facts,
        )
    for message in trail.happened:
        yield from _message(message)


def _message(message: Happened) -> Iterator[Entry]:
    settled = message.settled_at or message.received_at
    if message.topic == Topic.ORDER_CHANGED:
        yield from _changed(message, settled)
    if message.state == State.DEAD:
        yield _dead(message, settled)
    elif message.state != State.DONE:
        yield _pending(message)
    elif message.topic == Topic.POSTING_PLANNED and message.outcome != Outcome.SUPERSEDED:
        yield _entry(message, settled, What.TOLD, told(message), _posting(message.body))
    elif message.topic == Topic.LINK_REQUESTED and message.outcome != Outcome.DUPLICATE:
        yield _entry(message, settled, What.CUSTOMER, message.note, {})
    elif message.outcome == Outcome.SUPERSEDED and message.note:
        yield _entry(message, settled, What.CLOSED, f"{message.topic}: {message.note}", {})
    elif message.topic == Topic.ORDER_PLACED and message.note.startswith(NOTHING_TO_SHIP):
        yield _entry(message, settled, What.CLOSED, message.note, {})


def _changed(message: Happened, settled: datetime) -> Iterator[Entry]:
    """What the storefront asked for after the hand-over, and the warehouse's answer."""
    kind = json.loads(message.body).get("type", "")
    if kind in _CANCELING:
        yield _entry(message, message.received_at, What.CANCEL_ASKED, _CANCELING[kind], {})
    if message.state == State.DONE and message.note in _NOTES:
        yield _entry(message, settled, _NOTES[message.note], message.note, {})


def _dead(message: Happened, settled: datetime) -> Entry:
    facts: dict[str, object] = {
        "topic": message.topic,
        "code": message.code,
        "detail": message.detail,
        "fields": dict(message.fields),
        "cure": CODES[message.code].cure if message.code in CODES else "",
    }
    what = What.REJECTED if message.topic == Topic.ORDER_PLACED else What.DEAD
    return _entry(message, settled, what, f"{_subject(message)}: {message.code}", facts)


def _pending(message: Happened) -> Entry:
    facts: dict[str, object] = {
        "topic": message.topic,
        "attempts": message.attempts,
        "code": message.code,
        "detail": message.detail,
    }
    text = _subject(message)
    if message.code:
        text += f", after {message.attempts} attempts, the last: {message.code}"
    # Work that is due now stands where it became due, else at the time of its next attempt.
    return _entry(message, message.next_attempt_at, What.PENDING, text, facts)


def _entry(message: Happened, at: datetime, what: What, text: str, facts: dict[str, object]) -> Entry:
    inbound = what in {What.RECEIVED, What.CANCEL_ASKED}
    source = Source.STOREFRONT if inbound else Source.BRIDGE
    if what is What.CANCEL_REFUSED:
        source = Source.WAREHOUSE
    return Entry(
        at=at,
        what=what,
        text=text,
        source=source,
        actor=str(_SOURCES.get(Origin(message.origin), source))
        if inbound and message.origin
        else str(source),
        known_at=message.received_at if inbound else at,
        evidence=message.id,
        facts={"message": message.id, **facts},
    )


def _subject(message: Happened) -> str:
    return told(message) if message.topic == Topic.POSTING_PLANNED else message.topic


def told(message: Happened) -> str:
    """Return what a posting says, in a few words."""
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
