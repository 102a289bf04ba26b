"""The custom attributes that hold what the storefront has no field for."""

from sync.core.fulfillment import Known, ReturnFact, Shipment, Stage
from sync.core.postings.posting import as_json, stamp
from sync.core.sites import Site


def shipment_attributes(site: Site, known: Known) -> dict[str, str]:
    """Return attribute → JSON text of the shipments that are final and of the returns."""
    final = [s for _, s in sorted(known.shipments.items()) if s.stage in {Stage.SHIPPED, Stage.CANCELED}]
    attributes: dict[str, str] = {}
    if final:
        attributes["c_ofShipments"] = as_json([_shipment_summary(site, shipment) for shipment in final])
    if known.returns:
        attributes["c_ofReturns"] = as_json(
            [_return_summary(fact) for _, fact in sorted(known.returns.items())]
        )
    return attributes


def _shipment_summary(site: Site, shipment: Shipment) -> dict[str, object]:
    return {
        "shipment": shipment.name,
        "stage": str(shipment.stage),
        "at": stamp(shipment.reached[shipment.stage]),
        "carrier": shipment.carrier,
        "parcels": [
            {"number": number, "url": site.tracking_url(shipment.carrier, number)}
            for number in shipment.parcels
        ],
        "items": [{"sku": item.sku, "quantity": item.quantity} for item in shipment.items],
    }


def _return_summary(fact: ReturnFact) -> dict[str, object]:
    items = [{"sku": item.sku, "quantity": item.quantity} for item in fact.items]
    return {"return": fact.return_id, "at": stamp(fact.at), "reason": fact.reason, "items": items}
