"""Amendments: what happens to an order in the storefront after it was handed over, by ownership."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync.core.errors import Rejected, Retryable
from sync.core.fulfillment import Known, Stage
from sync.core.messages import Done, Message, Outcome, Settled
from sync.core.orders import Order, WarehouseOrder, check, destination, references, warehouse_orders
from sync.core.ports import (
    Accepted,
    Canceled,
    ConflictFound,
    Desk,
    Handover,
    HandoverAmended,
    Missing,
    NotCanceled,
    OrderBook,
    OrderReader,
    Orders,
    Record,
    Taken,
)
from sync.core.postings import Posting, order_status
from sync.core.sites import Site
from sync.flows.drafts import posting_draft
from sync.flows.messages import site_of

# From here on the goods are on their way out, and an amendment is a conflict for a person.
_TOO_LATE = {Stage.PACKED, Stage.SHIPPED, Stage.CANCELED}


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentFlow:
    """The story of a change of mind."""

    sites: Mapping[str, Site]
    storefront: OrderBook
    warehouse: Desk
    orders: Orders
    reader: OrderReader
    clock: Callable[[], datetime]

    def deliver(self, message: Message) -> Settled:
        """Cancel or amend in the warehouse what changed in the storefront, or record the conflict."""
        site = site_of(self.sites, message.site)
        handovers = self.orders.handovers(site, message.key)
        if not handovers:
            # What is not handed over yet is read anew when it is: nothing to do.
            return Settled(message, Done(Outcome.SUPERSEDED, "not handed over yet"))
        order = self.storefront.order(site, message.key)
        if order.status == "cancelled" or self.reader.asks_to_cancel(message):
            return self._cancel(message, site, order, handovers)
        return self._amend(message, site, order, handovers)

    def _cancel(self, message: Message, site: Site, order: Order, handovers: list[Handover]) -> Settled:
        """Cancel in the warehouse first; only its confirmation makes the cancellation true."""
        shipments = self.orders.known(site, order.order_no)[1].shipments.values()
        if order.status == "cancelled" and shipments and all(s.stage is Stage.CANCELED for s in shipments):
            return Settled(message, Done(Outcome.DUPLICATE, "canceled on both sides"))
        refusals = [text for one in handovers if (text := self._refusal(one))]
        if not refusals:
            confirmed = posting_draft(message, order.order_no, order_status("cancelled"))
            return Settled(message, Done(Outcome.APPLIED, "canceled in the warehouse"), [confirmed])
        records: list[Record] = [_conflict(order, "order.cancellation", "; ".join(refusals))]
        if order.status == "cancelled":
            # The goods will leave all the same, so the storefront must not say otherwise.
            again = Posting(order_status("new").kind, f"order_status:new:{message.id}", {"status": "new"})
            records.append(posting_draft(message, order.order_no, again))
        return Settled(message, Done(Outcome.APPLIED, "the warehouse would not cancel"), records)

    def _refusal(self, handover: Handover) -> str:
        match self.warehouse.cancel(handover.channel, handover.reference, rename=False):
            case Canceled():
                return ""
            case NotCanceled(detail):
                # A repeated cancellation is refused too: only its present state tells the two apart.
                canceled = self.warehouse.is_canceled(handover.channel, handover.reference)
                return "" if canceled else f"{handover.reference}: {detail}"
            case Missing():
                return f"{handover.reference}: the warehouse does not know it"

    def _amend(self, message: Message, site: Site, order: Order, handovers: list[Handover]) -> Settled:
        """Send each reference whose address or service changed anew, unless it is too late for that."""
        check(order, site)
        stamps = self.orders.reserve(order, site)
        if strange := set(references(order).values()) - stamps.keys():
            conflict = _conflict(
                order, "order.lines", f"shipments {', '.join(sorted(strange))} came after the hand-over"
            )
            return Settled(message, Done(Outcome.APPLIED, "shipments were added"), [conflict])
        parts = {part.reference: part for part in warehouse_orders(order, site, stamps)}
        _, known = self.orders.known(site, order.order_no)
        records: list[Record] = []
        for handover in handovers:
            part = parts.get(handover.reference)
            if part is None or (destination(part) == handover.destination and not handover.freed_at):
                continue
            records.append(self._send_anew(site, part, handover, known))
        outcome = Outcome.APPLIED if records else Outcome.DUPLICATE
        return Settled(
            message, Done(outcome, f"{len(records)} references amended" if records else ""), records
        )

    def _send_anew(self, site: Site, part: WarehouseOrder, handover: Handover, known: Known) -> Record:
        """Cancel with renaming, then import again: two steps, each remembered before the next."""
        if not handover.freed_at:
            if refusal := self._freeing(handover, known):
                return _conflict(part.order, "shipment.address", f"{handover.reference}: {refusal}")
            self.orders.free(site, handover.reference, self.clock())
        result = self.warehouse.import_orders(site, handover.channel, [part])[part.reference]
        if isinstance(result, Taken) and not self.warehouse.holds(
            handover.channel, part.reference, part.units
        ):
            raise Rejected("reference.taken", f"{part.reference}: {result.detail}")
        if not isinstance(result, Accepted | Taken):
            raise Retryable("outcome.unknown", f"{part.reference} is freed but not imported again: {result}")
        return HandoverAmended(
            site=site.name, reference=part.reference, destination=destination(part), at=self.clock()
        )

    def _freeing(self, handover: Handover, known: Known) -> str:
        """Free the reference; return why not. Missing is what a crash after the last try has left behind."""
        stages = {s.stage for s in known.shipments.values() if s.reference == handover.reference}
        if late := stages & _TOO_LATE:
            return f"too late, it is {', '.join(sorted(late))}"
        result = self.warehouse.cancel(handover.channel, handover.reference, rename=True)
        return result.detail if isinstance(result, NotCanceled) else ""


def _conflict(order: Order, field: str, detail: str) -> ConflictFound:
    return ConflictFound(site=order.site, order_no=order.order_no, field=field, detail=detail)
