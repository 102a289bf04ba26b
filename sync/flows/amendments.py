"""Amendments: what happens to an order in the storefront after it was handed over, by ownership."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.addresses import Address
from sync.core.amendments import AMENDED, CANCEL_REFUSED, changes, destination, goods, handed_goods
from sync.core.errors import Rejected, Retryable
from sync.core.fulfillment import Known, Stage
from sync.core.messages import Done, Message, Outcome, Settled
from sync.core.orders import Order, WarehouseOrder, check, references, warehouse_orders
from sync.core.ownership import Owner, Word, conflict
from sync.core.ports import (
    Canceled,
    Handover,
    HandoverAmended,
    HandoverClosed,
    ImportResult,
    Missing,
    NotCanceled,
    OrderBook,
    OrderReader,
    Orders,
    ProgressMade,
    Record,
    Refused,
    Taken,
    Unanswered,
    Warehouse,
)
from sync.core.postings import HandedOrder, Kind, order_status, wanted
from sync.core.sites import Site
from sync.flows.acquaintance import Acquaintance
from sync.flows.drafts import placed, reasserted, sighted
from sync.flows.linking import Linking
from sync.flows.messages import site_of
from sync.flows.putting_back import PuttingBack, once_more

# From here on the goods are on their way out, and an amendment is a conflict for a person.
_TOO_LATE = {Stage.PACKED, Stage.SHIPPED, Stage.CANCELED}
_CANCELED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentFlow:
    """The story of a change of mind."""

    sites: Mapping[str, Site]
    storefront: OrderBook
    warehouse: Warehouse
    orders: Orders
    reader: OrderReader
    clock: Callable[[], datetime]
    linking: Linking
    acquaintance: Acquaintance

    def deliver(self, message: Message) -> Settled:
        """Cancel or amend in the warehouse what changed in the storefront, or record the conflict."""
        site = site_of(self.sites, message.site)
        handovers = self.orders.handovers(site, message.key)
        if not handovers:
            return self._before_hand_over(message, site)
        order = self.storefront.order(site, message.key)
        if order.status == _CANCELED or self.reader.asks_to_cancel(message):
            settled = self._cancel(message, site, order, handovers)
            return self.linking.read_again(settled, site, order, self._handed(site, handovers))
        back = PuttingBack(storefront=self.storefront, orders=self.orders)
        records = [*self._amend(message, site, order, handovers), *back.records(message, site, handovers)]
        note = AMENDED if any(isinstance(record, HandoverAmended) for record in records) else ""
        settled = Settled(message, Done(Outcome.APPLIED if records else Outcome.DUPLICATE, note), records)
        return self.linking.read_again(settled, site, order, self._handed(site, handovers))

    def _before_hand_over(self, message: Message, site: Site) -> Settled:
        """What is not handed over yet is read anew when it is; a try that was given up may have arrived."""
        tried = self.orders.tried(site, message.key)
        if any(self.warehouse.holds(one.channel, one.reference, one.units) for one in tried):
            note = "an earlier hand-over is looked into"
            return Settled(message, Done(Outcome.APPLIED, note), [_once_more(message)])
        asked = self.reader.asks_to_cancel(message)
        if asked and self.storefront.observe(site, message.key).status != _CANCELED:
            note = "nothing of it is in the warehouse"
            return Settled(
                message, Done(Outcome.APPLIED, note), [once_more(message, order_status(_CANCELED))]
            )
        return Settled(message, Done(Outcome.SUPERSEDED, "not handed over yet"))

    def _cancel(self, message: Message, site: Site, order: Order, handovers: Sequence[Handover]) -> Settled:
        """Cancel in the warehouse first; only its confirmation makes the cancellation true."""
        _, known = self.orders.known(site, order.order_no)
        if order.status == _CANCELED and _all_canceled(known, handovers):
            return Settled(message, Done(Outcome.DUPLICATE, "canceled on both sides"))
        answers = {one.reference: self._refusal(one) for one in handovers}
        records = list(self._canceled(site, [one for one in handovers if not answers[one.reference]]))
        if self.orders.tried(site, order.order_no):
            # Only a part of it had arrived: the rest may have come since, or must still go.
            records.append(_once_more(message))
        if not any(answers.values()):
            records.append(once_more(message, order_status(_CANCELED)))
            return Settled(message, Done(Outcome.APPLIED, "canceled in the warehouse"), records)
        asked = "canceled" if order.status == _CANCELED else "asks to cancel"
        told = "; ".join(f"{reference}: {text or 'canceled'}" for reference, text in answers.items())
        refused = conflict(
            site.name,
            order.order_no,
            "order.cancellation",
            storefront=asked,
            warehouse=told,
            # The goods of an order that is believed canceled are on their way.
            word=Word(sender=Owner.WAREHOUSE, message=message.id, alarm=order.status == _CANCELED),
        )
        records.append(refused)
        if order.status == _CANCELED:
            # The goods will leave all the same, so the storefront must not say otherwise.
            records += self._going_on(message, site, order, handovers)
        return Settled(message, Done(Outcome.APPLIED, CANCEL_REFUSED), records)

    def _refusal(self, handover: Handover) -> str:
        match self.warehouse.cancel(handover.channel, handover.reference, rename=False):
            case Canceled():
                return ""
            case NotCanceled(detail):
                # A repeated cancellation is refused too: only its present state tells the two apart.
                canceled = self.warehouse.is_canceled(handover.channel, handover.reference)
                return "" if canceled else detail
            case Missing():
                # An amendment that was interrupted has canceled it already, under another name.
                return "" if handover.amended_at else "the warehouse does not know it"

    def _canceled(self, site: Site, handovers: Sequence[Handover]) -> Iterator[Record]:
        """What the warehouse has canceled is known at once, also when its own word of it is lost."""
        for one in handovers:
            seen = self.warehouse.order_detail(one.channel, one.reference)
            if seen:
                yield sighted(site.name, seen, self.clock())
            else:
                yield HandoverClosed(site=site.name, reference=one.reference, at=self.clock())

    def _going_on(
        self, message: Message, site: Site, order: Order, handovers: Sequence[Handover]
    ) -> Iterator[Record]:
        """Tell the status that the order has by what is known now, unless that changes in the same moment."""
        version, known = self.orders.known(site, order.order_no)
        called_for = wanted(site, self._handed(site, handovers), known)
        final = [p for p in called_for if p.kind is Kind.ORDER_STATUS]
        yield ProgressMade(
            site=site.name,
            order_no=order.order_no,
            version=version,
            known=known,
            at=self.clock(),
            closed=bool(final),
        )
        yield once_more(message, next(iter(final), order_status("new")))

    def _handed(self, site: Site, handovers: Sequence[Handover]) -> HandedOrder:
        handed = self.orders.find(site, handovers[0].reference)
        if handed is None:
            raise Retryable("order.not_linked", f"no hand-over under reference {handovers[0].reference}")
        return handed

    def _amend(
        self, message: Message, site: Site, order: Order, handovers: Sequence[Handover]
    ) -> Iterator[Record]:
        """Send each reference whose address or method changed anew, unless it is too late for that."""
        check(order, site)
        order = self.acquaintance.known(order, site)
        stamps = self.orders.reserve(order, site)
        handed = handed_goods(self._handed(site, handovers))
        wanted_references = set(references(order).values())
        if wanted_references - stamps.keys():
            yield _lines_changed(message, f"references {sorted(wanted_references)}", handed)
            return
        parts = {part.reference: part for part in warehouse_orders(order, site, stamps)}
        if goods(parts) != handed:
            yield _lines_changed(message, str(goods(parts)), handed)
            return
        _, known = self.orders.known(site, order.order_no)
        wrong = reasserted(message.body)
        for handover in handovers:
            part = parts[handover.reference]
            if handover.freed_at and handover.closed_at:
                # Canceled while it was free: it must not come back.
                continue
            if handover.freed_at or wrong.about(handover.reference) or changes(handover.destination, part):
                yield from self._send_anew(message, site, part, handover, known)

    def _send_anew(
        self, message: Message, site: Site, part: WarehouseOrder, handover: Handover, known: Known
    ) -> Iterator[Record]:
        """Cancel with renaming, then import again: each step is remembered before the next is taken.

        An interrupted try that told the same goes on with the import; one that told something else may
        have arrived, so its order is canceled as the first one was.
        """
        told = destination(part)
        freed = handover.freed_at is None or handover.destination != told
        if freed:
            if refusal := self._late(handover, known):
                yield from _too_late(message, part, handover, refusal)
                return
            begun = self.clock()
            self.orders.amending(site, handover.reference, begun)
            if refusal := self._freeing(handover):
                yield from _too_late(message, part, handover, refusal)
                return
            stamp = self.orders.free(site, handover.reference, begun=begun, at=self.clock(), told=told)
            part = replace(part, exported_at=stamp)
        result = self._import(site, part, handover)
        if freed and isinstance(result, Taken):
            # Only a late copy of an earlier import can have been quicker: it bears what was told before.
            if refusal := self._freeing(handover):
                raise Rejected("reference.taken", f"{part.reference}: {refusal}")
            result = self._import(site, part, handover)
        self._check_taken(part, handover, result)
        yield HandoverAmended(site=site.name, reference=part.reference, destination=told, at=self.clock())
        yield self.linking.anew(message, site, order=part.order, reference=part.reference)

    def _late(self, handover: Handover, known: Known) -> str:
        """Tell whether it is known already that it is too late; the warehouse would refuse it as well."""
        stages = {s.stage for s in known.shipments.values() if s.reference == handover.reference}
        late = ", ".join(sorted(stages & _TOO_LATE)) or ("closed" if handover.closed_at else "")
        return f"too late, it is {late}" if late else ""

    def _freeing(self, handover: Handover) -> str:
        """Free the reference; return why not. Missing is what a crash after the last try has left behind."""
        result = self.warehouse.cancel(handover.channel, handover.reference, rename=True)
        return result.detail if isinstance(result, NotCanceled) else ""

    def _import(self, site: Site, part: WarehouseOrder, handover: Handover) -> ImportResult:
        return self.warehouse.import_orders(site, handover.channel, [part])[part.reference]

    def _check_taken(self, part: WarehouseOrder, handover: Handover, result: ImportResult) -> None:
        """Raise unless the warehouse has the order now: while it is freed, nobody works on it."""
        match result:
            case Refused(detail):
                raise Rejected(
                    "warehouse.refused",
                    f"{part.reference} is canceled for an amendment, and was not taken again: {detail}",
                    fields={part.shipment.path: detail},
                )
            case Unanswered():
                raise Retryable("outcome.unknown", f"the answer does not mention {part.reference}")
            case Taken(detail) if not self.warehouse.holds(handover.channel, part.reference, part.units):
                raise Rejected("reference.taken", f"{part.reference}: {detail}")
            case _:
                return


def _all_canceled(known: Known, handovers: Sequence[Handover]) -> bool:
    stages = {s.reference: s.stage for s in known.shipments.values() if s.stage is not Stage.CANCELED}
    canceled = {s.reference for s in known.shipments.values() if s.stage is Stage.CANCELED}
    return not stages and canceled >= {one.reference for one in handovers}


def _lines_changed(message: Message, now: str, handed: Mapping[str, Mapping[str, int]]) -> Record:
    return conflict(
        message.site,
        message.key,
        "order.lines",
        storefront=now,
        warehouse=str(dict(handed)),
        word=Word(sender=Owner.STOREFRONT, message=message.id),
    )


def _once_more(message: Message) -> Record:
    return placed(message.site, message.key, f"tried:{message.key}:{message.id}")


def _where(address: Address) -> str:
    told = (address.contact_name, *address.lines, address.city, address.postal_code, address.country_code)
    return ", ".join(filter(None, told))


def _too_late(message: Message, part: WarehouseOrder, handover: Handover, refusal: str) -> Iterator[Record]:
    order, wrong = part.order, reasserted(message.body)
    asked = wrong.about(handover.reference) if wrong.asked else ()
    for field in dict.fromkeys([*changes(handover.destination, part), *asked]):
        now = part.shipment.method if field.endswith("method") else _where(part.shipment.address)
        yield conflict(
            order.site,
            order.order_no,
            field,
            storefront=f"{handover.reference}: {now}",
            warehouse=f"as it was handed over, {refusal}",
            word=Word(sender=Owner.STOREFRONT, message=message.id, reference=handover.reference),
        )
    if handover.freed_at and handover.destination:
        # The try before this one did arrive, and goes its way.
        yield HandoverAmended(
            site=order.site,
            reference=part.reference,
            destination=handover.destination,
            at=handover.freed_at,
        )
