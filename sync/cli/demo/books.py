"""The ledger's own count of the day, read from its tables."""

from collections.abc import Mapping

from sqlalchemy import text

from sync.cli.demo.judge import Books
from sync.store.db import make_engine

# What the ledger counts under each word of the table; every query yields (site, order number).
_QUERIES: Mapping[str, str] = {
    "placed": "SELECT DISTINCT site, key FROM message WHERE topic = 'order.placed'",
    "rejected": "SELECT DISTINCT site, key FROM message WHERE topic = 'order.placed' AND state = 'dead'",
    "pushed": "SELECT DISTINCT site, order_no FROM handover WHERE exported_at IS NOT NULL",
    "shipped": """SELECT site, order_no FROM progress
        WHERE jsonb_path_exists(known, '$.shipments.* ? (@.stage == "shipped")')""",
    "canceled": """SELECT site, order_no FROM progress
        WHERE known->'shipments' <> '{}'
        AND NOT jsonb_path_exists(known, '$.shipments.* ? (@.stage != "canceled")')""",
    "returned": "SELECT site, order_no FROM progress WHERE known->'returns' <> '{}'",
}

_UNFINISHED = "SELECT count(*) FROM message WHERE state IN ('due', 'working')"


class BookKeeper:
    """Reads the ledger of one database."""

    def __init__(self, database_url: str) -> None:
        self._engine = make_engine(database_url, pool_size=1)

    def books(self) -> Books:
        """Return (site, what) → order numbers."""
        orders: dict[tuple[str, str], set[str]] = {}
        with self._engine.connect() as connection:
            for what, query in _QUERIES.items():
                for site, order_no in connection.execute(text(query)):
                    orders.setdefault((site, what), set()).add(order_no)
        return Books(orders)

    def unfinished(self) -> int:
        """Return how many messages are still due or worked on."""
        with self._engine.connect() as connection:
            return int(connection.scalar(text(_UNFINISHED)) or 0)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()
