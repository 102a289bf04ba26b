"""Comparing: what the warehouse shows of a commercial field is held against the storefront, never applied."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from sync.core.amendments import changes
from sync.core.commerce import GOODS, Dispute, commercial, disputes, goods_disputes
from sync.core.coverage import partial, shown
from sync.core.errors import Rejected
from sync.core.fulfillment import Fact, Known
from sync.core.goods import units
from sync.core.messages import Message
from sync.core.orders import references, warehouse_orders
from sync.core.ownership import OWNERSHIP, Owner, Word, conflict
from sync.core.ports import ConflictsSettled, OrderBook, Orders, Record
from sync.core.postings import HandedOrder
from sync.core.sites import Site
from sync.flows.drafts import reassertion

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The story of a value from the wrong side."""

    storefront: OrderBook
    orders: Orders
    clock: Callable[[], datetime]

    def records(
        self, message: Message, site: Site, order: HandedOrder, fact: Fact, known: Known
    ) -> Iterator[Record]:
        """Yield a conflict for each field that differs, and the one attempt to set the warehouse right.

        Where what is known covers exactly what was ordered, earlier conflicts about goods are settled.
        """
        goods = _goods(order, fact, known)
        ordered = _ordered(order, fact.reference)
        if fact.shipments and ordered and not goods and shown(known, fact.reference) == ordered:
            yield ConflictsSettled(site.name, order.order_no, fact.reference, GOODS, Owner.WAREHOUSE)
        found = [*goods, *self._values(site, order, fact)]
        for one in found:
            yield conflict(
                site.name,
                order.order_no,
                one.field,
                storefront=one.storefront,
                warehouse=one.warehouse,
                word=Word(sender=Owner.WAREHOUSE, message=message.id, reference=fact.reference),
            )
        wrong = [one for one in found if OWNERSHIP[one.field].at_once]
        if wrong:
            # The same difference is set right once; what comes back after that is for a person.
            identity = hashlib.sha256(repr(sorted(map(repr, wrong))).encode()).hexdigest()[:16]
            fields = sorted({one.field for one in wrong})
            names = (site.name, order.order_no, f"reassert:{fact.reference}:{identity}")
            yield reassertion(*names, fields=fields, reference=fact.reference)

    def _values(self, site: Site, order: HandedOrder, fact: Fact) -> list[Dispute]:
        if not fact.says:
            return []
        try:
            now = self.storefront.order(site, order.order_no)
            stamps = dict.fromkeys(references(now).values(), self.clock())
            parts = {part.reference: part for part in warehouse_orders(now, site, stamps)}
        except Rejected as error:
            # What the storefront has now could not be handed over: its amendment says so, with its fields.
            log.warning("order.incomparable", site=site.name, order_no=order.order_no, code=error.code)
            return []
        part, handover = parts.get(fact.reference), self.orders.handover(site, fact.reference)
        if part is None or handover is None:
            return []
        # What changed in the storefront since the hand-over is on its way, or a conflict of its own.
        changing = changes(handover.destination, part)
        return [one for one in disputes(fact.says, commercial(part, site)) if one.field not in changing]


def _goods(order: HandedOrder, fact: Fact, known: Known) -> list[Dispute]:
    told = sum((units((*one.items, *one.canceled)) for one in fact.shipments), Counter[str]())
    if not told:
        return []
    names = [one.shipment for one in fact.shipments]
    silent = any(not one.items and not one.canceled for one in fact.shipments)
    whole = fact.whole and not silent and not partial(known, fact.reference, names)
    ordered = _ordered(order, fact.reference)
    return goods_disputes(told, ordered, shown(known, fact.reference), whole=whole)


def _ordered(order: HandedOrder, reference: str) -> Counter[str]:
    ordered = Counter[str]()
    for part in order.parts:
        if part.reference == reference:
            for line in part.lines:
                ordered[line.sku] += line.quantity
    return ordered
