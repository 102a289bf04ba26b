"""Reprocess: dead letters selected by what they have in common, put to work again after the cure."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.errors import OrderbridgeError, Rejected
from sync.core.holds import nothing_to_ship, unready
from sync.core.messages import Done, Draft, Message, Settled, Settlement, Topic
from sync.core.orders import check, references, warehouse_orders
from sync.core.ports import DeadLetters, OrderBook, Orders, Paper, Reader, Selection
from sync.core.postings import Posting
from sync.core.privacy import blanked, refuse_blank
from sync.core.sites import Site
from sync.flows.messages import site_of
from sync.flows.pace import Pace
from sync.flows.reading import Reading
from sync.flows.storefront import read_posting

_BATCH = 1_000
_READ_ANEW = {Topic.ORDER_PLACED, Topic.ORDER_CHANGED}
_FACTS = {Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED, Topic.PAYMENT_REQUESTED, Topic.UNSUPPORTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a dry run found: whether the message would pass now, and what would be sent.

    `document` is the import document, `last` that of the last try; both hold personal data, `masked` has
    them without it. `postings` is what the storefront would be told. `note` says why nothing would be sent.
    """

    message: Message
    passes: bool = True
    code: str = ""
    detail: str = ""
    note: str = ""
    document: str = ""
    last: str = ""
    postings: Sequence[Posting] = ()

    @property
    def difference(self) -> str:
        """The unified difference from the last try's document to this one's, empty when there is none."""
        texts = self.last.splitlines(), self.document.splitlines()
        return "\n".join(difflib.unified_diff(*texts, "last try", "now", lineterm="", n=1))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some dead letters: those at work again, and those that cannot be replayed and stay where they are."""

    requeued: Sequence[Message]
    refused: Sequence[Message] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessFlow:
    """The story of a cure; `deliver_fact` is what becomes of a fact, and changes nothing by itself."""

    sites: Mapping[str, Site]
    letters: DeadLetters
    storefront: OrderBook
    warehouse: Paper
    orders: Orders
    reader: Reader
    deliver_fact: Callable[[Message], Settled]
    clock: Callable[[], datetime]

    def requeue(
        self, selection: Selection, *, replay: bool = False, pace: Pace | None = None, actor: str = ""
    ) -> Iterator[Batch]:
        """Put the selected dead letters to work again, oldest first, batch by batch, each of them once.

        Stopped at any moment, it goes on where it was when asked again: what is at work is dead no more.
        With `replay` an order is taken from its event's body, where that holds it.
        """
        pace, seen = pace or Pace(), selection.after or 0
        size = pace.batch(_BATCH)
        while selected := self.letters.select_dead(replace(selection, after=seen), size):
            seen = selected[-1].id
            fit = [one for one in selected if self._workable(one, replay=replay)]
            pace.before(len(fit))
            self.letters.requeue([one.id for one in fit], replay=replay, actor=actor)
            yield Batch(fit, [one for one in selected if one not in fit])

    def dry_run(self, selection: Selection, limit: int = _BATCH, *, replay: bool = False) -> Iterator[Trial]:
        """Tell what would happen to each, without sending or changing anything."""
        for message in self.letters.select_dead(selection, limit):
            yield self._try(replace(message, replay=replay))

    def _workable(self, message: Message, *, replay: bool) -> bool:
        """A blank message is worked only where the storefront is asked anyway."""
        if message.topic not in _READ_ANEW and blanked(message.body):
            return False
        return not replay or self._replayable(message)

    def _replayable(self, message: Message) -> bool:
        """All but orders are worked from their body anyway."""
        if message.topic == Topic.ORDER_CHANGED:
            return False
        if message.topic != Topic.ORDER_PLACED or message.site not in self.sites:
            return True
        return self._reading.carries_order(message, self.sites[message.site])

    @property
    def _reading(self) -> Reading:
        return Reading(storefront=self.storefront, reader=self.reader)

    def _try(self, message: Message) -> Trial:
        try:
            return self._tried(message, site_of(self.sites, message.site))
        except OrderbridgeError as error:
            last = self.letters.document(message.id)
            return Trial(message=message, passes=False, code=error.code, detail=error.detail, last=last)

    def _tried(self, message: Message, site: Site) -> Trial:
        if message.topic not in _READ_ANEW or message.replay:
            refuse_blank(message)
        if message.replay and not self._replayable(message):
            raise Rejected("replay.impossible", "the stored event has only the order's number")
        if message.topic == Topic.ORDER_PLACED:
            return self._order(message, site)
        if message.topic == Topic.ORDER_CHANGED:
            check(self.storefront.order(site, message.key), site)
        if message.topic == Topic.STOCK_CHANGED:
            self.reader.counts(message, site)
        if message.topic == Topic.POSTING_PLANNED:
            return Trial(message=message, postings=[read_posting(message.body)])
        return (
            self._fact(message) if message.topic in {*_FACTS, Topic.UNSUPPORTED} else Trial(message=message)
        )

    def _order(self, message: Message, site: Site) -> Trial:
        last = self.letters.document(message.id)
        if self.orders.accepted(site, message.key):
            return Trial(message=message, note="already handed over", last=last)
        order = self._reading.order(message, site)
        waiting = unready(order, site, self.clock())
        check(order, site)
        if done := nothing_to_ship(order):
            return Trial(message=message, note=_note(waiting or done), last=last)
        # What was never tried gets its stamp when it is; now it is only shown one.
        stamps = dict.fromkeys(references(order).values(), self.clock().replace(microsecond=0))
        stamps |= self.letters.stamps(site.name, order.order_no)
        document = self.warehouse.document(site, warehouse_orders(order, site, stamps))
        return Trial(message=message, document=document, last=last, note=_note(waiting))

    def _fact(self, message: Message) -> Trial:
        settled = self.deliver_fact(message)
        planned = [read_posting(record.body) for record in settled.records if isinstance(record, Draft)]
        return Trial(message=message, postings=planned, note="" if planned else "nothing new to tell")


def _note(waiting: Settlement | None) -> str:
    if waiting is None:
        return ""
    return waiting.note if isinstance(waiting, Done) else f"it would wait: {waiting.detail}"
