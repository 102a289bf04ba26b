"""Messages in: inserted or ignored, and what waits for such news woken."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from sync.core.messages import Draft
from sync.store.ledger import statements
from sync.store.models import MessageRow


def add_drafts(session: Session, drafts: Sequence[Draft]) -> int:
    """Insert or ignore within the caller's transaction; return how many were new."""
    rows = [_row(draft) for draft in drafts]
    statement = upsert(MessageRow).on_conflict_do_nothing().returning(MessageRow.id)
    new = session.scalars(statement.values(rows)).all()
    session.execute(statements.WAKE, {"ids": new, "codes": list(statements.WAITING)})
    return len(new)


def _row(draft: Draft) -> dict[str, Any]:
    columns = ("site", "topic", "origin", "key", "dedupe_key", "body", "correlation_id", "sequence")
    row: dict[str, Any] = {name: getattr(draft, name) for name in columns}
    row["received_at"] = draft.received_at or text("clock_timestamp()")
    return row
