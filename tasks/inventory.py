"""Inventory tasks."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sync.core.messages import Topic
from sync.flows.inventory import TOPICS
from tasks.app import app, settings
from tasks.bridge import bridge, heard


@app.task(name="tasks.inventory.deliver")
def deliver(*, organisation: str | None = None, **_: Any) -> dict[str, int]:
    """Keep due counts and publish the allocations they change."""
    heard("tasks.inventory.deliver")
    work = bridge()
    return work.loop.deliver(TOPICS, work.inventory.deliver, work.work, site=organisation).as_dict()


@app.task(name="tasks.inventory.sync")
def sync(
    *, organisation: str | None = None, slot: str | None = None, skus: Sequence[str] = (), **_: Any
) -> dict[str, int]:
    """Ask for a full pull per organisation, one per schedule slot however often beat ticks, or of `skus`."""
    work = bridge()
    organisations = {site.organisation for site in settings().sites.values()}
    named = slot or (f"named-{uuid.uuid4().hex[:12]}" if skus else _slot(settings().schedule.stock))
    drafts = [
        work.inventory.request(name, named, skus)
        for name in sorted(organisations)
        if organisation in {None, name}
    ]
    new = work.ledger.add(drafts)
    work.bell(Topic.STOCK_REQUESTED)
    return {"requested": new}


def _slot(seconds: float) -> str:
    start = datetime.now(UTC).timestamp() // seconds * seconds
    return datetime.fromtimestamp(start, UTC).isoformat(timespec="seconds")
