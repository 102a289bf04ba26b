"""The custom attributes that hold what the storefront has no field for."""

from collections.abc import Iterable

from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.postings.posting import as_json, stamp
from sync.core.returns import Coming, distinct
from sync.core.sites import Site
from sync.core.tracking import page

# ASSUMPTION: an attribute holds 4,000 characters; more parcels than these are counted, not listed.
MOST_PARCELS = 20


def shipment_attributes(site: Site, known: Known) -> dict[str, str]:
    """Return attribute → JSON text of the shipments that are final and of the returns."""
    shipments = [s for _, s in sorted(known.shipments.items()) if s.stage is Stage.SHIPPED or s.given_up]
    attributes: dict[str, str] = {}
    if shipments:
        attributes["c_ofShipments"] = as_json([_shipment_summary(site, shipment) for shipment in shipments])
    if known.returns:
        attributes["c_ofReturns"] = as_json([_return_summary(fact) for fact in distinct(known.returns)])
    return attributes


def _shipment_summary(site: Site, shipment: Shipment) -> dict[str, object]:
    stage = shipment.stage if shipment.stage is Stage.SHIPPED else Stage.CANCELED
    listed = shipment.parcels[:MOST_PARCELS]
    summary: dict[str, object] = {
        "shipment": shipment.name,
        "stage": str(stage),
        "at": stamp(shipment.reached[stage]),
        "carrier": shipment.carrier,
        "parcels": [{"number": number, "url": page(site, shipment, number)} for number in listed],
        "items": _items(shipment.left if stage is Stage.SHIPPED else shipment.given_up),
    }
    if stage is Stage.SHIPPED and shipment.given_up:
        summary["canceled"] = _items(shipment.given_up)
    if len(shipment.parcels) > MOST_PARCELS:
        summary["moreParcels"] = len(shipment.parcels) - MOST_PARCELS
    return summary


def _return_summary(fact: ReturnFact) -> dict[str, object]:
    summary: dict[str, object] = {
        "return": fact.return_id,
        "at": stamp(fact.at),
        "reason": fact.reason,
        "items": _items(fact.items),
    }
    if fact.state is not Coming.RECEIVED:
        summary["state"] = str(fact.state)
    if fact.condition:
        summary["condition"] = fact.condition
    return summary


def _items(items: Iterable[Item]) -> list[dict[str, object]]:
    return [{"sku": item.sku, "quantity": item.quantity} for item in items]
