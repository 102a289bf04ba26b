"""What a batch of retention costs in a large ledger: its time, and how often its partial index was used."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.embedded import embedded_servers
from sync.store.db import make_engine, make_sessions, migrate
from sync.store.privacy import PostgresRetained

SITE = "US"
BATCH = 500
# Half of them are due; none is of an order that is open. A body is as long as an order usually is.
_FILL = text("""
INSERT INTO message (site, topic, origin, key, dedupe_key, body, correlation_id, state, outcome, received_at,
                     settled_at)
SELECT 'US', 'order.placed', 'storefront', 'K' || n, 'K' || n,
       '{"type": "order.placed", "note": "' || repeat('x', 3000) || '"}', 'c', 'done', 'applied', now(),
       now() - make_interval(days => 1 + (n * 7919) % 180)
FROM generate_series(1, :rows) AS n
""")
_SCANS = text("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'message_kept'")


def measured(rows: int) -> dict[str, Any]:
    """Return seconds of each of ten batches and the scans of the index, in a ledger of so many messages."""
    with TemporaryDirectory() as folder, embedded_servers(Path(folder), keep=False) as servers:
        migrate(servers.database_url)
        engine = make_engine(servers.database_url)
        sessions = make_sessions(engine)
        with sessions.begin() as session:
            session.execute(_FILL, {"rows": rows})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        told = {"rows": rows, "batch": BATCH, **_batches(sessions)}
        # A session tells its figures at its end.
        engine.dispose()
        with sessions() as session:
            told["index_scans"] = session.scalar(_SCANS)
        engine.dispose()
    return told


def _batches(sessions: sessionmaker[Session]) -> dict[str, Any]:
    retained, before = PostgresRetained(sessions, {}), datetime.now(UTC) - timedelta(days=90)
    seconds, blanked = [], 0
    for _ in range(10):
        begun = perf_counter()
        blanked += retained.blank({SITE: before}, before, BATCH)["message"]
        seconds.append(round(perf_counter() - begun, 3))
    return {"seconds": seconds, "blanked": blanked, "due": retained.due({SITE: before}, before)["message"]}


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    print(json.dumps(measured(parser.parse_args().rows)))  # noqa: T201  its result
