"""Fulfillment tasks."""

from typing import Any

from sync.core.messages import Topic
from sync.core.sites import Site
from sync.flows.messages import of_each, one_by_one
from sync.flows.watching import silence_of
from tasks.app import app, settings
from tasks.bridge import bridge, heard

# Seconds that may be spent on asking, shared by the sites; well below the time limit of a task.
_ASKING = 100.0

TOPICS = (Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED, Topic.PAYMENT_REQUESTED, Topic.UNSUPPORTED)


@app.task(name="tasks.fulfillment.post")
def post(*, site: str | None = None, key: str | None = None, **_: Any) -> dict[str, int]:
    """Join due warehouse facts into their orders and plan what the storefront is told."""
    heard("tasks.fulfillment.post")
    work = bridge()
    return work.loop.deliver(
        TOPICS, one_by_one(work.fulfillment.deliver), work.work.in_turns(), site=site, key=key
    ).as_dict()


@app.task(name="tasks.fulfillment.collect")
def collect(*, site: str | None = None, silence: float | None = None, **_: Any) -> dict[str, int]:
    """Poll the warehouse for despatches, returns and silent orders whose pushes were lost."""
    work = bridge()
    sites = [one for name, one in settings().sites.items() if site in {None, name}]

    def look(one: Site) -> int:
        allowed = silence_of(one, settings().schedule.silence, silence)
        return work.watching.collect(one, work.overlap, allowed, _ASKING / len(sites))

    return of_each(sites, look, lambda: work.bell(Topic.SHIPMENT_CHANGED))
