"""Fulfillment tasks."""

from datetime import timedelta
from typing import Any

from sync.core.messages import Topic
from sync.flows.messages import of_each, one_by_one
from tasks.app import app, settings
from tasks.bridge import bridge, heard

TOPICS = (Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED, Topic.UNSUPPORTED)


@app.task(name="tasks.fulfillment.post")
def post(*, site: str | None = None, key: str | None = None, **_: Any) -> dict[str, int]:
    """Join due warehouse facts into their orders and plan what the storefront is told."""
    heard("tasks.fulfillment.post")
    work = bridge()
    return work.loop.deliver(
        TOPICS, one_by_one(work.fulfillment.deliver), work.work, site=site, key=key
    ).as_dict()


@app.task(name="tasks.fulfillment.collect")
def collect(*, site: str | None = None, silence: float | None = None, **_: Any) -> dict[str, int]:
    """Poll the warehouse for despatches, returns and silent orders whose pushes were lost."""
    work = bridge()
    quiet = timedelta(seconds=settings().schedule.silence if silence is None else silence)
    sites = [one for name, one in settings().sites.items() if site in {None, name}]
    return of_each(
        sites,
        lambda one: work.fulfillment.collect(one, work.overlap, quiet),
        lambda: work.bell(Topic.SHIPMENT_CHANGED),
    )
