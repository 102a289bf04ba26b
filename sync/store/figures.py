"""Read-only questions of people: the orders of a window, the dead by code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import State, Topic
from sync.core.reconcile import Kept
from sync.store.models import MessageRow

# Facts of a further shipment carry its own reference as their key, not the order number. Of an order that was
# canceled when only a part of it had arrived, that part is what counts.
_WINDOW = text("""
WITH orders AS (
    SELECT order_no, min(placed_at) AS placed_at, count(accepted_at) > 0 AS accepted,
           coalesce(array_agg(reference ORDER BY reference) FILTER (WHERE accepted_at IS NOT NULL),
                    array_agg(reference ORDER BY reference)) AS references
    FROM handover WHERE site = :site AND placed_at >= :since AND placed_at < :until GROUP BY order_no)
SELECT orders.*, work.pending, work.dead
FROM orders, LATERAL (
    SELECT count(*) FILTER (WHERE state IN ('due', 'working')) AS pending,
           count(*) FILTER (WHERE state = 'dead') AS dead
    FROM message WHERE site = :site AND key = ANY(orders.references || orders.order_no)) AS work
ORDER BY placed_at, order_no
""")

_UNRESERVED = text("""
SELECT asked.order_no, coalesce(last.state, '') AS state, coalesce(last.error_code, '') AS code
FROM unnest(CAST(:order_nos AS text[])) AS asked(order_no)
LEFT JOIN LATERAL (
    SELECT state, error_code FROM message
    WHERE site = :site AND key = asked.order_no AND topic = 'order.placed'
    ORDER BY id DESC LIMIT 1) AS last ON true
WHERE NOT EXISTS (SELECT 1 FROM handover AS h WHERE h.site = :site AND h.order_no = asked.order_no)
ORDER BY asked.order_no
""")


class PostgresFigures:
    """Answers without changing anything."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def dead_by_code(self) -> list[RowMapping]:
        """Return code, number and the oldest death of the dead messages, most first."""
        query = (
            select(
                MessageRow.error_code.label("code"),
                func.count().label("messages"),
                func.min(MessageRow.settled_at).label("oldest"),
            )
            .where(MessageRow.state == State.DEAD)
            .group_by(MessageRow.error_code)
            .order_by(func.count().desc(), MessageRow.error_code)
        )
        with self._sessions() as session:
            return list(session.execute(query).mappings())

    def window(self, site: str, since: datetime, until: datetime) -> list[Kept]:
        """Return the orders placed in [since, until) that were reserved for hand-over, oldest first."""
        values = {"site": site, "since": since, "until": until}
        with self._sessions() as session:
            return [Kept(**row) for row in session.execute(_WINDOW, values).mappings()]

    def heard(self, site: str, order_nos: Sequence[str]) -> set[str]:
        """Return those of the orders that were ever announced."""
        query = select(MessageRow.key).where(
            MessageRow.site == site,
            MessageRow.key.in_(order_nos),
            MessageRow.topic == Topic.ORDER_PLACED,
        )
        with self._sessions() as session:
            return set(session.scalars(query))

    def unreserved(self, site: str, order_nos: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return order number → (state, code) of orders without a hand-over, empty when unheard of."""
        with self._sessions() as session:
            rows = session.execute(_UNRESERVED, {"site": site, "order_nos": list(order_nos)})
            return {row.order_no: (row.state, row.code) for row in rows}
