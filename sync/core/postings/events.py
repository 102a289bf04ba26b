"""Fulfillment events and adjustments, within the storefront's limits."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from sync.core.fulfillment import Item, ReturnFact, Shipment, Stage
from sync.core.money import minor_units
from sync.core.postings.handed import HandedOrder
from sync.core.postings.posting import Kind, Posting, stamp
from sync.core.sites import Site

# Lines of one event, and characters of its texts.
MOST_LINES = 200
LONGEST = 256


def shipment_events(
    site: Site, order: HandedOrder, shipment: Shipment, items: Sequence[Item]
) -> list[Posting]:
    """Return the events that a shipment's present stage calls for, at most `MOST_LINES` lines each."""
    named, fact = [item for item in items if item.item_id], f"{shipment.name}-{shipment.stage}"
    return [
        posting
        for part, some in enumerate(_portions(named))
        for posting in _stage_event(site, order, shipment, some, _identity(fact, part))
    ]


def _stage_event(
    site: Site, order: HandedOrder, shipment: Shipment, items: Sequence[Item], identity: str
) -> list[Posting]:
    event: dict[str, object] = {"id": identity, "occurredAt": stamp(shipment.reached[shipment.stage])}
    if shipment.stage in {Stage.PICKED, Stage.PACKED}:
        event |= {"type": "processing", "description": str(shipment.stage), "lineItems": _positive(items)}
        return [Posting(Kind.FULFILLMENT, f"event:{identity}", event)]
    if shipment.stage is Stage.CANCELED:
        return [_adjustment(site, order, event | {"type": "cancellation", "status": "completed"}, items)]
    tracking = _tracking(site, shipment)
    if shipment.stage is Stage.SHIPPED and tracking:
        event |= {"type": "shipped", "lineItems": _positive(items)} | tracking
        return [Posting(Kind.FULFILLMENT, f"event:{identity}", event)]
    return []


def _tracking(site: Site, shipment: Shipment) -> dict[str, object]:
    """The storefront refuses an event without number and page: without them it waits for them."""
    number = shipment.parcels[0] if shipment.parcels else ""
    url = shipment.tracking_url or site.tracking_url(shipment.carrier, number)
    if not number or not url:
        return {}
    tracking: dict[str, object] = {
        "carrier": shipment.carrier[:LONGEST],
        "trackingNumber": number[:LONGEST],
        "trackingUrl": url,
    }
    if len(shipment.parcels) > 1:
        tracking["description"] = f"{len(shipment.parcels)} parcels: {', '.join(shipment.parcels)}"[:LONGEST]
    return tracking


def return_events(site: Site, order: HandedOrder, fact: ReturnFact, items: Sequence[Item]) -> list[Posting]:
    """Return the adjustments of goods that came back, and of their refund where it was asked for."""
    named = [item for item in items if item.item_id]
    event: dict[str, object] = {"occurredAt": stamp(fact.at)}
    if fact.reason:
        event["description"] = fact.reason[:LONGEST]
    kinds = [("return", "completed", ""), *([("refund", "pending", "-refund")] if fact.refund else [])]
    return [
        _adjustment(site, order, event | {"id": identity, "type": kind, "status": status}, some)
        for kind, status, suffix in kinds
        for part, some in enumerate(_portions(named))
        for identity in [_identity(f"return-{fact.return_id}{suffix}", part)]
    ]


def _portions(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + MOST_LINES] for start in range(0, len(items), MOST_LINES)]


def _identity(name: str, part: int) -> str:
    """The same name for the same fact, no longer than the storefront takes."""
    whole = f"{name}-{part + 1}" if part else name
    if len(whole) <= LONGEST:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return f"{whole[: LONGEST - 17]}-{digest}"


def _adjustment(site: Site, order: HandedOrder, event: dict[str, object], items: Sequence[Item]) -> Posting:
    value = event | {
        "lineItems": [{"id": item.item_id, "quantity": -item.quantity} for item in items],
        "totals": [
            {"type": "total", "amount": -minor_units(_worth(order, items), site.digits(order.currency))}
        ],
    }
    return Posting(Kind.ADJUSTMENT, f"event:{event['id']}", value)


def _worth(order: HandedOrder, items: Sequence[Item]) -> Decimal:
    lines = {line.item_id: line for part in order.parts for line in part.lines}
    return sum(
        (
            lines[i.item_id].gross * i.quantity / lines[i.item_id].quantity
            for i in items
            if i.item_id in lines
        ),
        Decimal(0),
    )


def _positive(items: Sequence[Item]) -> list[dict[str, object]]:
    return [{"id": item.item_id, "quantity": item.quantity} for item in items]
