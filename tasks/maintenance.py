"""Maintenance tasks."""

from datetime import timedelta

from sync.wiring import now
from tasks.app import app
from tasks.bridge import bridge


@app.task(name="tasks.maintenance.prune")
def prune(*, days: float = 30.0) -> dict[str, int]:
    """Delete finished messages older than `days`; dead ones stay until a person closes them."""
    return {"deleted": bridge().letters.prune(now() - timedelta(days=days))}
