"""Intake tasks."""

import time
from typing import Any

import structlog
from kombu.exceptions import OperationalError

from sync.core.errors import Retryable
from tasks.app import app, settings
from tasks.bridge import bridge

log = structlog.get_logger()


@app.task(name="tasks.intake.drain")
def drain(*, seconds: float | None = None, **_: Any) -> dict[str, int]:
    """Move events from the stream to the ledger, for about one tick of beat, waiting for new ones."""
    until = time.monotonic() + (settings().schedule.relay if seconds is None else seconds)
    read = new = 0
    try:
        while True:
            batch, added = bridge().intake.drain("drain", block_ms=500)
            read, new = read + batch, new + added
            if time.monotonic() > until:
                break
        if batch:
            drain.delay()
    except (Retryable, OperationalError) as error:
        # The events stay in the stream, and beat rings again: nothing here is worth a traceback.
        log.warning("intake.unavailable", error=str(error), read=read, new=new)
    return {"read": read, "new": new}
