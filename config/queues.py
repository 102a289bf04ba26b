"""Queues, who works them, and the schedule: data, so that a flow's place is one line."""

from collections.abc import Iterator, Mapping
from typing import Any

from config.settings import ScheduleSettings
from sync.core.messages import Topic
from sync.core.sites import Site

INTAKE = "intake"
ORDERS = "orders"
FULFILLMENT = "fulfillment"
STOREFRONT = "storefront"
INVENTORY = "inventory"
MESSAGES = "messages"
CRM = "crm"
MAINTENANCE = "maintenance"

QUEUES: tuple[str, ...] = (INTAKE, ORDERS, FULFILLMENT, STOREFRONT, INVENTORY, CRM, MESSAGES, MAINTENANCE)

TASK_QUEUES: Mapping[str, str] = {
    "tasks.intake.drain": INTAKE,
    "tasks.orders.push": ORDERS,
    "tasks.orders.amend": ORDERS,
    "tasks.orders.collect": ORDERS,
    "tasks.orders.backfill": ORDERS,
    "tasks.fulfillment.post": FULFILLMENT,
    "tasks.fulfillment.collect": FULFILLMENT,
    "tasks.storefront.post": STOREFRONT,
    "tasks.inventory.deliver": INVENTORY,
    "tasks.inventory.sync": INVENTORY,
    "tasks.inventory.refresh": INVENTORY,
    "tasks.inventory.audit": INVENTORY,
    "tasks.agents.show": CRM,
    "tasks.customers.link": CRM,
    "tasks.inventory.survey": MAINTENANCE,
    "tasks.messages.relay": MESSAGES,
    "tasks.messages.reprocess": MESSAGES,
    "tasks.maintenance.prune": MAINTENANCE,
    "tasks.maintenance.retain": MAINTENANCE,
}

# The doorbell of each topic: which task works the messages that are due.
DOORBELLS: Mapping[str, str] = {
    Topic.ORDER_PLACED: "tasks.orders.push",
    Topic.ORDER_CHANGED: "tasks.orders.amend",
    Topic.SHIPMENT_CHANGED: "tasks.fulfillment.post",
    Topic.RETURN_RECEIVED: "tasks.fulfillment.post",
    Topic.PAYMENT_REQUESTED: "tasks.fulfillment.post",
    Topic.UNSUPPORTED: "tasks.fulfillment.post",
    Topic.POSTING_PLANNED: "tasks.storefront.post",
    Topic.STORY_CHANGED: "tasks.agents.show",
    Topic.LINK_REQUESTED: "tasks.customers.link",
    Topic.STOCK_CHANGED: "tasks.inventory.deliver",
    Topic.STOCK_REQUESTED: "tasks.inventory.deliver",
    Topic.BASKET_CHANGED: "tasks.inventory.deliver",
}

# Seconds a task may run; below the broker's visibility timeout, or it would run twice.
SOFT_LIMIT = 200
HARD_LIMIT = 240
VISIBILITY_TIMEOUT = 300
# Of stock, which may be millions of counts long. Its doorbell is delivered again meanwhile, and finds the
# work's lease held.
STOCK_SOFT_LIMIT = 1500
STOCK_HARD_LIMIT = 1560
# Seconds between two counts of what is out of the ordinary.
SURVEY = 900.0


# What a fresh stack asks for at once, and not only after the first tick.
AT_START: tuple[str, ...] = (
    "tasks.orders.collect",
    "tasks.fulfillment.collect",
    "tasks.inventory.sync",
)


def beat_schedule(every: ScheduleSettings, sites: Mapping[str, Site]) -> dict[str, dict[str, Any]]:
    """Return Celery's schedule; every entry only rings a bell and expires before the next one.

    A site's own entries carry its name. A schedule that is a text is a cron line.
    """
    ticks: dict[str, float] = {
        "tasks.intake.drain": every.relay,
        "tasks.messages.relay": every.relay,
        "tasks.orders.collect": every.sweep,
        "tasks.fulfillment.collect": every.poll,
        "tasks.inventory.refresh": every.relay,
        "tasks.inventory.survey": SURVEY,
        "tasks.maintenance.prune": 3600.0,
        "tasks.maintenance.retain": 3600.0,
    }
    fleet = {name: {"task": name, **_tick(seconds)} for name, seconds in ticks.items()}
    own = [entry for site in sites.values() for entry in _stock(site, every)]
    # Sites that share a list are audited once, by the first one's cadence.
    lists = {site.stock.inventory_list: site for site in reversed(list(sites.values()))}
    return fleet | dict(own) | dict(entry for site in lists.values() for entry in _audit(site))


def _stock(site: Site, every: ScheduleSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    own, sync = site.cadence, "tasks.inventory.sync"
    tick = _tick(own.every or every.stock)
    if own.cron:
        tick = {"schedule": own.cron, "options": {"expires": 60.0}}
    yield f"{sync}:{site.name}", {"task": sync, "kwargs": {"site": site.name}, **tick}


def _audit(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    own, audit = site.cadence, "tasks.inventory.audit"
    tick = {"schedule": own.audit_cron, "options": {"expires": 60.0}} if own.audit_cron else None
    if tick is None and own.audit_every:
        tick = _tick(own.audit_every)
    if tick:
        yield f"{audit}:{site.name}", {"task": audit, "kwargs": {"site": site.name}, **tick}


def _tick(seconds: float) -> dict[str, Any]:
    return {"schedule": seconds, "options": {"expires": seconds}}
