"""What is committed together with a settlement, record by record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, null, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from sync.core.errors import Retryable
from sync.core.messages import Outcome, State, Topic
from sync.core.ports import (
    BasketReleased,
    ConflictFound,
    ConflictsSettled,
    CountsWanted,
    ExportConfirmed,
    HandoverAccepted,
    HandoverAmended,
    HandoverClosed,
    LinksProven,
    ProgressMade,
    ShownToAgents,
)
from sync.core.privacy import wordless
from sync.store.agents import record_shown
from sync.store.conflicts import record_conflict, record_settled
from sync.store.known import known_to_json
from sync.store.models import HandoverRow, MessageRow, ProgressRow
from sync.store.proving import record_proof
from sync.store.reservations import record_release
from sync.store.tombstones import is_erased
from sync.store.wanted import record_wanted

# Facts that came before their order, and even those that were given up since, are joined into it now. One
# that is being worked at this moment is locked until the acceptance is there, so it cannot overlook it.
_LINK = text("""
UPDATE message SET next_attempt_at = clock_timestamp(),
       state = CASE state WHEN 'dead' THEN 'due' ELSE state END,
       tries = CASE state WHEN 'dead' THEN 0 ELSE tries END,
       settled_at = CASE state WHEN 'dead' THEN NULL ELSE settled_at END
WHERE origin = 'warehouse' AND site = :site
  AND key IN (SELECT reference FROM handover WHERE site = :site AND order_no = :order_no)
  AND (state = 'working' OR state IN ('due', 'dead')
       AND error_code IN ('order.not_linked', 'return.unmatched'))
""")


def _record_acceptance(session: Session, record: HandoverAccepted) -> None:
    # Messages before hand-overs, the order in which a fact's settlement locks them too.
    session.execute(_LINK, {"site": record.site, "order_no": record.order_no})
    named = HandoverRow.reference.in_(record.references) if record.references else true()
    session.execute(
        update(HandoverRow)
        .where(HandoverRow.site == record.site, HandoverRow.order_no == record.order_no, named)
        .values(accepted_at=func.coalesce(HandoverRow.accepted_at, record.at))
    )
    # An earlier refusal of the same order is settled by its acceptance; nobody needs to reprocess it.
    session.execute(
        update(MessageRow)
        .where(
            MessageRow.site == record.site,
            MessageRow.key == record.order_no,
            MessageRow.topic == Topic.ORDER_PLACED,
            MessageRow.state == State.DEAD,
        )
        .values(state=State.DONE, outcome=Outcome.SUPERSEDED, note=record.note)
    )


def _record_amendment(session: Session, record: HandoverAmended) -> None:
    session.execute(
        update(HandoverRow)
        .where(HandoverRow.site == record.site, HandoverRow.reference == record.reference)
        .values(destination=record.destination, freed_at=None, amended_at=record.at)
    )


def _record_closing(session: Session, record: HandoverClosed) -> None:
    session.execute(
        update(HandoverRow)
        .where(HandoverRow.site == record.site, HandoverRow.reference == record.reference)
        .values(closed_at=record.at)
    )


def _record_export(session: Session, record: ExportConfirmed) -> None:
    session.execute(
        update(HandoverRow)
        .where(HandoverRow.site == record.site, HandoverRow.order_no == record.order_no)
        .values(exported_at=func.coalesce(HandoverRow.exported_at, record.at))
    )


def _record_progress(session: Session, record: ProgressMade) -> None:
    known = known_to_json(record.known)
    first: dict[str, Any] = {name: dict(told) for name, told in record.learned.items()}
    if is_erased(session, record.site, record.order_no):
        known, first = wordless(known), wordless(first)
    values = {"version": record.version + 1, "known": known, "updated_at": record.at}
    names = {"site": record.site, "order_no": record.order_no}
    statement = upsert(ProgressRow).values(**names, evidence=first, **values)
    # Who told it first stays who told it.
    values["evidence"] = statement.excluded.evidence.concat(ProgressRow.evidence)
    statement = statement.on_conflict_do_update(
        index_elements=["site", "order_no"], set_=values, where=ProgressRow.version == record.version
    )
    if session.scalar(statement.returning(ProgressRow.version)) != record.version + 1:
        raise Retryable("progress.stale", "another fact about the order was recorded in between")
    session.execute(
        update(HandoverRow)
        .where(HandoverRow.site == record.site, HandoverRow.order_no == record.order_no)
        .values(heard_at=record.at, closed_at=_closing(record))
    )


def _closing(record: ProgressMade) -> ColumnElement[datetime | None]:
    """What was closed while it was free stays closed: no fact is about it."""
    gone = HandoverRow.freed_at.is_not(None) & HandoverRow.closed_at.is_not(None)
    return case((gone, HandoverRow.closed_at), else_=record.at if record.closed else null())


RECORDERS: Mapping[type, Any] = {
    HandoverAccepted: _record_acceptance,
    HandoverAmended: _record_amendment,
    HandoverClosed: _record_closing,
    ExportConfirmed: _record_export,
    ProgressMade: _record_progress,
    ConflictFound: record_conflict,
    ConflictsSettled: record_settled,
    CountsWanted: record_wanted,
    BasketReleased: record_release,
    ShownToAgents: record_shown,
    LinksProven: record_proof,
}
