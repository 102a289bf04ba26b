"""Fulfillment: facts joined into one state per order, told onward; `watching` finds what no push told."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync.core.amendments import of_present_order
from sync.core.commerce import Dispute, units_dispute
from sync.core.errors import Rejected
from sync.core.evidence import learned
from sync.core.fulfillment import Advance, Fact, Item, ShipmentFact, Stage, advance
from sync.core.messages import Done, Message, Outcome, Settled, Topic, Wait
from sync.core.ownership import Owner, Word, conflict
from sync.core.ports import (
    ConflictFound,
    FactReader,
    OrderBook,
    Orders,
    ProgressMade,
    Record,
    Yard,
)
from sync.core.postings import Excess, HandedOrder, Kind, excess, finished, news
from sync.core.privacy import refuse_blank
from sync.core.sites import Site
from sync.flows.comparing import Comparison
from sync.flows.drafts import posting_draft
from sync.flows.linking import Linking
from sync.flows.messages import site_of

# How long a fact waits for the order it is about. It is hurried when the order is accepted; until then it
# waits as long again as it has waited, since the longer it took the less likely the order comes at all.
PATIENCE = timedelta(days=3)
SHORTEST_WAIT, LONGEST_WAIT = 5.0, 3600.0
_CANCELED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentFlow:
    """The story of what the warehouse did, on its way to the shopper."""

    sites: Mapping[str, Site]
    storefront: OrderBook
    warehouse: Yard
    orders: Orders
    reader: FactReader
    clock: Callable[[], datetime]
    linking: Linking

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
        refuse_blank(message)
        if message.topic == Topic.UNSUPPORTED:
            raise Rejected("topic.unsupported", "the event is kept; nothing handles its kind")
        site = site_of(self.sites, message.site)
        fact, strays = self._present(site, message, self.reader.fact(message, site))
        order = self.orders.find(site, fact.reference)
        if order is None:
            return Settled(message, self._not_linked(message, fact))
        version, known = self.orders.known(site, order.order_no)
        fact = naming_goods(fact, order)
        step = advance(known, fact)
        records: list[Record] = [_stray(message, order, name) for name in strays]
        records += self._comparison.records(message, site, order, fact, step.known)
        if step.known == known:
            return Settled(message, Done(step.outcome), records)
        progress = ProgressMade(
            site=site.name,
            order_no=order.order_no,
            version=version,
            known=step.known,
            at=self.clock(),
            closed=finished(order, step.known),
            learned=learned(known, step.known, message, fact, self.clock()),
        )
        records += [progress, *self.linking.moved(message, order, known, step.known, fact.at)]
        records += [posting_draft(message, order.order_no, p) for p in news(site, order, known, step.known)]
        despite = list(self._despite(message, site, order, step))
        known_before = excess(order, known)
        despite += [
            _excessive(message, order, one) for one in excess(order, step.known) if one not in known_before
        ]
        records += despite
        return Settled(message, Done(Outcome.CONFLICT if despite else step.outcome), records)

    @property
    def _comparison(self) -> Comparison:
        return Comparison(storefront=self.storefront, orders=self.orders, clock=self.clock)

    def _despite(
        self, message: Message, site: Site, order: HandedOrder, step: Advance
    ) -> Iterator[ConflictFound]:
        """Goods that left though they are believed canceled are told all the same, and alarm a person."""
        left = [name for name, stage in step.reached if stage is Stage.SHIPPED]
        texts = list(step.conflicts)
        if left and not texts:
            told = self.orders.told(site, order.order_no).statuses.get(Kind.ORDER_STATUS)
            texts = [f"shipment {name} was shipped" for name in left if told == _CANCELED]
        for text in texts:
            yield conflict(
                order.site,
                order.order_no,
                "shipment.stage",
                storefront="believed canceled",
                warehouse=text,
                word=Word(sender=Owner.WAREHOUSE, message=message.id, alarm=True),
            )

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


def _stray(message: Message, order: HandedOrder, shipment: str) -> ConflictFound:
    return conflict(
        order.site,
        order.order_no,
        "shipment.stage",
        storefront="one order, sent anew after an amendment",
        warehouse=f"{shipment} left under the former order, though that was canceled",
        word=Word(sender=Owner.WAREHOUSE, message=message.id, alarm=True),
    )


def _excessive(message: Message, order: HandedOrder, one: Excess) -> ConflictFound:
    """More than there was: of ordered goods a matter of the order, else of the return."""
    dispute = units_dispute(one.sku, one.allowed, one.found)
    back = Dispute("return.items", f"{one.allowed} of {one.sku} {one.word}", str(one))
    shown = back if one.what == "returned" else dispute
    return conflict(
        order.site,
        order.order_no,
        shown.field,
        storefront=shown.storefront,
        warehouse=shown.warehouse,
        word=Word(sender=Owner.WAREHOUSE, message=message.id),
    )
