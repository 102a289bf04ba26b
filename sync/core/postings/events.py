"""Fulfillment events and adjustments, within the storefront's limits."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.postings import streams
from sync.core.postings.handed import HandedOrder, Piece, Pool, assign, named
from sync.core.postings.posting import Kind, Posting
from sync.core.postings.streams import Fresh, Spoken
from sync.core.postings.worth import Share, Worth
from sync.core.sites import Site
from sync.core.times import stamp
from sync.core.tracking import page

# Lines of one event, and characters of its texts.
MOST_LINES = 200
LONGEST = 256


def fulfillment_events(site: Site, order: HandedOrder, before: Known, after: Known) -> Iterator[Posting]:
    """Yield the events about goods being prepared and about goods that left; an overtaken stage has none."""
    assigned = assign(order, after)
    for name, shipment in sorted(after.shipments.items()):
        known = before.shipments.get(name)
        if known is None or known.stage is not shipment.stage or not known.items:
            yield from _processing(order, shipment, assigned[name])
    pool = Pool(order)
    for fresh in streams.continued(pool, _left(site, before), _left(site, after), "{}-shipped"):
        shipment = after.shipments[fresh.source]
        event: dict[str, object] = {"type": "shipped", "occurredAt": stamp(shipment.reached[Stage.SHIPPED])}
        yield from _events(pool, fresh, event | _tracking(site, shipment))


def _left(site: Site, known: Known) -> dict[str, Spoken]:
    """The storefront refuses an event without number and page: without them it waits for them."""
    left = [s for s in known.shipments.values() if s.left and _tracking(site, s)]
    return {shipment.name: Spoken(shipment.left, shipment.reference) for shipment in left}


def _processing(order: HandedOrder, shipment: Shipment, items: Sequence[Item]) -> Iterator[Posting]:
    if shipment.stage in {Stage.PICKED, Stage.PACKED}:
        pool = Pool(order)
        pieces = tuple(pool.take(items, shipment.reference))
        event: dict[str, object] = {"type": "processing", "description": str(shipment.stage)}
        event["occurredAt"] = stamp(shipment.reached[shipment.stage])
        yield from _events(pool, Fresh(shipment.name, f"{shipment.name}-{shipment.stage}", pieces), event)


def _events(pool: Pool, fresh: Fresh, event: dict[str, object]) -> Iterator[Posting]:
    # An option that the storefront gave no id cannot be named.
    known = [piece for piece in fresh.pieces if pool.lines[piece.line].item_id]
    for part, some in enumerate(_portions(known)):
        identity = identity_of(fresh.identity, part)
        value = {"id": identity} | event | {"lineItems": _lines(pool, some, 1)}
        yield Posting(Kind.FULFILLMENT, f"event:{identity}", value)


def _tracking(site: Site, shipment: Shipment) -> dict[str, object]:
    # The number that the warehouse's own page is about, else the first.
    pages = [(number, page(site, shipment, number)) for number in shipment.parcels]
    own = [one for one in pages if one[1] == shipment.tracking_url]
    number, url = next(iter([*own, *pages]), ("", ""))
    if not number or not url:
        return {}
    tracking: dict[str, object] = {"trackingNumber": number[:LONGEST], "trackingUrl": url}
    if shipment.carrier:
        tracking["carrier"] = site.carrier(shipment.carrier)[:LONGEST]
    if len(shipment.parcels) > 1:
        tracking["description"] = f"{len(shipment.parcels)} parcels: {', '.join(shipment.parcels)}"[:LONGEST]
    return tracking


def adjustments(site: Site, order: HandedOrder, before: Known, after: Known) -> Iterator[Posting]:
    """Yield what was canceled, what came back, and what of it is to be refunded, with what it is worth.

    Cancellations come before returns. Over any sequence of steps the worth of cancellations and returns
    adds up to what was paid at most, and to exactly that when every unit is accounted for; the same
    holds for cancellations and refunds.
    """
    canceled, back, refunds = Pool(order, backwards=True), Pool(order), Pool(order)
    worth = Worth(order, site.digits(order.currency), site.postings.shipping_refund)

    def adjustment(
        pool: Pool, event: dict[str, object], part: tuple[str, Sequence[Piece]], share: Share | None
    ) -> Posting:
        totals = {} if share is None else {"totals": share.given_back(order.taxation)}
        value = {"id": part[0]} | event | {"lineItems": _lines(pool, part[1], -1)} | totals
        return Posting(Kind.ADJUSTMENT, f"event:{part[0]}", value)

    returned = list(streams.came_back(back, before, after))
    told = streams.units_back(order, before)
    for fresh in streams.continued(
        canceled, streams.given_up(before), streams.given_up(after), "{}-canceled"
    ):
        event = adjusting("cancellation", "completed", after.shipments[fresh.source].reached[Stage.CANCELED])
        for part in _parts(fresh):
            yield adjustment(canceled, event, part, worth.canceled(part[1], told))
    for fresh, fact in returned:
        for part in _parts(fresh):
            event = _returning("return", "completed", fact)
            yield adjustment(back, event, part, worth.returned(part[1], canceled.taken))
    for fact in streams.refused(before, after):
        pieces = Pool(order).take(fact.items, fact.reference)
        fresh = Fresh(fact.return_id, f"return-{fact.return_id}-refused", tuple(pieces))
        for part in _parts(fresh):
            yield adjustment(back, _returning("return", "failed", fact), part, None)
    for fresh in streams.continued(
        refunds, streams.refunded(before), streams.refunded(after), "return-{}-refund"
    ):
        event = _returning("refund", "pending", after.returns[fresh.source])
        for part in _parts(fresh):
            yield adjustment(refunds, event, part, worth.returned(part[1], canceled.taken))


def adjusting(kind: str, status: str, at: datetime) -> dict[str, object]:
    """Return what every adjustment says of itself."""
    return {"type": kind, "status": status, "occurredAt": stamp(at)}


def _returning(kind: str, status: str, fact: ReturnFact) -> dict[str, object]:
    why = "; ".join(filter(None, [fact.reason, fact.condition]))[:LONGEST]
    return adjusting(kind, status, fact.at) | ({"description": why} if why else {})


def _parts(fresh: Fresh) -> Iterator[tuple[str, Sequence[Piece]]]:
    return ((identity_of(fresh.identity, part), some) for part, some in enumerate(_portions(fresh.pieces)))


def _lines(pool: Pool, pieces: Sequence[Piece], sign: int) -> list[dict[str, object]]:
    units: dict[str, int] = {}
    for item in named(pool, pieces):
        units[item.item_id] = units.get(item.item_id, 0) + item.quantity
    return [{"id": item_id, "quantity": sign * quantity} for item_id, quantity in units.items() if item_id]


def _portions(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    return [pieces[start : start + MOST_LINES] for start in range(0, len(pieces), MOST_LINES)]


def identity_of(name: str, part: int = 0) -> str:
    """The same name for the same fact, no longer than the storefront takes."""
    whole = f"{name}-part{part + 1}" if part else name
    if len(whole) <= LONGEST:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return f"{whole[: LONGEST - 17]}-{digest}"
