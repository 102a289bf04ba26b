"""What is kept of an order, table by table."""

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from sync.core.messages import State
from sync.core.ports.privacy import Holdings, OrderId
from sync.core.privacy import blanked
from sync.store.models import (
    WORDS,
    ActRow,
    AttemptRow,
    ConflictRow,
    HandoverLineRow,
    HandoverRow,
    MessageRow,
    ProgressRow,
)
from sync.store.privacy.linked import links_of


def keys_of(session: Session, order: OrderId) -> list[str]:
    """Return the order number and its references: what its messages are kept under."""
    mine = (HandoverRow.site == order.site, HandoverRow.order_no == order.order_no)
    return sorted({order.order_no, *session.scalars(select(HandoverRow.reference).where(*mine))})


def holdings(session: Session, order: OrderId) -> Holdings:
    """Return how much content there is, and what is still open."""
    keys = keys_of(session, order)
    rows = _messages(session, order, keys)
    handovers = _all(session, HandoverRow, order)
    conflicts = _all(session, ConflictRow, order)
    ids = [row["id"] for row in rows]
    excerpts = select(func.count()).where(AttemptRow.message_id.in_(ids), AttemptRow.excerpt != "")
    acts = select(func.count()).where(ActRow.site == order.site, ActRow.key.in_(keys), ActRow.reason != "")
    mine = (ProgressRow.site == order.site, ProgressRow.order_no == order.order_no)
    worded = select(func.count()).select_from(ProgressRow).where(*mine, text(WORDS))
    places = {
        "message bodies": sum(not blanked(row["body"]) for row in rows),
        "sent documents": sum(row["document"] is not None for row in rows),
        "attempt excerpts": session.scalar(excerpts) or 0,
        "conflict values": sum(row["blanked_at"] is None for row in conflicts),
        "reasons of people": session.scalar(acts) or 0,
        "words about returns": session.scalar(worded) or 0,
        "destinations": sum(bool(row["destination"] or row["person"]) for row in handovers),
    }
    open_now = [r["reference"] for r in handovers if r["accepted_at"] is not None and r["closed_at"] is None]
    return Holdings(
        order=order,
        places={name: count for name, count in places.items() if count},
        unfinished=sum(row["state"] in {State.DUE, State.WORKING} for row in rows),
        dead=sum(row["state"] == State.DEAD for row in rows),
        open_references=open_now,
    )


def dossier(session: Session, order: OrderId) -> dict[str, Any]:
    """Return every row about the order."""
    keys = keys_of(session, order)
    messages = _messages(session, order, keys)
    attempts = AttemptRow.__table__
    tries = select(attempts).where(attempts.c.message_id.in_([row["id"] for row in messages]))
    acts = ActRow.__table__
    done = select(acts).where(acts.c.site == order.site, acts.c.key.in_(keys)).order_by(acts.c.id)
    return {
        "messages": messages,
        "attempts": [dict(row) for row in session.execute(tries).mappings()],
        "handovers": _all(session, HandoverRow, order),
        "lines": _all(session, HandoverLineRow, order),
        "progress": _all(session, ProgressRow, order),
        "conflicts": _all(session, ConflictRow, order),
        "links": links_of(session, order),
        "acts": [dict(row) for row in session.execute(done).mappings()],
    }


def _messages(session: Session, order: OrderId, keys: list[str]) -> list[dict[str, Any]]:
    table = MessageRow.__table__
    mine = select(table).where(table.c.site == order.site, table.c.key.in_(keys)).order_by(table.c.id)
    return [dict(row) for row in session.execute(mine).mappings()]


def _all(session: Session, kind: Any, order: OrderId) -> list[dict[str, Any]]:
    table = kind.__table__
    mine = select(table).where(table.c.site == order.site, table.c.order_no == order.order_no)
    return [dict(row) for row in session.execute(mine).mappings()]
