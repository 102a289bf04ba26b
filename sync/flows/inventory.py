"""Inventory: counts by push and by pull, newer ones kept, and only what changed published."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sync.core.correlation import correlated
from sync.core.errors import OrderbridgeError, Rejected, Unfinished
from sync.core.inventory import Count, Unreadable, newest_of
from sync.core.messages import Done, Draft, Message, Origin, Outcome, Settled, Topic, Wait
from sync.core.ports import Counting, CountReader, Queue, Stock
from sync.core.sites import Site
from sync.flows.messages import guarded, settlement_of, site_of
from sync.flows.publishing import Publisher, Tally

log = structlog.get_logger()

STOCK_KEY = "stock"
TOPICS = (Topic.STOCK_CHANGED, Topic.STOCK_REQUESTED)
# So many waiting messages are worked in one go.
TOGETHER = 200


@dataclass(slots=True)
class _Work:
    """Messages of one organisation that are worked together, and what is found out about each."""

    messages: Sequence[Message]
    notes: dict[int, str] = field(default_factory=dict)
    failures: dict[int, OrderbridgeError] = field(default_factory=dict)
    superseded: set[int] = field(default_factory=set)
    skus: set[str] | None = field(default_factory=set)
    eager: Collection[str] = ()

    def publishes(self, skus: Collection[str] | None) -> None:
        """Have these published too; None means everything."""
        self.skus = None if skus is None or self.skus is None else self.skus | set(skus)

    def settled(self, tally: Tally, failure: OrderbridgeError | None) -> list[Settled]:
        """Return the settlements. What the publication met is the first message's; the others wait for it."""
        first, *others = self.messages
        if failure is not None:
            later = [Settled(one, Wait(failure.code, failure.detail, 0.0)) for one in others]
            return [Settled(first, settlement_of(failure)), *later]
        return [self._settled(message, tally) for message in self.messages]

    def _settled(self, message: Message, tally: Tally) -> Settled:
        if message.id in self.failures:
            return Settled(message, settlement_of(self.failures[message.id]))
        note = "; ".join(filter(None, (tally.note(), self.notes.get(message.id, ""))))
        outcome = Outcome.SUPERSEDED if message.id in self.superseded else Outcome.APPLIED
        return Settled(message, Done(outcome, note))


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFlow:
    """The story of a count on its way to the shelf label."""

    sites: Mapping[str, Site]
    warehouse: Counting
    stock: Stock
    reader: CountReader
    queue: Queue
    publisher: Publisher
    clock: Callable[[], datetime]
    time_limit: float = 90.0

    def request(self, organisation: str, slot: str, skus: Collection[str] = ()) -> Draft:
        """Return the message that asks for a pull of everything or of `skus`; one per `slot`."""
        return Draft(
            site=organisation,
            topic=Topic.STOCK_REQUESTED,
            origin=Origin.WAREHOUSE,
            key=STOCK_KEY,
            dedupe_key=f"pull:{slot}",
            body=json.dumps({"slot": slot, "skus": sorted(set(skus))}, ensure_ascii=False),
            correlation_id=f"pull-{organisation}-{slot}",
        )

    def deliver(self, messages: Sequence[Message]) -> Iterator[list[Settled]]:
        """Keep the newer counts, then publish what they change on every list of the organisation.

        All stock messages of an organisation share one key, so they are worked by one worker at a time and an
        older number can never overtake a newer one on its way to the storefront. What waits right behind a
        message is worked with it: the counts that one of them overtakes are never published.
        """
        for message in messages:
            others = self.queue.take_behind(message, TOPICS, limit=TOGETHER)
            with correlated(message.correlation_id):
                try:
                    settled = self._work([message, *others])
                except OrderbridgeError as error:
                    settled = _Work([message, *others]).settled(Tally(), error)
                except Exception as error:
                    # A bug met in one of them must not be the end of the first: it goes alone.
                    log.exception("bridge.fault", message_id=message.id)
                    fault = Wait("bridge.fault", type(error).__name__, 0.0)
                    yield [Settled(other, fault) for other in others]
                    settled = [guarded(lambda one: self._work([one])[0], message)]
            yield settled

    def _work(self, messages: Sequence[Message]) -> list[Settled]:
        deadline = self.clock() + timedelta(seconds=self.time_limit)
        lists, work, tally = self._lists(messages[0].site), _Work(messages), Tally()
        self._read_pushes(work, lists[0])
        self._pull(work, lists)
        try:
            for site in lists:
                self.publisher.publish(site, work.skus, deadline, tally, work.eager)
        except OrderbridgeError as error:
            return work.settled(tally, error)
        return work.settled(tally, None)

    def _read_pushes(self, work: _Work, site: Site) -> None:
        """Save the newest of all pushed counts; a message that has none of them is superseded.

        Superseded counts are published too: an earlier attempt may have saved them and died.
        """
        told = {
            message.id: self._read(message, site, work)
            for message in work.messages
            if message.topic != Topic.STOCK_REQUESTED
        }
        newest = newest_of(count for counts in told.values() for count in counts)
        outcomes, new = self.stock.save_counts(newest), set(newest)
        work.publishes(outcomes.keys())
        work.superseded |= {
            number
            for number, counts in told.items()
            if not any(count in new and outcomes[count.sku] is Outcome.APPLIED for count in counts)
        }

    def _read(self, message: Message, site: Site, work: _Work) -> list[Count]:
        try:
            return self.reader.counts(message, site)
        except Unreadable as error:
            work.failures[message.id] = error
            return list(error.counts)
        except Rejected as error:
            work.failures[message.id] = error
            return []

    def _pull(self, work: _Work, lists: Sequence[Site]) -> None:
        """Answer all waiting requests with one pull, which begins after every one of them was made."""
        requests = {one.id: _named(one) for one in work.messages if one.topic == Topic.STOCK_REQUESTED}
        if not requests:
            return
        work.eager = {sku for named in requests.values() for sku in named}
        skus = sorted(work.eager) if all(requests.values()) else None
        told = _Told(self.warehouse.counts(lists[0].organisation, skus))
        started = self.clock()
        given = self.stock.save_pulled(told.counts(skus is not None))
        if given:
            work.publishes(skus)
        if told.error is None or isinstance(told.error, Unreadable):
            self._whole(lists, started, told.error)
            work.notes |= dict.fromkeys(requests, told.note(skus))
        else:
            work.failures |= _failed(requests, told.error, given)

    def _whole(self, lists: Sequence[Site], started: datetime, bad: Unreadable | None) -> None:
        """Keep what a whole answer says by saying nothing; a bad product may have been the missing one.

        The warehouse will tell the same bad product at the next pull, so it is told in note and log and makes
        no dead letter.
        """
        organisation = lists[0].organisation
        if bad is not None:
            log.warning("stock.invalid", organisation=organisation, bad=bad.bad, fields=bad.fields)
        unless = bad.skus if bad is not None else set[str]()
        if unless is not None:
            warehouses = {name for site in lists for name in site.stock.warehouses}
            self.stock.save_absent(organisation, sorted(warehouses), started, unless)

    def _lists(self, organisation: str) -> list[Site]:
        """One site speaks for each inventory list; sites that share a list compute it alike."""
        sites = [site for site in self.sites.values() if site.organisation == organisation]
        by_list = {site.stock.inventory_list: site for site in reversed(sites)}
        return list(by_list.values()) or [site_of(self.sites, organisation)]


