"""What the warehouse was told of an order, what of it changed since, and which facts are of the new one."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from sync.core.fulfillment import Fact, Stage
from sync.core.orders import WarehouseOrder
from sync.core.postings import HandedOrder

# How the ledger notes what became of a change, for the timeline.
CANCEL_REFUSED = "the warehouse would not cancel"
AMENDED = "sent to the warehouse anew"
ADDRESS, METHOD = "shipment.address", "shipment.method"


def destination(part: WarehouseOrder) -> str:
    """Return a digest of where and one of how to send: what of them changes later is an amendment.

    Of the storefront's own words only: another crosswalk or route in the sites file amends no order.
    """
    shipment = part.shipment
    where = (shipment.address, shipment.store, shipment.instruction)
    return f"{_digest(where)}:{_digest(shipment.method)}"


def changes(told: str | None, part: WarehouseOrder) -> list[str]:
    """Return the fields that differ from what was told; nothing is known to where nothing was noted."""
    if told is None:
        return []
    pairs = zip((ADDRESS, METHOD), told.split(":"), destination(part).split(":"), strict=True)
    return [field for field, before, after in pairs if before != after]


def goods(parts: Mapping[str, WarehouseOrder]) -> dict[str, dict[str, int]]:
    """Return reference → SKU → units, as the storefront has them now."""
    return {reference: dict(part.units) for reference, part in parts.items()}


def handed_goods(order: HandedOrder) -> dict[str, dict[str, int]]:
    """Return reference → SKU → units, as they were handed over."""
    found: dict[str, dict[str, int]] = {}
    for part in order.parts:
        units = found.setdefault(part.reference, {})
        for line in part.lines:
            units[line.sku] = units.get(line.sku, 0) + line.quantity
    return found


def of_present_order(fact: Fact, present: Mapping[str, Stage]) -> tuple[Fact, list[str]]:
    """Return what of a fact is about the order that the warehouse has now, and the goods that are strays.

    An amended order was canceled under another name and sent anew under its own, so a late word about the
    former one looks like one about the new. A shipment never goes back: what has not come as far as the
    fact says is not what it speaks of. `present` is shipment → stage, nothing while there is no order.
    Strays are shipments of the former order that left although it was canceled.
    """
    kept = tuple(seen for seen in fact.shipments if _as_far(present.get(seen.shipment), seen.stage))
    strays = [s.shipment for s in fact.shipments if s not in kept and s.stage is Stage.SHIPPED]
    return replace(fact, shipments=kept, complete=fact.complete and kept == fact.shipments), strays


def _as_far(present: Stage | None, seen: Stage) -> bool:
    if present is None:
        return False
    return present is seen or (seen is not Stage.CANCELED and present.rank >= seen.rank)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
