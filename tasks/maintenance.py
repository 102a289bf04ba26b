"""Maintenance tasks."""

from datetime import timedelta
from time import monotonic

from sync.wiring import now
from tasks.app import app
from tasks.bridge import bridge


@app.task(name="tasks.maintenance.prune")
def prune(*, days: float = 30.0) -> dict[str, int]:
    """Delete finished messages older than `days`; dead ones stay until a person closes them."""
    return {"deleted": bridge().letters.prune(now() - timedelta(days=days))}


@app.task(name="tasks.maintenance.retain")
def retain(*, seconds: float = 60.0) -> dict[str, int]:
    """Blank personal data whose time is over, in small batches; what is left is for the next call."""
    until, total = monotonic() + seconds, dict[str, int]()
    while any((batch := bridge().privacy.retain()).values()):
        total = {name: total.get(name, 0) + count for name, count in batch.items()}
        if monotonic() > until:
            break
    return total
