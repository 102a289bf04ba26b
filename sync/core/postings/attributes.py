"""The custom attributes that hold what the storefront has no field for."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.postings.posting import as_json
from sync.core.returns import Coming, distinct
from sync.core.sites import Site
from sync.core.times import stamp
from sync.core.tracking import page

# How many parcels of every shipment are listed: the most that let the text fit. All others are counted.
PARCELS = (20, 10, 5, 2, 1, 0)
Rows = Sequence[Mapping[str, object]]


def shipment_attributes(site: Site, known: Known) -> dict[str, str]:
    """Return attribute → text of the shipments that are final, of the returns, and of the first times."""
    policy = site.postings
    shipments = [s for _, s in sorted(known.shipments.items()) if s.stage is Stage.SHIPPED or s.given_up]
    returns = [_return_summary(fact) for fact in distinct(known.returns)]

    def listed(parcels: int) -> Rows:
        return [_shipment_summary(site, shipment, parcels) for shipment in shipments]

    longest = policy.attribute_length
    attributes = {
        policy.picked_attribute: _first(known, Stage.PICKED),
        policy.packed_attribute: _first(known, Stage.PACKED),
        policy.shipments_attribute: fitting(listed, longest, "moreShipments") if shipments else "",
        policy.returns_attribute: fitting(lambda _: returns, longest, "moreReturns") if returns else "",
    }
    return {name: text for name, text in attributes.items() if name and text}


def fitting(rows: Callable[[int], Rows], longest: int, more: str) -> str:
    """Return the rows as JSON of at most `longest` characters.

    First fewer parcels of each are listed; then the first rows are left out, the last being the newest
    word, and a row in front says how many are missing.
    """
    for parcels in PARCELS:
        if len(text := as_json(rows(parcels))) <= longest:
            return text
    bare = rows(PARCELS[-1])
    for missing in range(1, len(bare)):
        if len(text := as_json([{more: missing}, *bare[missing:]])) <= longest:
            return text
    return as_json([{more: len(bare)}])


def _first(known: Known, stage: Stage) -> str:
    """When the first goods of the order came that far."""
    times = [shipment.reached[stage] for shipment in known.shipments.values() if stage in shipment.reached]
    return stamp(min(times)) if times else ""


def _shipment_summary(site: Site, shipment: Shipment, parcels: int) -> dict[str, object]:
    stage = shipment.stage if shipment.stage is Stage.SHIPPED else Stage.CANCELED
    listed = shipment.parcels[:parcels]
    summary: dict[str, object] = {
        "shipment": shipment.name,
        "stage": str(stage),
        "at": stamp(shipment.reached[stage]),
        "carrier": site.carrier(shipment.carrier),
        "parcels": [{"number": number, "url": page(site, shipment, number)} for number in listed],
        "items": _items(shipment.left if stage is Stage.SHIPPED else shipment.given_up),
    }
    if stage is Stage.SHIPPED and shipment.given_up:
        summary["canceled"] = _items(shipment.given_up)
    if len(shipment.parcels) > parcels:
        summary["moreParcels"] = len(shipment.parcels) - parcels
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
