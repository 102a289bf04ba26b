"""Where an order is, in one word."""

from collections import Counter
from collections.abc import Sequence

from sync.core.fulfillment import Shipment, Stage
from sync.core.goods import units
from sync.core.messages import NOTHING_TO_SHIP, Outcome, State, Topic
from sync.core.returns import Coming, distinct
from sync.core.timeline import Trail


def standing(trail: Trail) -> str:
    """Return the status: a word of a fixed list, so that a picklist can hold it."""
    return _going(trail) if trail.accepted else _coming(trail)


def _coming(trail: Trail) -> str:
    placed = [one for one in trail.happened if one.topic == Topic.ORDER_PLACED]
    last = max(placed, key=lambda one: one.id, default=None)
    if last is None or last.code in {"order.held", "order.not_placed"}:
        return "held" if last else "received"
    if last.state == State.DEAD:
        return "rejected"
    closed = last.outcome == Outcome.SUPERSEDED or last.note.startswith(NOTHING_TO_SHIP)
    return "closed" if last.state == State.DONE and closed else "received"


def _going(trail: Trail) -> str:
    shipments = list(trail.known.shipments.values())
    alive = [one for one in shipments if one.stage is not Stage.CANCELED]
    left = [one for one in alive if one.stage is Stage.SHIPPED]
    if not shipments:
        return "in warehouse"
    if not alive:
        return "canceled"
    if not left:
        return str(max((one.stage for one in alive), key=lambda stage: stage.rank))
    return _returned(trail, left) or ("shipped" if _whole(trail, alive, left) else "partly shipped")


def _returned(trail: Trail, left: Sequence[Shipment]) -> str:
    facts = [fact for fact in distinct(trail.known.returns) if fact.state is Coming.RECEIVED]
    back = sum((units(fact.items) for fact in facts), Counter[str]())
    gone = sum((units(one.items) for one in left), Counter[str]())
    if not back:
        return ""
    return "partly returned" if gone - back else "returned"


def _whole(trail: Trail, alive: Sequence[Shipment], left: Sequence[Shipment]) -> bool:
    """Nothing is on its way to leave, and nothing of what was ordered is untold of."""
    if len(left) < len(alive):
        return False
    if {part.reference for part in trail.handed_over} <= trail.known.complete:
        return True
    ordered = sum((Counter(part.units) for part in trail.handed_over), Counter[str]())
    told = trail.known.shipments.values()
    seen = sum((units(one.items) | units(one.given_up) for one in told), Counter[str]())
    return not ordered - seen or any(not one.items for one in told)
