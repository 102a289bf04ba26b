"""An order's trail without what the site does not let out of the house."""

import json
from collections.abc import Collection
from dataclasses import replace

from sync.core.agent_policy import Personal
from sync.core.codes import CODES
from sync.core.messages import Topic
from sync.core.ports.conflicts import Conflict
from sync.core.postings import Kind
from sync.core.timeline import Happened, Trail

SOMEBODY = "a person"
KEPT = "kept in Orderbridge"
# Our own words about an order's statuses.
_OURS = {"order.held", "order.not_placed"}
_DISCARDED = "discarded"


def discreet(trail: Trail, personal: Collection[Personal]) -> Trail:
    """Return the trail without names of people and free texts, but for those that are listed.

    What is left in place of a text is ours: the cause of a code, or that there is something to look at.
    """
    if Personal.ACTORS not in personal:
        trail = replace(
            trail,
            acts=[replace(act, actor=SOMEBODY) for act in trail.acts],
            disputed=[
                replace(one, resolved_by=SOMEBODY if one.resolved_by else None) for one in trail.disputed
            ],
        )
    if Personal.WORDS in personal:
        return trail
    returns = {name: replace(fact, reason="", condition="") for name, fact in trail.known.returns.items()}
    return replace(
        trail,
        known=replace(trail.known, returns=returns),
        happened=[_message(one) for one in trail.happened],
        acts=[replace(act, reason="") for act in trail.acts],
        disputed=[_conflict(one) for one in trail.disputed],
    )


def _message(one: Happened) -> Happened:
    detail, note, body = one.detail, one.note, one.body
    if one.code not in _OURS:
        detail = CODES[one.code].cause if one.code in CODES else ""
    if note.startswith(_DISCARDED):
        note = _DISCARDED
    if one.topic == Topic.POSTING_PLANNED:
        planned = json.loads(one.body)
        if planned["kind"] == Kind.ADJUSTMENT:
            # It tells why goods came back.
            planned["value"].pop("description", None)
            body = json.dumps(planned)
    return replace(one, detail=detail, note=note, body=body, fields={})


def _conflict(one: Conflict) -> Conflict:
    return replace(one, storefront=KEPT, warehouse=KEPT, reason=None, follows=None)
