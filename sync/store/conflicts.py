"""Conflicts in PostgreSQL: found once, shown to people, resolved together with what follows."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, RowMapping, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Draft
from sync.core.ports import ConflictFound, ConflictsSettled
from sync.core.ports.conflicts import SETTLED, Conflict, ConflictFilter, ConflictState, Decision, Resolution
from sync.core.privacy import ERASED_FIELDS, HIDDEN
from sync.store.ledger.adding import add_drafts
from sync.store.models import ConflictRow
from sync.store.stories import SILENCE, News
from sync.store.tombstones import is_erased

_MEMBERS = tuple(Conflict.__slots__)
# The warehouse's answer and the goods that leave tell the same disagreement, in whatever words and order.
ONE_AT_A_TIME = {"order.cancellation"}


class PostgresConflicts:
    """Implements `core.ports.conflicts.Conflicts`."""

    def __init__(self, sessions: sessionmaker[Session], news: News = SILENCE) -> None:
        """Use short transactions from `sessions`; `news` notes whose story changes."""
        self._sessions = sessions
        self._news = news

    def conflict(self, conflict_id: int) -> Conflict | None:
        """Return a conflict of any state, None when it is unknown."""
        with self._sessions() as session:
            row = session.get(ConflictRow, conflict_id)
            return _conflict(row) if row else None

    def select(self, wanted: ConflictFilter, limit: int = 1_000) -> list[Conflict]:
        """Return matching conflicts, alarms first, then the oldest first."""
        conditions = {
            ConflictRow.site: wanted.site,
            ConflictRow.order_no: wanted.order_no,
            ConflictRow.state: wanted.state,
            ConflictRow.alarm: wanted.alarm,
            ConflictRow.field: wanted.field,
            ConflictRow.reference: wanted.reference,
        }
        query = select(ConflictRow).where(
            ConflictRow.id > wanted.after,
            *(column == value for column, value in conditions.items() if value is not None),
        )
        with self._sessions() as session:
            rows = session.scalars(query.order_by(ConflictRow.alarm.desc(), ConflictRow.id).limit(limit))
            return [_conflict(row) for row in rows]

    def resolve(self, conflict: Conflict, decision: Decision, drafts: Sequence[Draft]) -> bool:
        """Close a conflict and queue what follows, in one step; False when it was not open any more."""
        closing = (
            update(ConflictRow)
            .where(
                ConflictRow.id == conflict.id,
                ConflictRow.state == ConflictState.OPEN,
                # Found once more in between: a person has not seen that yet.
                ConflictRow.times == conflict.times,
            )
            .values(
                state=ConflictState.RESOLVED,
                resolution=decision.resolution,
                resolved_by=decision.actor,
                reason=decision.reason,
                follows=decision.follows,
                resolved_at=func.clock_timestamp(),
            )
        )
        with self._sessions.begin() as session:
            result = session.execute(closing)
            if not isinstance(result, CursorResult) or not result.rowcount:
                return False
            if drafts:
                add_drafts(session, drafts)
            cause = f"conflict:{conflict.id}:{conflict.times}"
            self._news.of_order(session, (conflict.site, conflict.order_no), cause)
            return True

    def open_by_site(self) -> list[RowMapping]:
        """Return site, whether they are alarms, their number and the oldest, of the open conflicts."""
        query = (
            select(
                ConflictRow.site,
                ConflictRow.alarm,
                func.count().label("conflicts"),
                func.min(ConflictRow.created_at).label("oldest"),
            )
            .where(ConflictRow.state == ConflictState.OPEN)
            .group_by(ConflictRow.site, ConflictRow.alarm)
            .order_by(ConflictRow.alarm.desc(), ConflictRow.site)
        )
        with self._sessions() as session:
            return list(session.execute(query).mappings())


def record_conflict(session: Session, found: ConflictFound) -> None:
    """Keep a conflict once, however often it is shown.

    Resolved, it is open again when another message shows it although the owner's value was written in
    between: by a person's word, or because the storefront is put right at once; so is one that no person
    resolved but a later fact.
    """
    values: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("site", "order_no", "field", "storefront", "warehouse", "owner", "sender", "reference")
    }
    values |= {"alarm": found.alarm, "message_id": found.message}
    if found.field in ERASED_FIELDS and is_erased(session, found.site, found.order_no):
        values |= {"storefront": HIDDEN, "warehouse": HIDDEN}
    values["identity"] = _open_identity(session, found) or _digest(found)
    statement = upsert(ConflictRow).values(**values)
    new = statement.excluded
    another = ConflictRow.message_id.is_distinct_from(new.message_id)
    written = (ConflictRow.owner != ConflictRow.sender) & (ConflictRow.owner == "warehouse")
    again = another & (
        written
        | ConflictRow.resolution.is_(None)
        | ConflictRow.resolution.in_([Resolution.REASSERT, SETTLED])
    )
    reopened = (ConflictRow.state == ConflictState.RESOLVED) & again
    kept = {name: getattr(ConflictRow, name) for name in ("resolution", "resolved_by", "reason", "follows")}
    kept["resolved_at"] = ConflictRow.resolved_at
    kept["blanked_at"] = ConflictRow.blanked_at
    changes: dict[str, Any] = {name: case((reopened, None), else_=column) for name, column in kept.items()}
    changes |= {
        "state": case((reopened, ConflictState.OPEN), else_=ConflictRow.state),
        "storefront": new.storefront,
        "warehouse": new.warehouse,
        "times": ConflictRow.times + case((another, 1), else_=0),
        "alarm": ConflictRow.alarm | new.alarm,
        "message_id": new.message_id,
        "seen_at": func.clock_timestamp(),
    }
    names = ["site", "order_no", "field", "identity"]
    session.execute(statement.on_conflict_do_update(index_elements=names, set_=changes))


def record_settled(session: Session, settled: ConflictsSettled) -> None:
    """Close the open conflicts that a later fact has left nothing of; no person is waited for any more."""
    closing = (
        update(ConflictRow)
        .where(
            ConflictRow.site == settled.site,
            ConflictRow.order_no == settled.order_no,
            ConflictRow.reference == settled.reference,
            ConflictRow.field.in_(settled.fields),
            ConflictRow.sender == settled.sender,
            ConflictRow.state == ConflictState.OPEN,
        )
        .values(
            state=ConflictState.RESOLVED,
            resolution=SETTLED,
            resolved_by=settled.sender,
            reason="what is known covers exactly what was ordered",
            follows="",
            resolved_at=func.clock_timestamp(),
        )
    )
    session.execute(closing)


def _digest(found: ConflictFound) -> str:
    return hashlib.sha256(f"{found.storefront}\0{found.warehouse}".encode()).hexdigest()


def _open_identity(session: Session, found: ConflictFound) -> str | None:
    """Return the identity of the open conflict that this is about in other words, if its field can have one.

    Whoever asks holds the order until the conflict is kept: two who find it at once find one.
    """
    if found.field not in ONE_AT_A_TIME:
        return None
    order = f"orderbridge.conflict:{found.site}:{found.order_no}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(order))))
    query = select(ConflictRow.identity).where(
        ConflictRow.site == found.site,
        ConflictRow.order_no == found.order_no,
        ConflictRow.field == found.field,
        ConflictRow.state == ConflictState.OPEN,
    )
    return session.scalars(query.order_by(ConflictRow.id).limit(1)).first()


def _conflict(row: ConflictRow) -> Conflict:
    return Conflict(**{name: getattr(row, name) for name in _MEMBERS})
