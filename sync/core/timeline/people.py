"""Where the systems contradicted each other, and what persons decided."""

from collections.abc import Iterator

from sync.core.ports.conflicts import SETTLED, Conflict
from sync.core.timeline.entry import Entry, Source, What
from sync.core.timeline.trail import Trail

_ACTS = {"reprocessed": What.REPROCESSED, "discarded": What.DISCARDED}


def acts(trail: Trail) -> Iterator[Entry]:
    """Yield what persons did with the order's dead letters."""
    for act in trail.acts:
        after = f", which had died of {act.code}" if act.code else ""
        why = f": {act.reason}" if act.reason else ""
        yield Entry(
            at=act.at,
            what=_ACTS[act.what],
            text=f"{act.topic} by {act.actor}{after}{why}",
            source=Source.PERSON,
            actor=act.actor,
            known_at=act.at,
            evidence=act.message,
            facts={"message": act.message, "topic": act.topic, "code": act.code, "reason": act.reason},
        )


def disputes(trail: Trail) -> Iterator[Entry]:
    """Yield each conflict when it was found, and again when it was resolved."""
    for conflict in trail.disputed:
        alarm = "ALARM: " if conflict.alarm else ""
        yield Entry(
            at=conflict.created_at,
            what=What.CONFLICT,
            text=f"{alarm}{conflict.field}: {conflict.detail}",
            source=Source.BRIDGE,
            actor=conflict.sender,
            known_at=conflict.created_at,
            evidence=conflict.message_id,
            facts=_facts(conflict),
        )
        if conflict.resolved_at is not None:
            yield _resolved(conflict)


def _resolved(conflict: Conflict) -> Entry:
    actor = conflict.resolved_by or "somebody"
    decided = conflict.resolution or "closed"
    # No person: the warehouse went on until nothing was in dispute any more.
    source = Source.BRIDGE if conflict.resolution == SETTLED else Source.PERSON
    follows = f"; {conflict.follows}" if conflict.follows else ""
    return Entry(
        at=conflict.resolved_at or conflict.seen_at,
        what=What.RESOLVED,
        text=f"conflict {conflict.id} about {conflict.field} by {actor}: {decided}{follows}",
        source=source,
        actor=actor,
        known_at=conflict.resolved_at,
        evidence=conflict.message_id,
        facts={"conflict": conflict.id, "resolution": conflict.resolution, "reason": conflict.reason},
    )


def _facts(conflict: Conflict) -> dict[str, object]:
    members = ("field", "storefront", "warehouse", "owner", "sender", "alarm", "state", "times")
    facts: dict[str, object] = {name: getattr(conflict, name) for name in members}
    return {"conflict": conflict.id, **facts, "resolved": conflict.resolved_at is not None}
