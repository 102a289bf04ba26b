"""Everything the ledger has of one order, each part by an index: what a timeline is made of."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, sessionmaker

from sync.core.fulfillment import Known
from sync.core.messages import Topic
from sync.core.ports.conflicts import Conflict
from sync.core.timeline import Act, HandedOver, Happened, Held, Trail
from sync.store.known import known_from_json
from sync.store.models import (
    ActRow,
    AttemptRow,
    ConflictRow,
    HandoverLineRow,
    HandoverRow,
    MessageRow,
    ProgressRow,
)

HELD = ("order.held", "customer.unlinked")


class PostgresTrails:
    """Answers without changing anything."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def trail(self, site: str, order_no: str) -> Trail:
        """Return everything the ledger has of one order; `Trail.found` is False when it has nothing."""
        with self._sessions() as session:
            progress = session.get(ProgressRow, (site, order_no))
            handovers = list(session.scalars(handovers_of(site, order_no)))
            keys = [order_no, *(row.reference for row in handovers)]
            happened = [_happened(row) for row in session.scalars(messages_of(site, keys))]
            return Trail(
                site=site,
                order_no=order_no,
                handed_over=_handed_over(session, site, handovers),
                known=known_from_json(progress.known) if progress else Known(),
                evidence=progress.evidence if progress else {},
                happened=happened,
                held=_held(session, [one.id for one in happened if one.topic == Topic.ORDER_PLACED]),
                acts=[_act(row) for row in session.scalars(acts_of(site, keys))],
                disputed=[_conflict(row) for row in session.scalars(conflicts_of(site, order_no))],
            )


def handovers_of(site: str, order_no: str) -> Select[Any]:
    """Return the query of an order's hand-overs."""
    mine = (HandoverRow.site == site, HandoverRow.order_no == order_no)
    return select(HandoverRow).where(*mine).order_by(HandoverRow.reference)


def messages_of(site: str, keys: list[str]) -> Select[Any]:
    """Return the query of an order's messages."""
    # Facts of a further shipment have its reference as their key.
    # That somebody is told of the story is no part of it.
    mine = (MessageRow.site == site, MessageRow.key.in_(keys), MessageRow.topic != Topic.STORY_CHANGED)
    return select(MessageRow).where(*mine).order_by(MessageRow.id)


def acts_of(site: str, keys: list[str]) -> Select[Any]:
    """Return the query of what persons did with an order's messages."""
    mine = (ActRow.site == site, ActRow.key.in_(keys), ActRow.topic != Topic.STORY_CHANGED)
    return select(ActRow).where(*mine).order_by(ActRow.id)


def conflicts_of(site: str, order_no: str) -> Select[Any]:
    """Return the query of an order's conflicts."""
    mine = (ConflictRow.site == site, ConflictRow.order_no == order_no)
    return select(ConflictRow).where(*mine).order_by(ConflictRow.id)


def lines_of(site: str, references: list[str]) -> Select[Any]:
    """Return the query of what was handed over under references."""
    mine = (HandoverLineRow.site == site, HandoverLineRow.reference.in_(references))
    return select(HandoverLineRow).where(*mine)


def held_of(messages: list[int]) -> Select[*tuple[Any, ...]]:
    """Return the query of the time that messages were held."""
    return (
        select(
            AttemptRow.message_id,
            func.min(AttemptRow.started_at).label("since"),
            func.max(AttemptRow.finished_at).label("until"),
            func.min(AttemptRow.excerpt).label("detail"),
        )
        .where(AttemptRow.message_id.in_(messages), AttemptRow.error_code.in_(HELD))
        .group_by(AttemptRow.message_id)
    )


def _handed_over(session: Session, site: str, handovers: list[HandoverRow]) -> list[HandedOver]:
    units: dict[str, dict[str, int]] = {row.reference: {} for row in handovers}
    for line in session.scalars(lines_of(site, list(units))):
        mine = units[line.reference]
        mine[line.sku] = mine.get(line.sku, 0) + line.quantity
    return [
        HandedOver(
            reference=row.reference,
            placed_at=row.placed_at,
            accepted_at=row.accepted_at,
            units=units[row.reference],
        )
        for row in handovers
    ]


def _held(session: Session, messages: list[int]) -> list[Held]:
    return [
        Held(message=row.message_id, since=row.since, until=row.until, detail=row.detail)
        for row in session.execute(held_of(messages))
    ]


def _happened(row: MessageRow) -> Happened:
    error: dict[str, Any] = row.error_detail or {}
    return Happened(
        id=row.id,
        topic=row.topic,
        origin=row.origin,
        state=row.state,
        body=row.body,
        received_at=row.received_at,
        next_attempt_at=row.next_attempt_at,
        settled_at=row.settled_at,
        outcome=row.outcome or "",
        note=row.note,
        attempts=row.attempts,
        code=row.error_code or "",
        detail=error.get("detail", ""),
        fields=error.get("fields", {}),
    )


def _act(row: ActRow) -> Act:
    return Act(
        message=row.message_id,
        topic=row.topic,
        what=row.what,
        actor=row.actor,
        at=row.at,
        reason=row.reason,
        code=row.error_code or "",
    )


def _conflict(row: ConflictRow) -> Conflict:
    return Conflict(**{name: getattr(row, name) for name in Conflict.__slots__})
