"""What was placed and handed over, and what the warehouse did with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sync.core.evidence import parcel_subject, payment_subject, refund_subject, return_subject, stage_subject
from sync.core.fulfillment import Item, PaymentRequest, ReturnFact, Shipment, Stage
from sync.core.messages import Outcome, Topic
from sync.core.returns import Coming, distinct
from sync.core.sites import Site
from sync.core.timeline.entry import Entry, Placed, Source, What
from sync.core.timeline.trail import Trail
from sync.core.tracking import page

_COMING = {
    Coming.EXPECTED: What.RETURN_EXPECTED,
    Coming.REFUSED: What.RETURN_REFUSED,
    Coming.RECEIVED: What.RETURNED,
}


def handed_over(trail: Trail) -> Iterator[Placed]:
    """Yield when the order was placed, and when each of its references was pushed to the warehouse."""
    placed_at = min((part.placed_at for part in trail.handed_over), default=None)
    if placed_at is None:
        return
    heard = [one for one in trail.happened if one.topic == Topic.ORDER_PLACED]
    first = min(heard, key=lambda one: (one.received_at, one.id), default=None)
    entry = Entry(
        at=placed_at,
        what=What.PLACED,
        text="in the storefront",
        source=Source.STOREFRONT,
        actor="shopper",
        known_at=first.received_at if first else None,
        evidence=first.id if first else None,
    )
    yield Placed(entry, placed_at)
    pushed = next((one.id for one in heard if one.outcome == Outcome.APPLIED), None)
    for part in trail.handed_over:
        if part.accepted_at is not None:
            entry = Entry(
                at=part.accepted_at,
                what=What.PUSHED,
                text=f"to the warehouse as {part.reference}",
                source=Source.BRIDGE,
                actor="orderbridge",
                known_at=part.accepted_at,
                evidence=pushed,
                facts={"reference": part.reference},
            )
            yield Placed(entry, max(part.accepted_at, placed_at))


def fulfillment(trail: Trail, site: Site) -> Iterator[Placed]:
    """Yield every stage of every shipment, and every return."""
    handed = {part.reference: part.accepted_at for part in trail.handed_over}
    for shipment in trail.known.shipments.values():
        place = handed.get(shipment.reference)
        for stage in sorted(shipment.reached, key=lambda stage: stage.rank):
            at = shipment.reached[stage]
            place = at if place is None else max(at, place)
            yield Placed(_stage(trail, shipment, stage, site), place)
    for request in trail.known.payments.values():
        yield Placed(_payment(trail, request), max(request.at, handed.get(request.reference) or request.at))
    shipped = [s.reached[Stage.SHIPPED] for s in trail.known.shipments.values() if Stage.SHIPPED in s.reached]
    for fact in distinct(trail.known.returns):
        place = max([fact.at, *([min(shipped)] if shipped else [])])
        yield Placed(_return(trail, fact), place)
        if fact.refund:
            yield Placed(_refund(trail, fact), place)


def _stage(trail: Trail, shipment: Shipment, stage: Stage, site: Site) -> Entry:
    items = shipment.given_up if stage is Stage.CANCELED and shipment.given_up else shipment.items
    facts: dict[str, object] = {"shipment": shipment.name, "items": _items(items)}
    text = f"{listed(items)} in {shipment.name}" if items else f"shipment {shipment.name}"
    if stage is Stage.SHIPPED:
        facts |= {"carrier": shipment.carrier, "service": shipment.service}
        facts["parcels"] = _parcels(trail, shipment, site)
        by = carrier(shipment)
        text += f" by {by}" if by else ""
    subject = stage_subject(shipment.name, stage)
    return _told(trail, subject, shipment.reached[stage], What(str(stage)), text, facts)


def _payment(trail: Trail, request: PaymentRequest) -> Entry:
    text = f"for shipment {request.shipment}" + (f": {listed(request.items)}" if request.items else "")
    facts: dict[str, object] = {"shipment": request.shipment, "items": _items(request.items)}
    return _told(trail, payment_subject(request.shipment), request.at, What.PAYMENT_REQUESTED, text, facts)


def carrier(shipment: Shipment) -> str:
    """Return carrier and service; many services carry the carrier's name already."""
    name = "" if shipment.service.startswith(shipment.carrier) else shipment.carrier
    return " ".join(filter(None, [name, shipment.service]))


def _parcels(trail: Trail, shipment: Shipment, site: Site) -> list[dict[str, object]]:
    parcels = []
    for number in shipment.parcels:
        told = trail.evidence.get(parcel_subject(shipment.name, number), {})
        known = {"known_at": told["at"], "evidence": told["message"]} if told else {}
        parcels.append({"number": number, "url": page(site, shipment, number), **known})
    return parcels


def _return(trail: Trail, fact: ReturnFact) -> Entry:
    why = "; ".join(filter(None, [fact.reason, fact.condition]))
    text = f"{listed(fact.items)}, return {fact.return_id}" + (f" ({why})" if why else "")
    facts: dict[str, object] = {
        "return": fact.return_id,
        "items": _items(fact.items),
        "reason": fact.reason,
        "condition": fact.condition,
        "state": str(fact.state),
        "refund": fact.refund,
    }
    subject = return_subject(fact.return_id, fact.state)
    return _told(trail, subject, fact.at, _COMING[fact.state], text, facts)


def _refund(trail: Trail, fact: ReturnFact) -> Entry:
    """The warehouse asks for it; the money is moved by the storefront's payment."""
    items = fact.refunded or fact.items
    facts: dict[str, object] = {"return": fact.return_id, "items": _items(items)}
    text = f"{listed(items)} of return {fact.return_id}: the money is to be given back"
    return _told(trail, refund_subject(fact.return_id), fact.at, What.REFUNDED, text, facts)


def _told(trail: Trail, subject: str, at: datetime, what: What, text: str, facts: dict[str, object]) -> Entry:
    told = trail.evidence.get(subject, {})
    known, message = told.get("at"), told.get("message")
    return Entry(
        at=at,
        what=what,
        text=text,
        source=Source.WAREHOUSE,
        actor=str(told.get("actor") or "warehouse"),
        known_at=datetime.fromisoformat(known) if isinstance(known, str) else None,
        via=str(told.get("way", "")),
        evidence=message if isinstance(message, int) else None,
        facts=facts,
    )


def _items(items: Sequence[Item]) -> list[dict[str, object]]:
    return [{"sku": item.sku, "quantity": item.quantity} for item in items]


def listed(items: Sequence[Item]) -> str:
    """Return the goods as a person says them: a SKU once, however many lines it stands on."""
    units: Counter[str] = Counter()
    for item in items:
        units[item.sku] += item.quantity
    return ", ".join(f"{quantity} x {sku}" for sku, quantity in units.items())
