"""Inventory: counts by push and by pull, newer ones kept, and only what changed published."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from sync.core.correlation import correlated
from sync.core.errors import OrderbridgeError, Rejected, Retryable
from sync.core.inventory import Count, Unreadable, newest_of
from sync.core.messages import Draft, Message, Origin, Outcome, Settled, Topic, Wait
from sync.core.ports import Counting, CountReader, Queue, Stock
from sync.core.sites import Site
from sync.flows.baskets import Baskets
from sync.flows.counted import Told, Work, afresh_of, asks_for_all, failed, is_patient, named
from sync.flows.holding import held
from sync.flows.messages import guarded, site_of
from sync.flows.publishing import Publisher
from sync.flows.pulled import Pulled

log = structlog.get_logger()

STOCK_KEY = "stock"
TOPICS = (Topic.STOCK_CHANGED, Topic.STOCK_REQUESTED, Topic.BASKET_CHANGED)
# So many waiting messages are taken at once.
TOGETHER = 500
# A burst that does not end is published after so many times the quiet that is waited for.
LONGEST = 5
# Seconds between two looks at what has arrived.
POLL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFlow:
    """The story of a count on its way to the shelf label."""

    sites: Mapping[str, Site]
    warehouse: Counting
    stock: Stock
    reader: CountReader
    queue: Queue
    baskets: Baskets
    publisher: Publisher
    pulled: Pulled
    clock: Callable[[], datetime]
    time_limit: float = 90.0
    beat: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def request(
        self,
        organisation: str,
        slot: str,
        skus: Collection[str] = (),
        afresh: str = "",
        *,
        patient: bool = False,
    ) -> Draft:
        """Return the message that asks for a pull of everything or of `skus`; one per `slot`.

        `afresh` is a list on which everything is written once from now on, whether it differs or not. Where
        one of the `skus` cannot be asked for by name everything is pulled, unless the request is `patient`.
        """
        body: dict[str, Any] = {"slot": slot, "skus": sorted(set(skus))}
        if patient:
            body["patient"] = True
        if afresh:
            body["afresh"] = {"list": afresh, "since": self.clock().isoformat()}
        return Draft(
            site=organisation,
            topic=Topic.STOCK_REQUESTED,
            origin=Origin.WAREHOUSE,
            key=STOCK_KEY,
            dedupe_key=f"pull:{slot}",
            body=json.dumps(body, ensure_ascii=False),
            correlation_id=f"pull-{organisation}-{slot}",
        )

    def deliver(self, messages: Sequence[Message]) -> Iterator[list[Settled]]:
        """Keep the newer counts, then publish what they change on every list of the organisation.

        All stock messages of an organisation share one key, so they are worked by one worker at a time and an
        older number can never overtake a newer one on its way to the storefront. What waits right behind a
        message is worked with it: the counts that one of them overtakes are never published. What arrives
        during a long publication is let in between two batches, and never waits for its end.
        """
        for message in messages:
            work = Work([message])
            with correlated(message.correlation_id), held(self.queue, work.messages, self.beat):
                try:
                    settled = self._work(work)
                except OrderbridgeError as error:
                    settled = work.settled(error)
                except Exception as error:
                    # A bug met in one of them must not be the end of the first: it goes alone.
                    log.exception("bridge.fault", message_id=message.id)
                    fault = Wait("bridge.fault", type(error).__name__, 0.0)
                    yield [Settled(other, fault) for other in work.messages[1:]]
                    settled = [guarded(self._alone, message)]
            yield [*settled, *work.guests]

    def _work(self, work: Work) -> list[Settled]:
        lists = self._lists(work.messages[0].site)
        self._gather(work, lists)
        return self._served(work, lists, lambda: self._let_in(work, lists))

    def _alone(self, message: Message) -> Settled:
        work, lists = Work([message]), self._lists(message.site)
        self._read_pushes(work, work.messages, lists[0])
        return self._served(work, lists, lambda: None)[0]

    def _gather(self, work: Work, lists: Sequence[Site]) -> None:
        """Take what waits behind, and while more arrives wait for it, a few seconds at most.

        A burst of pushes, or of requests for named SKUs, is so worked once. A push that takes a SKU off sale
        or brings it back, and a request for everything, end the wait at once.
        """
        quiet = timedelta(seconds=max(site.cadence.debounce for site in lists))
        until, fresh = self.clock() + LONGEST * quiet, list(work.messages)
        while True:
            fresh += self.queue.take_behind(work.messages[-1], TOPICS, limit=TOGETHER)
            work.messages += [one for one in fresh if one is not work.messages[0]]
            skus = self._read_pushes(work, fresh, lists[0])
            now, fresh = self.clock(), list[Message]()
            if work.full or now >= until or work.quiet_since(now) >= quiet or self._urgent(lists, skus):
                return
            self.sleep(min(POLL, quiet.total_seconds()))

    def _urgent(self, lists: Sequence[Site], skus: Collection[str]) -> bool:
        return bool(skus) and any(self.publisher.urgent(site, skus) for site in lists)

    def _let_in(self, work: Work, lists: Sequence[Site]) -> None:
        """Work the messages that have come since; a request for everything waits for its own turn."""
        found = self.queue.take_behind(work.messages[-1], TOPICS, limit=TOGETHER)
        if not found:
            return
        work.messages += found
        turn = Wait("time.over", "another publication is under way", 0.0)
        work.guests += [Settled(one, turn) for one in found if self._wants_all(one)]
        guests = Work([one for one in found if not self._wants_all(one)])
        if guests.messages:
            self._read_pushes(guests, guests.messages, lists[0])
            work.guests += self._served(guests, lists)

    def _served(
        self, work: Work, lists: Sequence[Site], between: Callable[[], None] | None = None
    ) -> list[Settled]:
        """Pull what is asked for, and publish; without a `between` as the guest of another publication."""
        guest, between = between is None, between or (lambda: None)
        try:
            self._pull(work, lists)
            deadline = self.clock() + timedelta(seconds=self.time_limit)
            for site in lists:
                self.publisher.publish(
                    site,
                    work.skus,
                    deadline,
                    work.tally,
                    work.eager,
                    between,
                    guest=guest,
                    afresh=None if guest else work.afresh.get(site.stock.inventory_list),
                )
        except OrderbridgeError as error:
            if not isinstance(error, Retryable):
                self.pulled.forget(lists[0].organisation, work.pulled)
            return work.settled(error)
        self.pulled.forget(lists[0].organisation, work.pulled)
        return work.settled(None)

    def _read_pushes(self, work: Work, messages: Sequence[Message], site: Site) -> Collection[str]:
        """Save the newest of all pushed counts and return their SKUs; a message without any is superseded.

        Superseded counts are published too: an earlier attempt may have saved them and died.
        """
        told = {
            message.id: self._read(message, site, work)
            for message in messages
            if message.topic == Topic.STOCK_CHANGED
        }
        newest = newest_of(count for counts in told.values() for count in counts)
        outcomes, new = self.stock.save_counts(newest), set(newest)
        held = self._hold(messages, work)
        work.publishes(outcomes.keys() | held)
        work.superseded |= {
            number
            for number, counts in told.items()
            if not any(count in new and outcomes[count.sku] is Outcome.APPLIED for count in counts)
        }
        return outcomes.keys() | held

    def _hold(self, messages: Sequence[Message], work: Work) -> set[str]:
        """Keep, one after the other, what baskets hold from now on; return the SKUs this changes."""
        skus = set[str]()
        for message in messages:
            if message.topic == Topic.BASKET_CHANGED:
                try:
                    skus |= set(self.baskets.keep(message))
                except Rejected as error:
                    work.failures[message.id] = error
        return skus

    def _read(self, message: Message, site: Site, work: Work) -> list[Count]:
        try:
            return self.reader.counts(message, site)
        except Unreadable as error:
            work.failures[message.id] = error
            return list(error.counts)
        except Rejected as error:
            work.failures[message.id] = error
            return []

    def _pull(self, work: Work, lists: Sequence[Site]) -> None:
        """Answer all waiting requests with one pull, which begins after every one of them was made.

        One whose publication was cut short after the pull of everything goes on without another.
        """
        requests = [one for one in work.messages if one.topic == Topic.STOCK_REQUESTED]
        work.eager = {sku for one in requests for sku in named(one)}
        work.afresh = afresh_of(requests)
        work.pulled = self.pulled.among(requests)
        if work.pulled:
            work.publishes(None)
            work.notes |= dict.fromkeys(work.pulled, "the counts are those of an earlier attempt")
        if fresh := [one for one in requests if one.id not in work.pulled]:
            self._ask(work, fresh, lists)

    def _wants_all(self, message: Message) -> bool:
        """Tell whether only a pull of everything answers: also for a name that nobody can ask for."""
        if message.topic != Topic.STOCK_REQUESTED or asks_for_all(message):
            return message.topic == Topic.STOCK_REQUESTED
        return not is_patient(message) and not all(map(self.warehouse.askable, named(message)))

    def _ask(self, work: Work, requests: Sequence[Message], lists: Sequence[Site]) -> None:
        names = sorted({sku for one in requests for sku in named(one)})
        everything = any(self._wants_all(one) for one in requests)
        asked = None if everything else names
        unaskable = [sku for sku in names if not self.warehouse.askable(sku)]
        told = Told(self.warehouse.counts(lists[0].organisation, asked), unaskable=unaskable)
        started = self.clock()
        told.given = self.stock.save_pulled(told.counts(by_name=not everything))
        if told.given:
            work.publishes(asked)
        numbers = [one.id for one in requests]
        if told.error is None or isinstance(told.error, Unreadable):
            gone = self._whole(lists, started, told.error, everything=everything)
            work.notes |= dict.fromkeys(numbers, told.note(asked, gone))
            work.pulled |= self.pulled.remember(requests) if everything else set()
        else:
            work.failures |= failed(numbers, told)

    def _whole(
        self, lists: Sequence[Site], started: datetime, bad: Unreadable | None, *, everything: bool
    ) -> list[str]:
        """Keep what a whole answer says by saying nothing; a bad product may have been the missing one.

        The warehouse will tell the same bad product at the next pull, so it is told in note and log and makes
        no dead letter. Returns the SKUs that have disappeared, which only an answer of everything can tell.
        """
        organisation = lists[0].organisation
        if bad is not None:
            log.warning("stock.invalid", organisation=organisation, bad=bad.bad, fields=bad.fields)
        unless = bad.skus if bad is not None else set[str]()
        if unless is None:
            return []
        warehouses = {name for site in lists for name in site.stock.warehouses}
        self.stock.save_absent(organisation, sorted(warehouses), started, unless)
        gone = self.stock.save_disappeared(organisation, started, unless) if everything else []
        if gone:
            log.warning("stock.disappeared", organisation=organisation, skus=gone[:10], count=len(gone))
        return gone

    def _lists(self, organisation: str) -> list[Site]:
        """One site speaks for each inventory list; sites that share a list compute it alike."""
        sites = [site for site in self.sites.values() if site.organisation == organisation]
        by_list = {site.stock.inventory_list: site for site in reversed(sites)}
        return list(by_list.values()) or [site_of(self.sites, organisation)]
