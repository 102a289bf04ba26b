"""What was kept long enough: blanked in small batches, each its own transaction, safe to repeat."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text, tuple_
from sqlalchemy.orm import Session, sessionmaker

from sync.core.privacy import Why
from sync.store.models import WORDS, MessageRow, ProgressRow
from sync.store.privacy.blanking import blank_acts, blank_conflicts, blank_messages, blank_progress, locked

# An order that the warehouse still has to do with, or had lately, keeps everything. Spelled as the partial
# indexes are, so that they serve.
_BUSY = """EXISTS (
    SELECT 1 FROM handover AS h JOIN handover AS mine ON mine.site = h.site AND mine.order_no = h.order_no
    WHERE mine.site = {site} AND (mine.order_no = {key} OR mine.reference = {key})
      AND h.accepted_at IS NOT NULL AND (h.closed_at IS NULL OR h.closed_at >= :before))"""
_OLD = {
    "message": """FROM message AS m WHERE m.blanked_at IS NULL AND m.state IN ('done', 'dead')
        AND m.topic NOT IN ('stock.changed', 'stock.requested', 'basket.changed')
        AND m.settled_at < :before AND {mine} AND NOT """
    + _BUSY.format(site="m.site", key="m.key"),
    "conflict": """FROM conflict AS m WHERE m.blanked_at IS NULL AND m.seen_at < :before
        AND {mine} AND NOT """
    + _BUSY.format(site="m.site", key="m.order_no"),
    "act": """FROM act AS m WHERE m.reason <> '' AND m.at < :before AND {mine} AND NOT """
    + _BUSY.format(site="m.site", key="m.key"),
}
_PROGRESS = (
    f"""FROM progress AS m WHERE {WORDS} AND m.updated_at < :before AND {{mine}} AND NOT """
    + _BUSY.format(site="m.site", key="m.order_no")
)
_DESTINATIONS = """FROM handover AS m WHERE m.destination IS NOT NULL AND {mine}
    AND coalesce(m.closed_at, CASE WHEN m.accepted_at IS NULL THEN m.stamp END) < :before"""
_ONE, _OTHERS = "m.site = :site", "NOT m.site = ANY(:known)"


class PostgresRetained:
    """Implements `core.ports.privacy.Retained`."""

    def __init__(self, sessions: sessionmaker[Session], reasons: Mapping[str, str]) -> None:
        """Use short transactions from `sessions`; `reasons` is site → attribute of refusals."""
        self._sessions = sessions
        self._reasons = reasons

    def due(self, cutoffs: Mapping[str, datetime], others: datetime) -> Mapping[str, int]:
        """Return how many rows of each place would be blanked."""
        found: dict[str, int] = {}
        for mine, values in _sites(cutoffs, others):
            for place, old in {**_OLD, "progress": _PROGRESS, "destination": _DESTINATIONS}.items():
                with self._sessions() as session:
                    query = text(f"SELECT count(*) {old.format(mine=mine)}")
                    found[place] = found.get(place, 0) + (session.scalar(query, values) or 0)
        return found

    def blank(self, cutoffs: Mapping[str, datetime], others: datetime, limit: int) -> Mapping[str, int]:
        """Blank up to `limit` rows of each place and site, and return how many of each place."""
        found: dict[str, int] = {}
        for mine, values in _sites(cutoffs, others):
            for place, old in _OLD.items():
                with self._sessions.begin() as session:
                    ids = _ids(session, old.format(mine=mine), values, limit)
                    found[place] = found.get(place, 0) + self._blank(session, place, ids, values)
            with self._sessions.begin() as session:
                worded = session.execute(_WORDED[mine], {**values, "limit": limit}).all()
                found["progress"] = found.get("progress", 0) + len(worded)
                orders = tuple_(ProgressRow.site, ProgressRow.order_no)
                blank_progress(session, orders.in_([tuple(row) for row in worded]))
            with self._sessions.begin() as session:
                gone = session.execute(_FORGET[mine], {**values, "limit": limit})
                found["destination"] = found.get("destination", 0) + len(gone.all())
        return found

    def _blank(self, session: Session, place: str, ids: Sequence[int], values: Mapping[str, Any]) -> int:
        if place == "conflict":
            return blank_conflicts(session, ids)
        if place == "act":
            return blank_acts(session, ids)
        today: date = datetime.now(UTC).date()
        rows = locked(session, MessageRow.id.in_(ids))
        return blank_messages(
            session, rows, Why.RETENTION, today, self._reasons.get(values.get("site", ""), "")
        )


def _ids(session: Session, old: str, values: Mapping[str, Any], limit: int) -> Sequence[int]:
    # Whoever else blanks at this moment takes others.
    query = text(f"SELECT m.id {old} ORDER BY m.id LIMIT :limit FOR UPDATE SKIP LOCKED")
    return session.scalars(query, {**values, "limit": limit}).all()


def _sites(cutoffs: Mapping[str, datetime], others: datetime) -> list[tuple[str, dict[str, Any]]]:
    each = [(_ONE, {"site": site, "before": before}) for site, before in cutoffs.items()]
    return [*each, (_OTHERS, {"known": list(cutoffs), "before": others})]


_WORDED = {
    mine: text(f"SELECT m.site, m.order_no {_PROGRESS.format(mine=mine)} LIMIT :limit FOR UPDATE SKIP LOCKED")
    for mine in (_ONE, _OTHERS)
}
_FORGET = {
    mine: text(f"""
UPDATE handover SET destination = NULL WHERE (site, order_no, reference) IN (
    SELECT m.site, m.order_no, m.reference {_DESTINATIONS.format(mine=mine)} LIMIT :limit
    FOR UPDATE SKIP LOCKED)
RETURNING reference""")  # noqa: S608
    for mine in (_ONE, _OTHERS)
}
