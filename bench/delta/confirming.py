"""What it costs to remember what was written: SKU by SKU, and a batch at once, by turns on one database."""

import time
from datetime import UTC, datetime

from sqlalchemy import Engine

from sync.core.inventory import Published
from sync.store.db import make_sessions
from sync.store.stock import PostgresStock

BATCH = 50
ROUNDS = 10


def confirming(engine: Engine) -> dict[str, float]:
    """Return SKUs a second in both ways, and how many times as many a batch is."""
    stock, at = PostgresStock(make_sessions(engine)), datetime.now(UTC)
    written = Published(allocation=1, started_at=at, finished_at=at)
    batch = {f"CONFIRM-{number:03}": written for number in range(BATCH)}
    single, together = 0.0, 0.0
    for _ in range(ROUNDS):
        token = stock.begin("confirming", batch)
        began = time.perf_counter()
        for sku in batch:
            stock.save_published("confirming", {sku: written}, token)
        between = time.perf_counter()
        stock.save_published("confirming", batch, token)
        single, together = single + between - began, together + time.perf_counter() - between
    skus = BATCH * ROUNDS
    return {
        "singly_per_second": round(skus / single),
        "batch_per_second": round(skus / together),
        "ratio": round(single / together, 1),
    }
