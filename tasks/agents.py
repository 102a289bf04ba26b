"""Tasks of those who watch orders in the CRM."""

from typing import Any

from sync.core.messages import Topic
from tasks.app import app
from tasks.bridge import bridge, heard


@app.task(name="tasks.agents.show")
def show(*, site: str | None = None, order_no: str | None = None, **_: Any) -> dict[str, int]:
    """Write what is new of every due order's story to the CRM, of all orders together."""
    heard("tasks.agents.show")
    work = bridge()
    report = work.loop.deliver(
        [Topic.STORY_CHANGED], work.agents.deliver, work.agents_work, site=site, key=order_no
    )
    return report.as_dict()
