"""How content goes: bodies become what stays of them, texts become empty, codes, times and paths stay."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Row, case, func, select, text, update
from sqlalchemy.orm import Session

from sync.core.messages import Draft
from sync.core.privacy import HIDDEN, PERSONAL_FIELDS, Why, blank_body, wordless
from sync.store.models import ActRow, AttemptRow, ConflictRow, MessageRow, ProgressRow

# What an order waited for is the house's own word, and the timeline tells it.
_OURS = "order.held"
_DRAFT = ("site", "topic", "origin", "key", "dedupe_key", "body", "correlation_id")
COLUMNS = (
    MessageRow.id,
    MessageRow.state,
    *(getattr(MessageRow, name) for name in _DRAFT),
    MessageRow.error_detail,
)

_BLANK = text("""
UPDATE message SET body = :body, document = NULL, error_detail = CAST(:detail AS jsonb),
       -- What is still worked may be told something about, which is taken when its own time is over.
       blanked_at = CASE WHEN state IN ('done', 'dead') THEN now() END,
       -- A colleague's words, and the ids of a person.
       note = CASE WHEN note LIKE 'discarded: %' THEN 'discarded'
                   WHEN topic = 'link.requested' AND note LIKE 'linked to %' THEN 'linked' ELSE note END
WHERE id = :id
""")


def blank_messages(session: Session, rows: Sequence[Row[Any]], why: Why, on: date, reason: str) -> int:
    """Blank locked messages with their attempts; `reason` is the attribute of refusals."""
    for row in rows:
        draft = Draft(**{name: getattr(row, name) for name in _DRAFT})
        body = blank_body(draft, why, on, reason_attribute=reason)
        session.execute(_BLANK, {"id": row.id, "body": body, "detail": _detail(row.error_detail, why, on)})
    ids = [row.id for row in rows]
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.message_id.in_(ids), AttemptRow.error_code.is_distinct_from(_OURS))
        .values(excerpt="")
    )
    return len(ids)


def blank_conflicts(session: Session, ids: Collection[int], fields: Collection[str] = PERSONAL_FIELDS) -> int:
    """Hide both values and the words of the decision; another digest keeps the row unique."""
    personal = ConflictRow.field.in_(fields)
    done = {"reason": None, "blanked_at": func.clock_timestamp()}
    changed = session.execute(update(ConflictRow).where(ConflictRow.id.in_(ids)).values(done))
    session.execute(
        update(ConflictRow)
        .where(ConflictRow.id.in_(ids), personal)
        .values(
            storefront=HIDDEN,
            warehouse=HIDDEN,
            # Which contact a person chose stands in what followed.
            follows=case((ConflictRow.field.in_(PERSONAL_FIELDS), ConflictRow.follows), else_=None),
            identity=func.concat("blanked:", ConflictRow.id),
        )
    )
    return changed.rowcount if isinstance(changed, CursorResult) else 0


def blank_progress(session: Session, *conditions: Any) -> int:
    """Take the words that the warehouse's people wrote about an order's goods, and their names.

    Stages, parcels, returns and times stay, and with them the timeline.
    """
    rows = session.scalars(
        select(ProgressRow)
        .where(*conditions)
        .order_by(ProgressRow.site, ProgressRow.order_no)
        .with_for_update()
    ).all()
    for row in rows:
        row.known, row.evidence = wordless(row.known), wordless(row.evidence)
    return len(rows)


def blank_acts(session: Session, ids: Collection[int]) -> int:
    """Take the words that a person gave for an act; who did what and when stays."""
    changed = session.execute(update(ActRow).where(ActRow.id.in_(ids)).values(reason=""))
    return changed.rowcount if isinstance(changed, CursorResult) else 0


def locked(session: Session, *conditions: Any) -> Sequence[Row[Any]]:
    """Return messages by conditions, locked in the order of their ids."""
    return session.execute(
        select(*COLUMNS).where(*conditions).order_by(MessageRow.id).with_for_update()
    ).all()


def _detail(detail: Mapping[str, Any] | None, why: Why, on: date) -> str | None:
    if detail is None:
        return None
    fields = dict.fromkeys(detail.get("fields", {}), HIDDEN)
    return json.dumps({"detail": f"blanked on {on} ({why})", "fields": fields})
