"""Counts that orders have changed, gathered until it is time to ask for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.ports import CountsWanted

# Orders that come within this many seconds of each other are asked about together.
_GRID = 5

_WANT = text("""
INSERT INTO wanted_count (organisation, due_at, sku)
SELECT DISTINCT :organisation, CAST(:due AS timestamptz), sku FROM handover_line
WHERE site = :site AND order_no = :order_no
ON CONFLICT DO NOTHING
""")
_DUE = text("""
SELECT organisation, due_at, sku FROM wanted_count WHERE due_at <= :now
ORDER BY organisation, due_at, sku LIMIT :limit
""")
_FORGET = text("""
DELETE FROM wanted_count
USING unnest(CAST(:times AS timestamptz[]), CAST(:skus AS text[])) AS done(due_at, sku)
WHERE organisation = :organisation AND wanted_count.due_at = done.due_at AND wanted_count.sku = done.sku
""")


def record_wanted(session: Session, wanted: CountsWanted) -> None:
    """Remember, with a settlement, whose counts are wanted; a SKU once for all orders of the same moment."""
    due = wanted.due + timedelta(seconds=-wanted.due.timestamp() % _GRID)
    values = {"organisation": wanted.organisation, "site": wanted.site, "order_no": wanted.order_no}
    session.execute(_WANT, values | {"due": due})


class PostgresWanted:
    """Implements `core.ports.WantedCounts`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def due(self, now: datetime, limit: int) -> list[tuple[str, datetime, str]]:
        """Return (organisation, due, SKU) of at most `limit` that are due, in this order."""
        with self._sessions() as session:
            return [tuple(row) for row in session.execute(_DUE, {"now": now, "limit": limit})]

    def forget(self, organisation: str, done: Sequence[tuple[datetime, str]]) -> None:
        """Forget what was asked for."""
        values = {"organisation": organisation, "times": [at for at, _ in done], "skus": [s for _, s in done]}
        with self._sessions.begin() as session:
            session.execute(_FORGET, values)
