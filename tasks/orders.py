"""Order tasks."""

import uuid
from dataclasses import replace
from time import monotonic
from typing import Any

from sync.core.messages import Origin, Topic
from sync.core.times import moment
from sync.flows.backfill import STATUSES, Window, finished
from sync.flows.drafts import placed
from sync.flows.messages import of_each, one_by_one
from sync.flows.pace import Pace
from tasks.app import app, settings
from tasks.bridge import bridge, heard

# Well below the time limit of a task; what is left is for the next call.
_SECONDS = 120.0
_ALL = ",".join(STATUSES)


@app.task(name="tasks.orders.push")
def push(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, Any]:
    """Hand over every due order, or one order by its number, also when it had been refused before.

    An order that waits for its next attempt is worked now; `last` tells what became of it.
    """
    heard("tasks.orders.push")
    work = bridge()
    if order_no is None:
        return work.loop.deliver([Topic.ORDER_PLACED], work.orders.deliver, work.work, site=site).as_dict()
    if site is None or site not in settings().sites:
        return {"error": f"unknown site {site}", "sites": sorted(settings().sites)}
    waiting = work.queue.unfinished(site, order_no, Topic.ORDER_PLACED)
    hurried = work.queue.hurry(site, order_no, Origin.STOREFRONT)
    if not waiting:
        work.ledger.add([placed(site, order_no, f"hand:{order_no}:{uuid.uuid4().hex[:12]}")])
    report = work.loop.deliver([Topic.ORDER_PLACED], work.orders.deliver, work.work, site=site, key=order_no)
    last = work.queue.last(site, order_no, Topic.ORDER_PLACED)
    return {"site": site, "order_no": order_no, "hurried": hurried, **report.as_dict(), "last": last}


@app.task(name="tasks.orders.amend")
def amend(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, int]:
    """Cancel or amend in the warehouse what changed in the storefront after the hand-over."""
    heard("tasks.orders.amend")
    work = bridge()
    handle = one_by_one(work.amendments.deliver)
    # One at a time: a cancellation must have ended before its lease does, and so must not wait for others.
    alone = replace(work.work, batch=1)
    report = work.loop.deliver([Topic.ORDER_CHANGED], handle, alone, site=site, key=order_no)
    return report.as_dict()


@app.task(name="tasks.orders.collect")
def collect(*, site: str | None = None, **_: Any) -> dict[str, int]:
    """Sweep the storefront for placed and for canceled orders whose hook was lost."""
    work = bridge()
    sites = [one for name, one in settings().sites.items() if site in {None, name}]
    found = of_each(
        sites, lambda one: work.orders.collect(one, work.overlap), lambda: work.bell(Topic.ORDER_PLACED)
    )
    canceled = of_each(
        sites,
        lambda one: work.orders.collect_canceled(one, work.overlap),
        lambda: work.bell(Topic.ORDER_CHANGED),
    )
    return found | {f"{name} canceled": new for name, new in canceled.items()}


@app.task(name="tasks.orders.backfill")
def backfill(
    *,
    site: str,
    start: str,
    end: str | None = None,
    statuses: str = _ALL,
    rate: float | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Read the ready orders created in a window of ISO 8601 times; called again, it goes on.

    Ends by itself before its time limit; `finished` says whether the end of the window was reached.
    """
    if site not in settings().sites or not set(statuses.split(",")) <= set(STATUSES):
        return {"error": "unknown site or status", "sites": sorted(settings().sites), "statuses": STATUSES}
    window = Window(
        site=settings().sites[site],
        since=moment(start),
        until=moment(end) if end else None,
        statuses=tuple(statuses.split(",")),
    )
    flow, ends = bridge().backfill, monotonic() + _SECONDS
    steps = (flow.dry_run if dry_run else flow.run)(window, Pace(rate))
    read, new, done = finished(steps, lambda _step: monotonic() < ends)
    if new and not dry_run:
        bridge().bell(Topic.ORDER_PLACED)
    return {"site": site, "read": read, "new": new, "finished": done}
