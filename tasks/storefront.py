"""Storefront tasks."""

from typing import Any

from sync.core.messages import Topic
from tasks.app import app
from tasks.bridge import bridge, heard


@app.task(name="tasks.storefront.post")
def post(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, int]:
    """Make every due posting, in order per order."""
    heard("tasks.storefront.post")
    work = bridge()
    report = work.loop.deliver(
        [Topic.POSTING_PLANNED], work.postings.deliver, work.work.in_turns(), site=site, key=order_no
    )
    return report.as_dict()
