"""What the storefront shall be told of an order's fulfillment: a pure function of what is known."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.money import minor_units
from sync.core.sites import Site


class Kind(StrEnum):
    """One kind of call to the storefront."""

    EXPORT_STATUS = "export_status"
    EXTERNAL_STATUS = "external_status"
    SHIPPING_STATUS = "shipping_status"
    ORDER_STATUS = "order_status"
    ATTRIBUTES = "attributes"
    FULFILLMENT = "fulfillment"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Posting:
    """One call to the storefront; `key` is unique within the order and stable over re-computation."""

    kind: Kind
    key: str
    value: Mapping[str, object]


def overtakes(later: Posting, earlier: Posting) -> bool:
    """Tell whether the later posting set everything that the earlier one would now set back."""
    if later.kind is not earlier.kind or later.kind in {Kind.FULFILLMENT, Kind.ADJUSTMENT}:
        return False
    return earlier.value.keys() <= later.value.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedLine:
    """A line as it was handed over; `gross` is for the whole line."""

    item_id: str
    sku: str
    quantity: int
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A warehouse reference and the lines handed over under it."""

    reference: str
    lines: tuple[HandedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOrder:
    """Everything that was handed over of one storefront order."""

    site: str
    order_no: str
    currency: str
    parts: tuple[Handed, ...]


def on_acceptance(references: Sequence[str], site: Site) -> list[Posting]:
    """Return what follows from the warehouse's acceptance of the whole order."""
    postings = [_status(Kind.EXPORT_STATUS, "exported")]
    if site.postings.external_status:
        postings.append(_status(Kind.EXTERNAL_STATUS, "accepted"))
    if site.postings.attributes:
        postings.append(_attributes({"c_ofOrderRef": ",".join(references)}))
    return postings


def order_status(value: str) -> Posting:
    """Return the posting of an order status."""
    return _status(Kind.ORDER_STATUS, value)


def on_rejection() -> list[Posting]:
    """Return what follows when an order cannot be handed over until somebody cures it."""
    return [_status(Kind.EXPORT_STATUS, "failed")]


def news(site: Site, order: HandedOrder, before: Known, after: Known) -> list[Posting]:
    """Return the postings that the step from `before` to `after` implies, in the order to send them."""
    told = {posting.key for posting in wanted(site, order, before)}
    return [posting for posting in wanted(site, order, after) if posting.key not in told]


def wanted(site: Site, order: HandedOrder, known: Known) -> list[Posting]:
    """Return every posting that the state calls for; a stage that was overtaken calls for none."""
    policy = site.postings
    assigned = assign(order, known)
    progress = _progress(order, known)
    postings: list[Posting] = []
    if policy.shipping_status and progress.shipping:
        postings.append(_status(Kind.SHIPPING_STATUS, progress.shipping))
    if policy.external_status and progress.external:
        postings.append(_status(Kind.EXTERNAL_STATUS, progress.external))
    if policy.attributes and (attributes := _shipment_attributes(site, known)):
        postings.append(_attributes(attributes))
    if policy.events:
        for name in sorted(known.shipments):
            postings += _shipment_events(site, order, known.shipments[name], assigned[name])
        for return_id in sorted(known.returns):
            postings += _return_events(site, order, known.returns[return_id], assigned[f"return {return_id}"])
    if policy.order_status and progress.order:
        postings.append(_status(Kind.ORDER_STATUS, progress.order))
    return postings


def assign(order: HandedOrder, known: Known) -> dict[str, tuple[Item, ...]]:
    """Return shipment name (or "return ID") → items with the storefront's line ids filled in.

    Where the warehouse did not return a line id, units are taken from the order's lines of that SKU
    in their order, shipment by shipment; what no line accounts for keeps an empty id and is not posted.
    """
    lines = [line for part in order.parts for line in part.lines]
    by_part = {part.reference: part.lines for part in order.parts}
    assigned: dict[str, tuple[Item, ...]] = {}
    pools = {reference: _Pool(part) for reference, part in by_part.items()}
    for name, shipment in sorted(known.shipments.items()):
        pool = pools.get(shipment.reference) or _Pool(lines)
        assigned[name] = tuple(pool.take(shipment.items))
    returned = _Pool(lines)
    for return_id, fact in sorted(known.returns.items()):
        assigned[f"return {return_id}"] = tuple(returned.take(fact.items))
    return assigned


class _Pool:
    """The units of an order's lines not yet assigned."""

    def __init__(self, lines: Iterable[HandedLine]) -> None:
        self.lines = list(lines)
        self.left = [line.quantity for line in self.lines]

    def take(self, items: Iterable[Item]) -> list[Item]:
        return [taken for item in items for taken in self._take(item)]

    def _take(self, item: Item) -> Iterator[Item]:
        wanted = item.quantity
        for index, line in enumerate(self.lines):
            fits = line.sku == item.sku and item.item_id in {"", line.item_id}
            units = min(self.left[index], wanted) if fits else 0
            if units:
                self.left[index] -= units
                wanted -= units
                yield Item(sku=item.sku, quantity=units, item_id=line.item_id)


@dataclass(frozen=True, slots=True)
class _Progress:
    shipping: str
    external: str
    order: str


def _progress(order: HandedOrder, known: Known) -> _Progress:
    ordered = sum(line.quantity for part in order.parts for line in part.lines)
    shipped = _units(known, Stage.SHIPPED)
    canceled = _units(known, Stage.CANCELED)
    returned = sum(item.quantity for fact in known.returns.values() for item in fact.items)
    whole = shipped + canceled >= ordered
    shipping = "" if not shipped else "shipped" if whole else "part_shipped"
    status = "" if not whole else "completed" if shipped else "cancelled"
    return _Progress(shipping, _external(shipped, canceled, returned, whole=whole, known=known), status)


def _units(known: Known, stage: Stage) -> int:
    return sum(i.quantity for s in known.shipments.values() if s.stage is stage for i in s.items)


def _external(shipped: int, canceled: int, returned: int, *, whole: bool, known: Known) -> str:
    if returned:
        return "returned" if shipped and returned >= shipped and whole else "part_returned"
    if shipped:
        return "shipped" if whole else "part_shipped"
    if canceled:
        return "cancelled" if whole else "part_cancelled"
    furthest = max(
        (s.stage for s in known.shipments.values()), key=lambda stage: stage.rank, default=Stage.ACCEPTED
    )
    return "" if furthest is Stage.ACCEPTED else str(furthest)


def _shipment_events(
    site: Site, order: HandedOrder, shipment: Shipment, items: Sequence[Item]
) -> list[Posting]:
    items = [item for item in items if item.item_id]
    if not items:
        return []
    event: dict[str, object] = {
        "id": f"{shipment.name}-{shipment.stage}",
        "occurredAt": _stamp(shipment.reached[shipment.stage]),
    }
    if shipment.stage in {Stage.PICKED, Stage.PACKED}:
        event |= {"type": "processing", "description": str(shipment.stage), "lineItems": _positive(items)}
        return [Posting(Kind.FULFILLMENT, f"event:{event['id']}", event)]
    if shipment.stage is Stage.CANCELED:
        event |= {"type": "cancellation", "status": "completed"}
        return [_adjustment(site, order, event, items)]
    if shipment.stage is Stage.SHIPPED and shipment.parcels:
        # The storefront refuses an event without tracking: without a parcel number it waits for one.
        event |= {"type": "shipped", "lineItems": _positive(items)} | _tracking(site, shipment)
        return [Posting(Kind.FULFILLMENT, f"event:{event['id']}", event)]
    return []


def _tracking(site: Site, shipment: Shipment) -> dict[str, object]:
    number = shipment.parcels[0]
    tracking: dict[str, object] = {
        "carrier": shipment.carrier,
        "trackingNumber": number,
        "trackingUrl": shipment.tracking_url or site.tracking_url(shipment.carrier, number),
    }
    if len(shipment.parcels) > 1:
        tracking["description"] = f"{len(shipment.parcels)} parcels: {', '.join(shipment.parcels)}"[:256]
    return tracking


def _return_events(site: Site, order: HandedOrder, fact: ReturnFact, items: Sequence[Item]) -> list[Posting]:
    items = [item for item in items if item.item_id]
    if not items:
        return []
    event: dict[str, object] = {
        "id": f"return-{fact.return_id}",
        "type": "return",
        "status": "completed",
        "occurredAt": _stamp(fact.at),
    }
    if fact.reason:
        event["description"] = fact.reason[:256]
    postings = [_adjustment(site, order, event, items)]
    if fact.refund:
        refund = event | {"id": f"return-{fact.return_id}-refund", "type": "refund", "status": "pending"}
        postings.append(_adjustment(site, order, refund, items))
    return postings


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


def _shipment_attributes(site: Site, known: Known) -> dict[str, str]:
    final = [s for _, s in sorted(known.shipments.items()) if s.stage in {Stage.SHIPPED, Stage.CANCELED}]
    attributes: dict[str, str] = {}
    if final:
        attributes["c_ofShipments"] = _json([_shipment_summary(site, shipment) for shipment in final])
    if known.returns:
        attributes["c_ofReturns"] = _json(
            [_return_summary(fact) for _, fact in sorted(known.returns.items())]
        )
    return attributes


def _shipment_summary(site: Site, shipment: Shipment) -> dict[str, object]:
    return {
        "shipment": shipment.name,
        "stage": str(shipment.stage),
        "at": _stamp(shipment.reached[shipment.stage]),
        "carrier": shipment.carrier,
        "parcels": [
            {"number": number, "url": site.tracking_url(shipment.carrier, number)}
            for number in shipment.parcels
        ],
        "items": [{"sku": item.sku, "quantity": item.quantity} for item in shipment.items],
    }


def _return_summary(fact: ReturnFact) -> dict[str, object]:
    items = [{"sku": item.sku, "quantity": item.quantity} for item in fact.items]
    return {"return": fact.return_id, "at": _stamp(fact.at), "reason": fact.reason, "items": items}


def _status(kind: Kind, value: str) -> Posting:
    return Posting(kind, f"{kind}:{value}", {"status": value})


def _attributes(values: Mapping[str, str]) -> Posting:
    digest = hashlib.sha256(_json(values).encode()).hexdigest()[:16]
    return Posting(Kind.ATTRIBUTES, f"attributes:{digest}", values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
