"""Queues, who works them, and the schedule: data, so that a flow's place is one line."""

from collections.abc import Mapping

from config.settings import ScheduleSettings
from sync.core.messages import Topic

INTAKE = "intake"
ORDERS = "orders"
FULFILLMENT = "fulfillment"
STOREFRONT = "storefront"
INVENTORY = "inventory"
MESSAGES = "messages"
MAINTENANCE = "maintenance"

QUEUES: tuple[str, ...] = (INTAKE, ORDERS, FULFILLMENT, STOREFRONT, INVENTORY, MESSAGES, MAINTENANCE)

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
    "tasks.messages.relay": MESSAGES,
    "tasks.messages.reprocess": MESSAGES,
    "tasks.maintenance.prune": MAINTENANCE,
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
    Topic.STOCK_CHANGED: "tasks.inventory.deliver",
    Topic.STOCK_REQUESTED: "tasks.inventory.deliver",
}

# Seconds a task may run; below the broker's visibility timeout, or it would run twice.
SOFT_LIMIT = 200
HARD_LIMIT = 240
VISIBILITY_TIMEOUT = 300


# What a fresh stack asks for at once, and not only after the first tick.
AT_START: tuple[str, ...] = (
    "tasks.orders.collect",
    "tasks.fulfillment.collect",
    "tasks.inventory.sync",
)


def beat_schedule(every: ScheduleSettings) -> dict[str, dict[str, object]]:
    """Return Celery's schedule; every entry only rings a bell and expires before the next one."""
    ticks = {
        "tasks.intake.drain": every.relay,
        "tasks.messages.relay": every.relay,
        "tasks.orders.collect": every.sweep,
        "tasks.fulfillment.collect": every.poll,
        "tasks.inventory.sync": every.stock,
        "tasks.maintenance.prune": 3600.0,
    }
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in ticks.items()
    }
