"""Watching: what pushes may have lost, found by overlapping windows and by asking about silent orders."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog

from sync.core.errors import OrderbridgeError, Rejected, Retryable
from sync.core.messages import Topic
from sync.core.ports import Cursors, Ledger, Orders, Sighting, Yard
from sync.core.sites import Site
from sync.flows.drafts import sighted
from sync.flows.pace import Pace

log = structlog.get_logger()

# How far back the first poll of all looks.
FIRST = timedelta(days=7)
# The most that one question is about: after days of silence the answer must still fit, and be in time.
WINDOW = timedelta(days=1)
# The last window ends in the future, since the warehouse's clock may be ahead of ours.
AHEAD = timedelta(days=1)
# Orders that are asked about between two looks at what is silent.
TOGETHER = 40
# What could not be asked about is asked again after this long, behind what is silent longer.
AGAIN = timedelta(minutes=5)

Look = Callable[[Site, datetime, datetime], Iterator[Sighting]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFlow:
    """The story of what nobody told us; `rate` is how many orders a second are asked about at most."""

    warehouse: Yard
    orders: Orders
    ledger: Ledger
    cursors: Cursors
    clock: Callable[[], datetime]
    parallel: int = 4
    rate: float | None = None

    def collect(self, site: Site, overlap: timedelta, silence: timedelta, seconds: float = 60.0) -> int:
        """Poll despatches and returns, ask about silent orders for so many seconds; return how many are new.

        Windows overlap and sightings are recognized by their content, so seeing one twice changes nothing.
        Each source has a cursor of its own, moved window by window: a poll that ends in the middle goes on
        there. A source that fails holds up no other; the first failure is raised after all were tried.
        """
        return _sum_of_all(
            lambda: self._walk(site, "fulfillment", Topic.SHIPMENT_CHANGED, self._despatched, overlap),
            lambda: self._walk(site, "returns", Topic.RETURN_RECEIVED, self._returned, overlap),
            lambda: self._ask(site, silence, seconds),
        )

    def _walk(self, site: Site, source: str, topic: Topic, look: Look, overlap: timedelta) -> int:
        name, now, new = f"{source}:{site.name}", self.clock(), 0
        since = (self.cursors.get(name) or now - FIRST) - overlap
        for begin, end in _windows(since, now):
            new += self._keep(site, topic, look(site, begin, end), now)
            self.cursors.advance(name, min(end, now))
        return new

    def _keep(self, site: Site, topic: Topic, seen: Iterator[Sighting], now: datetime) -> int:
        return sum(
            self.ledger.add([sighted(site.name, one, now, topic) for one in batch])
            for batch in _batches(seen, 200)
        )

    def _despatched(self, site: Site, since: datetime, until: datetime) -> Iterator[Sighting]:
        for channel in site.channels:
            yield from self.warehouse.despatches(channel, since, until)

    def _returned(self, site: Site, since: datetime, until: datetime) -> Iterator[Sighting]:
        for route in {route.channel: route for route in site.routes}.values():
            yield from self.warehouse.returns(route, since, until)

    def _ask(self, site: Site, silence: timedelta, seconds: float) -> int:
        """Ask about the longest silent first, until none is left or the time is up; the next poll goes on."""
        began, pace, new = self.clock(), Pace(self.rate), 0
        with ThreadPoolExecutor(self.parallel) as pool:
            while silent := self.orders.silent(site, began - silence, limit=pace.batch(TOGETHER)):
                pace.before(len(silent))
                answers = list(pool.map(lambda one: self._detail(site, *one), silent))
                new += self._keep(
                    site, Topic.SHIPMENT_CHANGED, (a for a in answers if isinstance(a, Sighting)), began
                )
                self._note(site, silent, answers, began - silence + AGAIN)
                if (self.clock() - began).total_seconds() >= seconds:
                    break
        return new

    def _detail(self, site: Site, channel: str, reference: str) -> Sighting | OrderbridgeError | None:
        try:
            seen = self.warehouse.order_detail(channel, reference)
        except (Rejected, Retryable) as error:
            log.warning("order.still_silent", site=site.name, reference=reference, code=error.code)
            return error
        if seen is None:
            log.warning("order.unknown_there", site=site.name, reference=reference)
        return seen

    def _note(
        self,
        site: Site,
        silent: Sequence[tuple[str, str]],
        answers: Sequence[Sighting | OrderbridgeError | None],
        again: datetime,
    ) -> None:
        """Note who answered; when nobody did, the warehouse is away, and asking on would be in vain."""
        failed = {
            asked: answer
            for asked, answer in zip(silent, answers, strict=True)
            if isinstance(answer, OrderbridgeError)
        }
        self.orders.heard(site, list(failed), again)
        self.orders.heard(site, [asked for asked in silent if asked not in failed], self.clock())
        if len(failed) == len(silent):
            raise next(iter(failed.values()))


def silence_of(site: Site, usual: float, given: float | None) -> timedelta:
    """Return how long an order of the site may be silent: by a person's word, else its own, else as usual."""
    return timedelta(seconds=next(s for s in (given, site.silence, usual) if s is not None))


def _windows(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    while now - since > WINDOW:
        yield since, since + WINDOW
        since += WINDOW
    yield since, now + AHEAD


def _sum_of_all(*sources: Callable[[], int]) -> int:
    new, failures = 0, list[OrderbridgeError]()
    for source in sources:
        try:
            new += source()
        except OrderbridgeError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return new


def _batches(seen: Iterator[Sighting], size: int) -> Iterator[list[Sighting]]:
    while batch := list(islice(seen, size)):
        yield batch