@dataclass(slots=True)
class _Told:
    """A pull's counts, and how it ended: what came before the end is to be kept."""

    source: Iterator[Count]
    error: OrderbridgeError | None = None
    seen: set[str] = field(default_factory=set)

    def counts(self, named: bool) -> Iterator[Count]:  # noqa: FBT001  read once, right beside its name
        try:
            for count in self.source:
                if named:
                    self.seen.add(count.sku)
                yield count
        except OrderbridgeError as error:
            self.error = error

    def note(self, skus: Sequence[str] | None) -> str:
        """Say what is missing and what is bad."""
        missing = [sku for sku in skus or () if sku not in self.seen]
        absent = f"the warehouse tells nothing of {', '.join(missing[:10])}" if missing else ""
        return "; ".join(filter(None, (absent, self.error.detail if self.error else "")))


def _named(message: Message) -> list[str]:
    """Return the SKUs that a request names, none when it asks for everything."""
    named = json.loads(message.body).get("skus") or []
    return [str(sku) for sku in named]


def _failed(requests: Iterable[int], error: OrderbridgeError, given: int) -> dict[int, OrderbridgeError]:
    """The pull's failure is its first request's; the others wait for it."""
    first, *others = requests
    if given:
        error.detail = f"{error.detail}; the {given} counts before it were kept"
    later = Unfinished(error.code, error.detail)
    return {first: error, **dict.fromkeys(others, later)}
