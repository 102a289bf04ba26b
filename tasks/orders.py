"""Order tasks."""

import uuid
from typing import Any

from sync.core.messages import Topic
from sync.flows.messages import of_each
from sync.flows.orders import placed
from tasks.app import app, settings
from tasks.bridge import bridge, heard


@app.task(name="tasks.orders.push")
def push(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, Any]:
    """Hand over every due order, or one order by its number, also when it had been refused before."""
    heard("tasks.orders.push")
    work = bridge()
    if order_no is None:
        return work.loop.deliver([Topic.ORDER_PLACED], work.orders.deliver, work.work, site=site).as_dict()
    if site is None or site not in settings().sites:
        return {"error": f"unknown site {site}", "sites": sorted(settings().sites)}
    work.ledger.add([placed(site, order_no, f"hand:{order_no}:{uuid.uuid4().hex[:12]}")])
    report = work.loop.deliver([Topic.ORDER_PLACED], work.orders.deliver, work.work, site=site, key=order_no)
    return {"site": site, "order_no": order_no, **report.as_dict()}


@app.task(name="tasks.orders.collect")
def collect(*, site: str | None = None, **_: Any) -> dict[str, int]:
    """Sweep the storefront for orders whose hook was lost."""
    work = bridge()
    sites = [one for name, one in settings().sites.items() if site in {None, name}]
    return of_each(
        sites, lambda one: work.orders.collect(one, work.overlap), lambda: work.bell(Topic.ORDER_PLACED)
    )
