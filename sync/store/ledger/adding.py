"""Messages in: inserted or ignored, and what waits for such news woken."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from sync.core.messages import Draft, Outcome, State, Topic
from sync.core.privacy import ERASED_NOTE, UNWANTED, Why, blank_body
from sync.store.ledger import statements
from sync.store.models import MessageRow

# An insert of many rows has the same columns in each.
_USUAL: dict[str, Any] = {
    "state": State.DUE,
    "outcome": None,
    "note": "",
    "settled_at": None,
    "blanked_at": None,
}


def add_drafts(session: Session, drafts: Sequence[Draft]) -> int:
    """Insert or ignore within the caller's transaction; return how many were new."""
    names = {"sites": [draft.site for draft in drafts], "keys": [draft.key for draft in drafts]}
    erased = {tuple(row) for row in session.execute(statements.ERASED, names)}
    rows = [
        _row(draft) | (_nothing(draft) if (draft.site, draft.key) in erased else _USUAL) for draft in drafts
    ]
    statement = upsert(MessageRow).on_conflict_do_nothing().returning(MessageRow.id)
    new = session.scalars(statement.values(rows)).all()
    session.execute(statements.WAKE, {"ids": new, "codes": list(statements.WAITING)})
    return len(new)


def _nothing(draft: Draft) -> dict[str, Any]:
    """What would bring an erased order back is known from now on, and is nothing else."""
    if draft.topic == Topic.POSTING_PLANNED:
        return {**_USUAL, "body": blank_body(draft, Why.ERASURE, datetime.now(UTC).date())}
    if draft.topic not in UNWANTED:
        return _USUAL
    now = text("clock_timestamp()")
    return {
        "body": blank_body(draft, Why.ERASURE, datetime.now(UTC).date()),
        "state": State.DONE,
        "outcome": Outcome.SUPERSEDED,
        "note": ERASED_NOTE,
        "settled_at": now,
        "blanked_at": now,
    }


def _row(draft: Draft) -> dict[str, Any]:
    columns = ("site", "topic", "origin", "key", "dedupe_key", "body", "correlation_id", "sequence")
    row: dict[str, Any] = {name: getattr(draft, name) for name in columns}
    row["received_at"] = draft.received_at or text("clock_timestamp()")
    return row
