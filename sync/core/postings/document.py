"""All that is known of an order's fulfillment as one document, for the merchant's own endpoint."""

from collections.abc import Iterable

from sync.core.fulfillment import Item, Known, PaymentRequest, ReturnFact, Shipment
from sync.core.postings.handed import HandedOrder, assign
from sync.core.postings.progress import progress
from sync.core.returns import distinct
from sync.core.sites import Site
from sync.core.times import stamp
from sync.core.tracking import page


def document(site: Site, order: HandedOrder, known: Known) -> dict[str, object]:
    """Return the whole state, every parcel of it: the receiver replaces what it had."""
    now, assigned = progress(order, known), assign(order, known)
    statuses = {"shipping": now.shipping, "external": now.external, "order": now.order}
    return {
        "site": site.name,
        "orderNo": order.order_no,
        "references": [part.reference for part in order.parts],
        "statuses": {name: status for name, status in statuses.items() if status},
        "shipments": [
            _shipment(site, shipment, assigned[name]) for name, shipment in sorted(known.shipments.items())
        ],
        "returns": [_return(fact) for fact in distinct(known.returns)],
        "paymentRequests": [_payment(request) for _, request in sorted(known.payments.items())],
    }


def _shipment(site: Site, shipment: Shipment, assigned: Iterable[Item]) -> dict[str, object]:
    stages = sorted(shipment.reached, key=lambda stage: stage.rank)
    return {
        "shipment": shipment.name,
        "reference": shipment.reference,
        "stage": str(shipment.stage),
        "times": {str(stage): stamp(shipment.reached[stage]) for stage in stages},
        "carrier": site.carrier(shipment.carrier),
        "service": shipment.service,
        "parcels": [{"number": number, "url": page(site, shipment, number)} for number in shipment.parcels],
        "items": _items(assigned),
        "canceled": _items(shipment.given_up),
    }


def _return(fact: ReturnFact) -> dict[str, object]:
    return {
        "return": fact.return_id,
        "reference": fact.reference,
        "state": str(fact.state),
        "at": stamp(fact.at),
        "reason": fact.reason,
        "condition": fact.condition,
        "refund": fact.refund,
        "items": _items(fact.items),
    }


def _payment(request: PaymentRequest) -> dict[str, object]:
    return {"shipment": request.shipment, "at": stamp(request.at), "items": _items(request.items)}


def _items(items: Iterable[Item]) -> list[dict[str, object]]:
    """A line's id stands beside its SKU where it is known."""
    return [
        {"sku": item.sku, "quantity": item.quantity} | ({"id": item.item_id} if item.item_id else {})
        for item in items
    ]
