"""What agents were shown of orders, and what else is asked of orders to show it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.agent_policy import Written
from sync.core.messages import Origin, Topic
from sync.core.ports import ShownToAgents
from sync.core.ports.agents import OrderName, Shown
from sync.core.timeline import Trail
from sync.store.models import AgentRecordRow
from sync.store.stories import News
from sync.store.trails import PostgresTrails

_ASKED = "unnest(CAST(:sites AS text[]), CAST(:orders AS text[])) AS asked(site, order_no)"
_WRITTEN = text(f"SELECT r.* FROM {_ASKED} JOIN agent_record AS r USING (site, order_no)")  # noqa: S608  ours
# What is not known of one part is not known of the whole.
_TOTALS = text(f"""
SELECT asked.site, asked.order_no,
       sum(goods.gross) + sum(h.shipping_gross) + coalesce(sum(h.rest_gross), 0) AS total
FROM {_ASKED} JOIN handover AS h ON h.site = asked.site AND h.order_no = asked.order_no,
LATERAL (SELECT coalesce(sum(gross), 0) AS gross FROM handover_line AS l
         WHERE l.site = h.site AND l.reference = h.reference) AS goods
GROUP BY asked.site, asked.order_no HAVING bool_and(h.shipping_gross IS NOT NULL)
""")  # noqa: S608  ours
_LETTERS = text(f"""
SELECT m.site, m.key, m.id FROM {_ASKED} JOIN message AS m ON m.site = asked.site AND m.key = asked.order_no
WHERE m.origin = :origin AND m.topic = :topic AND m.state = 'dead'
""")  # noqa: S608  ours
_ORDERS = text("""
SELECT order_no FROM (
    SELECT order_no, min(placed_at) AS at FROM handover WHERE site = :site GROUP BY order_no
    UNION ALL
    SELECT key, min(received_at) FROM message AS m WHERE site = :site AND topic = 'order.placed'
      AND NOT EXISTS (SELECT 1 FROM handover AS h WHERE h.site = m.site AND h.order_no = m.key)
    GROUP BY key) AS known
WHERE (CAST(:since AS timestamptz) IS NULL OR at >= :since) AND order_no > :after
ORDER BY order_no LIMIT :limit
""")
_WAITING = text("""
SELECT site, count(*) AS orders, min(created_at) AS oldest FROM message
WHERE topic = :topic AND state IN ('due', 'working') GROUP BY site
""")
_PAGE = 500


class PostgresStories:
    """Implements `core.ports.agents.Stories`, and what `agent sync` needs."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def trail(self, site: str, order_no: str) -> Trail:
        """Return everything the ledger has of an order."""
        return PostgresTrails(self._sessions).trail(site, order_no)

    def shown(self, orders: Collection[OrderName]) -> dict[OrderName, Shown]:
        """Return what is remembered of each of the orders."""
        asked = {"sites": [site for site, _ in orders], "orders": [order_no for _, order_no in orders]}
        written: dict[OrderName, dict[str, Written]] = {order: {} for order in orders}
        letters: dict[OrderName, list[int]] = {order: [] for order in orders}
        with self._sessions() as session:
            for row in session.execute(_WRITTEN, asked):
                written[row.site, row.order_no][row.key] = Written(row.what, row.digest)
            totals: dict[OrderName, Decimal] = {
                (row.site, row.order_no): row.total for row in session.execute(_TOTALS, asked)
            }
            named = {**asked, "origin": Origin.LEDGER, "topic": Topic.STORY_CHANGED}
            for row in session.execute(_LETTERS, named):
                letters[row.site, row.key].append(row.id)
        return {
            order: Shown(written=written[order], total=totals.get(order), letters=tuple(letters[order]))
            for order in orders
        }

    def known(self, site: str, since: datetime | None) -> Iterator[list[str]]:
        """Yield the site's orders, those placed since a time if one is given, in pages."""
        after = ""
        while True:
            values = {"site": site, "since": since, "after": after, "limit": _PAGE}
            with self._sessions() as session:
                page = list(session.scalars(_ORDERS, values))
            if not page:
                return
            yield page
            after = page[-1]

    def tell(self, site: str, orders: Sequence[str], cause: str, *, anew: bool = False) -> None:
        """Make the orders due to be told now; `anew` forgets what was told: all of it is written again."""
        with self._sessions.begin() as session:
            if anew:
                mine = (AgentRecordRow.site == site, AgentRecordRow.order_no.in_(orders))
                session.execute(delete(AgentRecordRow).where(*mine))
            News({site: 0.0}).now(session, site, orders, cause)

    def waiting(self) -> dict[str, tuple[int, datetime]]:
        """Return site → number of orders that agents are to be told of, and since when the oldest waits."""
        with self._sessions() as session:
            rows = session.execute(_WAITING, {"topic": Topic.STORY_CHANGED})
            return {row.site: (row.orders, row.oldest) for row in rows}


def record_shown(session: Session, shown: ShownToAgents) -> None:
    """Remember what the CRM has."""
    rows = [
        {
            "site": shown.site,
            "order_no": shown.order_no,
            "key": key,
            "what": one.what,
            "digest": one.digest,
            "written_at": shown.at,
        }
        for key, one in sorted(shown.rows.items())
    ]
    if not rows:
        return
    statement = upsert(AgentRecordRow).values(rows)
    changes = {name: statement.excluded[name] for name in ("what", "digest", "written_at")}
    names = ["site", "order_no", "key"]
    session.execute(statement.on_conflict_do_update(index_elements=names, set_=changes))
