"""Inventory as XML: the pull in parts, so that a large answer is never held whole, and the push."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sync.sandbox.orderflow.stock import StockRecord
from sync.sandbox.orderflow.xml import Element, document, element, fragment
from sync.sandbox.switches import Switches

PART = 200


def inventory_parts(records: Iterable[StockRecord], switches: Switches) -> Iterator[bytes]:
    """Yield the answer to an inventory query, some products at a time."""
    yield b"<?xml version='1.0' encoding='UTF-8'?>\n<inventory>"
    rows = iter(records)
    while part := list(islice(rows, PART)):
        yield b"".join(fragment(_pulled(record, switches)) for record in part)
    yield b"</inventory>"


def inventory_push(
    records: Sequence[StockRecord], organisation: str, channel: str, message_id: int, switches: Switches
) -> bytes:
    """Return one message about these products for a channel."""
    root = element("inventory", {"messageId": message_id})
    for record in records:
        identity = {
            "inventoryId": record.inventory_id,
            "sequenceId": record.inventory_id,
            "externalReference": record.sku,
            "organisation": organisation,
            "site": record.warehouse,
        }
        row = element("product", {**identity, **_quantities(record, switches), **_counters(record)})
        # ASSUMPTION: the generic push has no lastOrderExported; the one to Magento shops has.
        if switches["last_order_exported"] and record.exported.get(channel):
            row.set("lastOrderExported", record.exported[channel])
        root.append(row)
    return document(root)


def _pulled(record: StockRecord, switches: Switches) -> Element:
    identity = {
        "inventoryId": record.inventory_id,
        "externalReference": record.sku,
        "site": record.warehouse,
    }
    unusable = {
        "inspection": record.inspection,
        "damaged": record.damaged,
        "quarantined": record.quarantined,
    }
    row = element("product", {**identity, **_quantities(record, switches), **unusable, **_counters(record)})
    if switches["last_order_exported"] and any(record.exported.values()):
        row.set("lastOrderExported", max(record.exported.values()))
    return row


def _quantities(record: StockRecord, switches: Switches) -> dict[str, int]:
    # ASSUMPTION: allocated is the reserved part; available counts all demand and may be negative.
    allocated = record.required if switches["allocated_is_all_demand"] else record.allocated
    available = record.available if switches["negative_available"] else max(0, record.available)
    return {
        "total": record.total,
        "allocated": allocated,
        "available": available,
        "frozen": record.frozen,
        "onOrder": record.on_order,
    }


def _counters(record: StockRecord) -> dict[str, int]:
    return {
        "lastStockChangeId": record.last_stock_change_id,
        "lastLineRequirementChangeId": record.last_line_requirement_change_id,
    }
