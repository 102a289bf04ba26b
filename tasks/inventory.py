"""Inventory tasks."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from config.queues import STOCK_HARD_LIMIT, STOCK_SOFT_LIMIT
from sync.core.errors import OrderbridgeError
from sync.core.messages import Topic
from sync.flows.inventory import TOPICS
from tasks.app import app, settings
from tasks.bridge import bridge, heard


@app.task(name="tasks.inventory.deliver", soft_time_limit=STOCK_SOFT_LIMIT, time_limit=STOCK_HARD_LIMIT)
def deliver(*, organisation: str | None = None, **_: Any) -> dict[str, int]:
    """Keep due counts and publish the allocations they change."""
    heard("tasks.inventory.deliver")
    work = bridge()
    return work.loop.deliver(TOPICS, work.inventory.deliver, work.work, site=organisation).as_dict()


@app.task(name="tasks.inventory.sync")
def sync(
    *,
    site: str | None = None,
    organisation: str | None = None,
    slot: str | None = None,
    skus: Sequence[str] = (),
    **_: Any,
) -> dict[str, Any]:
    """Ask for a full pull, or one of `skus`, of a site's organisation, of one or of each.

    One per slot of the site's cadence, however often beat ticks and however many beats there are.
    """
    work, sites = bridge(), settings().sites
    if site is not None and site not in sites:
        return {"error": f"unknown site {site}", "sites": sorted(sites)}
    wanted = [one for name, one in sites.items() if site in {None, name}]
    asked = {
        one.organisation: slot or (f"named-{uuid.uuid4().hex[:12]}" if skus else _slot(one.name))
        for one in reversed(wanted)
        if organisation in {None, one.organisation}
    }
    new = work.ledger.add(
        [work.inventory.request(name, named, skus) for name, named in sorted(asked.items())]
    )
    work.bell(Topic.STOCK_REQUESTED)
    return {"requested": new}


@app.task(name="tasks.inventory.refresh")
def refresh(**_: Any) -> dict[str, int]:
    """Ask for the counts of the SKUs that orders have changed, once these orders are surely in them.

    And have shown again what baskets hold no longer.
    """
    new = bridge().refreshing.collect() + bridge().baskets.collect()
    if new:
        bridge().bell(Topic.STOCK_REQUESTED)
    return {"requested": new}


@app.task(name="tasks.inventory.audit", soft_time_limit=STOCK_SOFT_LIMIT, time_limit=STOCK_HARD_LIMIT)
def audit(
    *,
    site: str,
    sample: int | None = None,
    all: bool = False,  # noqa: A002  the word that the command line has for it
    repair: bool | None = None,
) -> dict[str, Any]:
    """Read back a sample of a site's list, or all of it, and repair what differs if the site wants that."""
    sites = settings().sites
    if site not in sites:
        return {"error": f"unknown site {site}", "sites": sorted(sites)}
    cadence = sites[site].cadence
    wanted = None if all else cadence.audit_sample if sample is None else max(1, sample)
    repair = cadence.audit_repair if repair is None else repair
    try:
        ended, _ = bridge().auditor.audit(sites[site], wanted, repair=repair)
    except OrderbridgeError as error:
        # It was noted; the next audit tries again, and the metrics tell.
        return {"site": site, "error": str(error)}
    if ended.repaired:
        bridge().bell(Topic.STOCK_REQUESTED)
    return {
        "site": site,
        "audited": ended.audited,
        "moving": ended.moving,
        "drifted": ended.drifted,
        "repaired": ended.repaired,
    }


@app.task(name="tasks.inventory.survey", soft_time_limit=STOCK_SOFT_LIMIT, time_limit=STOCK_HARD_LIMIT)
def survey(**_: Any) -> dict[str, dict[str, int]]:
    """Count the SKUs of each list that are out of the ordinary, for the metrics."""
    return bridge().survey.count()


def _slot(site: str) -> str:
    """Return the begin of the present slot; the ticks of a cron line are a minute apart or more."""
    cadence = settings().sites[site].cadence
    seconds = 60.0 if cadence.cron else cadence.every or settings().schedule.stock
    start = datetime.now(UTC).timestamp() // seconds * seconds
    return datetime.fromtimestamp(start, UTC).isoformat(timespec="seconds")
