"""Storefront: the planned postings, made one call each, those of one order in order and in one go."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.messages import Done, Message, Outcome, Settled, Topic, Wait
from sync.core.ownership import Owner, Word, conflict
from sync.core.ports import (
    ConflictFound,
    ExportConfirmed,
    LettersMoot,
    Made,
    Observation,
    Queue,
    Record,
    Till,
)
from sync.core.postings import Kind, Look, Posting, look, overtakes
from sync.core.sites import Site
from sync.flows.messages import site_of
from sync.flows.turns import in_turn

# The most postings of one order that one claim takes; an order that has more is claimed again.
TOGETHER = 25

OBSERVED: Mapping[Kind, Callable[[Observation], str]] = {
    Kind.EXPORT_STATUS: lambda seen: seen.export_status,
    Kind.EXTERNAL_STATUS: lambda seen: seen.external_status,
    Kind.SHIPPING_STATUS: lambda seen: seen.shipping_status,
    Kind.ORDER_STATUS: lambda seen: seen.status,
}

RESULTS: Mapping[Look, Outcome] = {
    Look.IN_PLACE: Outcome.APPLIED,
    Look.FURTHER: Outcome.SUPERSEDED,
    Look.DECIDED: Outcome.CONFLICT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontFlow:
    """The story of a posting.

    `patience` seconds after a batch was claimed no further call is begun: with the call under way it
    must stay below the lease, or another worker would take over what is still being sent. `together` is
    how many more of an order's postings are made under the claim of its first. `busy` tells whether stock
    of an order's products is being written at this moment.
    """

    sites: Mapping[str, Site]
    storefront: Till
    ledger: Made
    queue: Queue
    clock: Callable[[], datetime]
    parallel: int = 4
    patience: float = 60.0
    together: int = TOGETHER
    busy: Callable[[str, str], bool] = lambda _site, _order_no: False

    def deliver(self, messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        """Make the postings of different orders side by side, those of one order one after the other.

        Each is settled the moment it is made, and before the next of its order is begun: a crash repeats
        one call of an order at most.
        """
        until = self.clock() + timedelta(seconds=self.patience)

        def timely(message: Message) -> Settled:
            if self.clock() > until:
                return Settled(message, Wait("time.over", "the batch took too long to begin this one", 0.0))
            return self.post(message)

        yield from in_turn(messages, self._behind, timely, self.parallel)

    def _behind(self, message: Message) -> Sequence[Message]:
        if not self.together:
            return ()
        return self.queue.take_behind(message, [Topic.POSTING_PLANNED], limit=self.together)

    def post(self, message: Message) -> Settled:
        """Make one posting; after a first attempt look whether it had its effect already, or came too late.

        A dead posting holds up no later one. Reprocessed afterwards it would set the storefront back.
        """
        site = site_of(self.sites, message.site)
        posting = read_posting(message.body)
        if message.attempt > 1 and self._overtaken(message, posting):
            return Settled(message, Done(Outcome.SUPERSEDED, "a later posting of its kind was made"))
        found = self._look(site, message, posting)
        if found is not Look.WRITE:
            return Settled(message, Done(RESULTS[found], found.value), self._found(message, posting, found))
        if _exports(posting) and self.busy(message.site, message.key):
            # Its units would be forgotten by a write that is under way and was computed without them.
            return Settled(message, Wait("stock.busy", "the stock of its products is being written", 1.0))
        self.storefront.post(site, message.key, posting)
        return Settled(message, Done(Outcome.APPLIED), self._records(message, posting))

    def _overtaken(self, message: Message, posting: Posting) -> bool:
        return any(overtakes(read_posting(body), posting) for body in self.ledger.made_after(message))

    def _look(self, site: Site, message: Message, posting: Posting) -> Look:
        """Statuses can be seen; events and attributes cannot, and may be repeated by their id and content.

        What moves stock is looked at before every attempt, the rest only after a first one.
        """
        observed = OBSERVED.get(posting.kind)
        if observed is None or (message.attempt == 1 and posting.kind is not Kind.ORDER_STATUS):
            return Look.WRITE
        return look(posting, observed(self.storefront.observe(site, message.key)))

    def _found(self, message: Message, posting: Posting, found: Look) -> list[Record]:
        if found is Look.IN_PLACE:
            return self._records(message, posting)
        if found is Look.DECIDED:
            return [decided_otherwise(message, str(posting.value["status"]))]
        return []

    def _records(self, message: Message, posting: Posting) -> list[Record]:
        dead = self.ledger.dead_before(message)
        moot = tuple(number for number, body in dead.items() if overtakes(posting, read_posting(body)))
        records: list[Record] = [LettersMoot(moot)] if moot else []
        if _exports(posting):
            records.append(ExportConfirmed(site=message.site, order_no=message.key, at=self.clock()))
        return records


def decided_otherwise(message: Message, wanted: str) -> ConflictFound:
    """Return the record that the order has another end in the storefront than the warehouse's facts say."""
    field = "shipment.stage" if wanted == "cancelled" else "order.cancellation"
    warehouse = "canceled, nothing left" if wanted == "cancelled" else "everything is done, goods have left"
    storefront = "closed by somebody else: not set to " + wanted
    # Goods of an order that the storefront has canceled have left.
    word = Word(sender=Owner.STOREFRONT, message=message.id, alarm=wanted != "cancelled")
    return conflict(message.site, message.key, field, storefront=storefront, warehouse=warehouse, word=word)


def _exports(posting: Posting) -> bool:
    return posting.kind is Kind.EXPORT_STATUS and posting.value["status"] == "exported"


def read_posting(body: str) -> Posting:
    """Return the posting that a message carries."""
    data = json.loads(body)
    return Posting(Kind(data["kind"]), data["key"], data["value"])
