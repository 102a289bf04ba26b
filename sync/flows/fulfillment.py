"""Fulfillment: facts joined into one state per order, told onward; `watching` finds what no push told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync.core.amendments import of_present_order
from sync.core.errors import Rejected
from sync.core.fulfillment import Fact, Item, Known, ShipmentFact, Stage, advance
from sync.core.messages import Done, Message, Outcome, Settled, Topic, Wait
from sync.core.ownership import conflict
from sync.core.ports import (
    ConflictFound,
    FactReader,
    Orders,
    ProgressMade,
    Record,
    Yard,
)
from sync.core.postings import HandedOrder, excess, finished, news
from sync.core.sites import Site
from sync.flows.drafts import posting_draft
from sync.flows.messages import site_of

# How long a fact waits for the order it is about. It is hurried when the order is accepted; until then it
# waits as long again as it has waited, since the longer it took the less likely the order comes at all.
PATIENCE = timedelta(days=3)
SHORTEST_WAIT, LONGEST_WAIT = 5.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentFlow:
    """The story of what the warehouse did, on its way to the shopper."""

    sites: Mapping[str, Site]
    warehouse: Yard
    orders: Orders
    reader: FactReader
    clock: Callable[[], datetime]

    def _present(self, site: Site, message: Message, fact: Fact) -> tuple[Fact, list[str]]:
        """Return what of the fact is about the order as it was sent last, and the strays of a former one."""
        handover = self.orders.handover(site, fact.reference)
        if handover is None or handover.amended_at is None or not fact.shipments:
            return fact, []
        seen = self.warehouse.order_detail(handover.channel, handover.reference)
        if seen is None:
            return of_present_order(fact, {})
        now = self.reader.fact(replace(message, body=seen.body, received_at=self.clock()), site)
        return of_present_order(fact, {one.shipment: one.stage for one in now.shipments})

    def deliver(self, message: Message) -> Settled:
        """Join one fact into the order's state and plan what the storefront shall be told."""
        if message.topic == Topic.UNSUPPORTED:
            raise Rejected("topic.unsupported", "the event is kept; nothing handles its kind")
        site = site_of(self.sites, message.site)
        fact, strays = self._present(site, message, self.reader.fact(message, site))
        order = self.orders.find(site, fact.reference)
        if order is None:
            return Settled(message, self._not_linked(message, fact))
        version, known = self.orders.known(site, order.order_no)
        step = advance(known, naming_goods(fact, order))
        records: list[Record] = [_stray(order, name) for name in strays]
        if step.known == known:
            return Settled(message, Done(step.outcome), records)
        progress = ProgressMade(
            site=site.name,
            order_no=order.order_no,
            version=version,
            known=step.known,
            at=self.clock(),
            closed=finished(order, step.known),
        )
        records.append(progress)
        records += [posting_draft(message, order.order_no, p) for p in news(site, order, known, step.known)]
        conflicts = (*step.conflicts, *_excess(order, known, step.known))
        records += [
            ConflictFound(site=site.name, order_no=order.order_no, field="shipment.stage", detail=text)
            for text in conflicts
        ]
        return Settled(message, Done(Outcome.CONFLICT if conflicts else step.outcome), records)

    def _not_linked(self, message: Message, fact: Fact) -> Wait:
        """The order may be on its way still: its facts wait for it, and use up no attempts."""
        detail = f"no hand-over under reference {fact.reference}"
        now = self.clock()
        age = now - (message.received_at or now)
        if age < PATIENCE:
            pause = min(max(age.total_seconds(), SHORTEST_WAIT), LONGEST_WAIT)
            return Wait("order.not_linked", detail, pause)
        raise Rejected("return.unmatched" if fact.returns else "order.not_linked", detail)


def naming_goods(fact: Fact, order: HandedOrder) -> Fact:
    """Return the fact with the goods of a cancellation that names none: it is about the whole reference."""
    lines = {part.reference: part.lines for part in order.parts}.get(fact.reference, ())
    goods = tuple(Item(sku=line.sku, quantity=line.quantity, item_id=line.item_id) for line in lines)

    def named(seen: ShipmentFact) -> ShipmentFact:
        nameless = seen.stage is Stage.CANCELED and not seen.items and seen.shipment == fact.reference
        return replace(seen, items=goods) if nameless else seen

    return replace(fact, shipments=tuple(named(seen) for seen in fact.shipments))


def _stray(order: HandedOrder, shipment: str) -> ConflictFound:
    return conflict(
        order.site,
        order.order_no,
        "shipment.stage",
        storefront="one order, sent anew after an amendment",
        warehouse=f"{shipment} left under the former order, though that was canceled",
    )


def _excess(order: HandedOrder, before: Known, after: Known) -> list[str]:
    known = excess(order, before)
    return [text for text in excess(order, after) if text not in known]
