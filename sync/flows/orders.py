"""Orders: collected by hook and by sweep, delivered to the warehouse in batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sync.core.correlation import correlated
from sync.core.errors import OrderbridgeError, Rejected
from sync.core.holds import nothing_to_ship, unready
from sync.core.messages import (
    Dead,
    Done,
    Draft,
    Message,
    Outcome,
    Retry,
    Settled,
    Settlement,
    Topic,
    Wait,
)
from sync.core.orders import Order, WarehouseOrder, check, warehouse_orders
from sync.core.ports import (
    BasketReleased,
    CountsWanted,
    Cursors,
    Desk,
    HandoverAccepted,
    ImportResult,
    Line,
    OrderBook,
    OrderReader,
    Orders,
    Record,
    Refused,
    Taken,
    Tried,
    Unanswered,
)
from sync.core.postings import Posting, on_acceptance, on_nothing_to_ship, on_rejection, order_status
from sync.core.proofs import goods
from sync.core.sites import Site
from sync.flows.acquaintance import Acquaintance
from sync.flows.drafts import changed, posting_draft, swept
from sync.flows.linking import Linking
from sync.flows.messages import guarded, settlement_of, site_of
from sync.flows.reading import InvalidCopy, Reading

_SWEEP_BATCH = 200


@dataclass(frozen=True, slots=True)
class Ready:
    """A message whose order passed every check, as the warehouse will get it.

    `told` is the order without what is only remembered of its customer, which proves nothing anew.
    """

    message: Message
    site: Site
    order: Order
    told: Order
    parts: list[WarehouseOrder]
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFlow:
    """The story of an order's way to the warehouse."""

    sites: Mapping[str, Site]
    storefront: OrderBook
    warehouse: Desk
    orders: Orders
    ledger: Line
    cursors: Cursors
    reader: OrderReader
    clock: Callable[[], datetime]
    linking: Linking
    acquaintance: Acquaintance
    parallel: int = 4

    def collect(self, site: Site, overlap: timedelta) -> int:
        """Sweep the storefront for orders ready for export, so that a lost hook loses nothing.

        Starts at the cursor minus the overlap; the cursor moves only over orders that are safely in the
        ledger. Returns how many were new to it.
        """
        name = f"orders:{site.name}"
        position = self.cursors.get(name) or self.clock() - timedelta(days=7)
        new, newest, batch = 0, position, list[Draft]()
        for order_no, modified in self.storefront.ready_orders(site, position - overlap):
            batch.append(swept(site.name, order_no, modified))
            newest = max(newest, modified)
            if len(batch) == _SWEEP_BATCH:
                new += self.ledger.add(batch)
                batch = []
        new += self.ledger.add(batch)
        self.cursors.advance(name, newest)
        return new

    def collect_canceled(self, site: Site, overlap: timedelta) -> int:
        """Sweep for orders that were canceled in the storefront; those never handed over cost one look."""
        name = f"canceled:{site.name}"
        position = self.cursors.get(name) or self.clock() - timedelta(days=7)
        found = list(self.storefront.canceled_orders(site, position - overlap))
        drafts = [changed(site.name, no, f"sweep:{no}:{modified.isoformat()}") for no, modified in found]
        new = self.ledger.add(drafts)
        self.cursors.advance(name, max([position, *(modified for _, modified in found)]))
        return new

    def deliver(self, messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        """Load, check and map each order, import what is ready per channel, settle each by itself."""
        ready: list[Ready] = []
        load = partial(self._load, away=[])
        with ThreadPoolExecutor(self.parallel) as pool:
            for loaded in pool.map(load, messages):
                if isinstance(loaded, Ready):
                    ready.append(loaded)
                else:
                    yield [loaded]
        for site in {one.site.name: one.site for one in ready}.values():
            yield self._import(site, [one for one in ready if one.site is site])

    def _load(self, message: Message, away: list[OrderbridgeError]) -> Ready | Settled:
        prepared: list[Ready] = []

        def prepare(message: Message) -> Settled:
            outcome = self._prepare(message, away)
            if isinstance(outcome, Ready):
                prepared.append(outcome)
            return Settled(message, Done(Outcome.APPLIED)) if isinstance(outcome, Ready) else outcome

        settled = guarded(prepare, message)
        return prepared[0] if prepared else settled

    def _prepare(self, message: Message, away: list[OrderbridgeError]) -> Ready | Settled:
        started = self.clock()
        site = site_of(self.sites, message.site)
        if self.orders.accepted(site, message.key):
            return Settled(message, Done(Outcome.DUPLICATE, "already handed over"))
        tried = self.orders.tried(site, message.key)
        taken = self._taken(tried)
        if taken and len(taken) == len(tried):
            # What the order has become since is an amendment of what the warehouse has.
            links = self.linking.handed(message, dict.fromkeys(taken, ()))
            asked = self.acquaintance.wanted(message, site, None)
            records = [*self._acceptance(message, site, taken), links, *asked, _since(message)]
            return Settled(message, Done(Outcome.APPLIED, "found in the warehouse"), records)
        try:
            return self._read(message, site, taken, started, away)
        except InvalidCopy:
            raise
        except Rejected as rejection:
            refused = Dead(rejection.code, rejection.detail, rejection.fields, rejection.remote_status)
            return Settled(message, refused, _refusal(message, site, refused), started)

    def _read(
        self,
        message: Message,
        site: Site,
        taken: Sequence[str],
        started: datetime,
        away: list[OrderbridgeError],
    ) -> Ready | Settled:
        """Return the order as it goes to the warehouse, or why it does not; `taken` has arrived already."""
        order = Reading(storefront=self.storefront, reader=self.reader).order(message, site)
        waiting = unready(order, site, self.clock())
        gone = isinstance(waiting, Done)
        recall = None if gone else self._recall(message)
        if taken and (gone or recall):
            return self._part_of_it(message, taken, [] if recall else [_since(message)])
        if recall:
            # The storefront cancels an order that never went; until it has, the order goes nowhere.
            waiting = Wait("order.held", "its cancellation is asked for", site.hold.recheck)
        if waiting:
            return Settled(message, waiting, [recall] if recall else [])
        check(order, site)
        met = self.acquaintance.met(message, order, site, away)
        if isinstance(met, Settled):
            return met
        order, told = met
        stamps = self.orders.reserve(order, site)
        if done := nothing_to_ship(order):
            return Settled(message, done, self._without_hand_over(message, site, met, done))
        return Ready(message, site, order, told, warehouse_orders(order, site, stamps), started)

    def _taken(self, tried: Sequence[Tried]) -> list[str]:
        """Return the references of an earlier attempt whose answer was lost though the warehouse took them.

        Looked for before the order is read again: whatever became of it since, the warehouse has it.
        """
        return [one.reference for one in tried if self.warehouse.holds(one.channel, one.reference, one.units)]

    def _part_of_it(self, message: Message, taken: Sequence[str], since: Sequence[Record]) -> Settled:
        """What has arrived of an order that goes no further is as good as handed over: it can be canceled."""
        accepted = HandoverAccepted(
            site=message.site, order_no=message.key, at=self.clock(), references=tuple(taken)
        )
        note = f"of a canceled order, {', '.join(taken)} was found in the warehouse"
        links = self.linking.handed(message, dict.fromkeys(taken, ()))
        return Settled(message, Done(Outcome.APPLIED, note), [accepted, links, *since])

    def _without_hand_over(
        self, message: Message, site: Site, met: tuple[Order, Order], done: Done
    ) -> list[Record]:
        order, told = met
        settled = HandoverAccepted(
            site=site.name, order_no=message.key, at=self.clock(), note=f"settled by a later one: {done.note}"
        )
        links = [self.linking.placed(message, site, told), *self.acquaintance.wanted(message, site, order)]
        return [settled, *links, *_drafts(message, on_nothing_to_ship(site))]

    def _recall(self, message: Message) -> Record | None:
        """Return the storefront's cancellation if a message that waits for this one asks for it."""
        for later in self.ledger.behind(message):
            if later.topic == Topic.ORDER_CHANGED and self.reader.asks_to_cancel(later):
                posting = order_status("cancelled")
                return posting_draft(later, message.key, replace(posting, key=f"{posting.key}:{later.id}"))
        return None

    def _acceptance(self, message: Message, site: Site, references: Sequence[str]) -> list[Record]:
        accepted = HandoverAccepted(site=site.name, order_no=message.key, at=self.clock())
        # Its units are surely in a count that is asked for when the margin of such a count is over.
        due = accepted.at + timedelta(seconds=site.stock.as_of_margin + 1)
        counts = CountsWanted(organisation=site.organisation, site=site.name, order_no=message.key, due=due)
        return [accepted, counts, *_drafts(message, on_acceptance(references, site))]

    def _import(self, site: Site, ready: Sequence[Ready]) -> list[Settled]:
        parts = [part for one in ready for part in one.parts]
        results: dict[str, ImportResult] = {}
        try:
            # One document carries many orders: the first one's id stands for the call.
            with correlated(ready[0].message.correlation_id):
                for channel in sorted({part.route.channel for part in parts}):
                    mine = [part for part in parts if part.route.channel == channel]
                    results |= self.warehouse.import_orders(site, channel, mine)
        except OrderbridgeError as error:
            failed = settlement_of(error)
            return [Settled(one.message, failed, (), one.started_at, self._document(one)) for one in ready]
        return [self._settled(one, results) for one in ready]

    def _settled(self, one: Ready, results: Mapping[str, ImportResult]) -> Settled:
        try:
            settlement = self._settlement(one, results)
        except OrderbridgeError as error:
            settlement = settlement_of(error)
        document = "" if isinstance(settlement, Done) else self._document(one)
        return Settled(one.message, settlement, self._records(one, settlement), one.started_at, document)

    def _document(self, one: Ready) -> str:
        return self.warehouse.document(one.site, one.parts)

    def _settlement(self, one: Ready, results: Mapping[str, ImportResult]) -> Settlement:
        for part in one.parts:
            match results[part.reference]:
                case Refused(detail):
                    return Dead(
                        "warehouse.refused", f"{part.reference}: {detail}", {part.shipment.path: detail}
                    )
                case Unanswered():
                    return Retry("outcome.unknown", f"the import's answer does not mention {part.reference}")
                case Taken(detail) if not self.warehouse.holds(
                    part.route.channel, part.reference, part.units
                ):
                    return Dead("reference.taken", f"{part.reference}: {detail}", {"orderNo": detail})
                case _:
                    continue
        return Done(Outcome.APPLIED, ",".join(part.reference for part in one.parts))

    def _records(self, one: Ready, settlement: Settlement) -> list[Record]:
        if isinstance(settlement, Dead):
            return _refusal(one.message, one.site, settlement)
        if isinstance(settlement, Retry):
            return []
        taken = self._acceptance(one.message, one.site, [part.reference for part in one.parts])
        taken += [self.linking.placed(one.message, one.site, one.told)]
        taken += [self.linking.handed(one.message, goods(one.order))]
        taken += self.acquaintance.wanted(one.message, one.site, one.order)
        basket = one.order.basket
        return [*taken, BasketReleased(one.site.name, basket)] if basket else taken


def _refusal(message: Message, site: Site, refused: Dead) -> list[Record]:
    return _drafts(message, on_rejection(refused, site, f"{message.id}.{message.attempt}"))


def _since(message: Message) -> Record:
    return changed(message.site, message.key, f"found:{message.key}:{message.id}")


def _drafts(message: Message, postings: Sequence[Posting]) -> list[Record]:
    return [posting_draft(message, message.key, posting) for posting in postings]
