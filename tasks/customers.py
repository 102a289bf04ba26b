"""Customer tasks."""

import uuid
from typing import Any

from sync.core.messages import Topic
from sync.flows.drafts import link_requested
from tasks.app import app, settings
from tasks.bridge import bridge, heard


@app.task(name="tasks.customers.link")
def link(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, Any]:
    """Look up the customers of due requests in the CRM, or one order's anew, whatever is remembered."""
    heard("tasks.customers.link")
    work = bridge()
    if order_no is not None:
        if site is None or site not in settings().sites:
            return {"error": f"unknown site {site}", "sites": sorted(settings().sites)}
        identity = f"hand:{order_no}:{uuid.uuid4().hex[:12]}"
        work.ledger.add([link_requested(site, order_no, identity, anew=True)])
    report = work.loop.deliver(
        [Topic.LINK_REQUESTED], work.customers.deliver, work.work.in_turns(), site=site, key=order_no
    ).as_dict()
    if order_no is None or site is None:
        return report
    last = work.queue.last(site, order_no, Topic.LINK_REQUESTED)
    return {"site": site, "order_no": order_no, **report, "last": last}
