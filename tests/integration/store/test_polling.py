"""The poll of the warehouse on a real ledger, with a warehouse that fails as told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.errors import OrderbridgeError, Retryable
from sync.core.messages import Done, Draft, Outcome
from sync.core.orders import Order
from sync.core.ports import HandoverAccepted, Sighting
from sync.core.sites import Route, Site
from sync.flows import watching
from sync.flows.pace import Pace
from sync.flows.watching import WatchFlow
from sync.store.stock import PostgresCursors

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MALFORMED = Retryable("remote.malformed", "no")


class House:
    """A warehouse that tells of despatches, and of orders when asked, unless it `fails`."""

    def __init__(self) -> None:
        self.fails: dict[str, OrderbridgeError] = {}
        self.asked: list[str] = []
        self.windows: list[tuple[datetime, datetime]] = []

    def despatches(self, channel: str, since: datetime, until: datetime) -> Iterator[Sighting]:
        del channel
        self.windows.append((since, until))
        if f"window {len(self.windows)}" in self.fails:
            raise self.fails[f"window {len(self.windows)}"]
        yield Sighting(reference="9", identity="despatch-9", body="<shipment/>")

    def returns(self, route: Route, since: datetime, until: datetime) -> Iterator[Sighting]:
        del route, since, until
        if "returns" in self.fails:
            raise self.fails["returns"]
        yield Sighting(reference="9", identity="return-9", body="<return/>")

    def order_detail(self, channel: str, reference: str) -> Sighting | None:
        del channel
        self.asked.append(reference)
        if reference in self.fails or "all" in self.fails:
            raise self.fails.get(reference) or self.fails["all"]
        return Sighting(reference=reference, identity=f"detail-{reference}", body="<order/>")


@pytest.fixture
def house() -> House:
    return House()


@dataclass
class Watcher:
    """The flow, and the clock it looks at."""

    flow: WatchFlow
    now: datetime = NOW

    def poll(self, site: Site, **differs: Any) -> int:
        flow = replace(self.flow, clock=lambda: self.now, **differs)
        return flow.collect(site, timedelta(hours=2), timedelta(hours=1))


@pytest.fixture
def watcher(book: Any, house: House, sessions: sessionmaker[Session]) -> Watcher:
    flow = WatchFlow(
        warehouse=house,
        orders=book.orders,
        ledger=book.ledger,
        cursors=PostgresCursors(sessions),
        clock=lambda: NOW,
    )
    return Watcher(flow)


@pytest.fixture
def accept(
    book: Any, draft: Callable[..., Draft], order: Callable[..., Order], site: Site
) -> Callable[..., None]:
    def accepted(*numbers: str, at: datetime = NOW - timedelta(hours=2)) -> None:
        for number in numbers:
            book.orders.reserve(order(number), site)
            book.add(draft(number))
        for message in book.claim(limit=len(numbers)):
            record = HandoverAccepted(site="US", order_no=message.key, at=at)
            assert book.settle(message, Done(Outcome.APPLIED), record)

    return accepted


def kept(book: Any) -> set[str]:
    listed = book.one("SELECT string_agg(dedupe_key, ' ') FROM message WHERE origin = 'warehouse'")
    return set((listed or "").split())


def cursors(book: Any) -> set[str]:
    return set((book.one("SELECT string_agg(name, ' ') FROM cursor") or "").split())


def test_one_order_that_cannot_be_asked_about_holds_up_no_other_and_is_asked_again_soon(
    book: Any, house: House, watcher: Watcher, accept: Callable[..., None], site: Site
) -> None:
    accept("1", "2", "3")
    house.fails["2"] = MALFORMED
    assert watcher.poll(site) == 4
    assert kept(book) == {"despatch-9", "return-9", "detail-1", "detail-3"}
    assert book.one("SELECT min(position) FROM cursor") == NOW
    house.fails.clear()
    watcher.now += timedelta(minutes=6)
    watcher.poll(site)
    assert kept(book) >= {"detail-2"}
    assert house.asked.count("1") == 1


def test_a_source_that_fails_keeps_its_window_and_holds_up_no_other_source(
    book: Any, house: House, watcher: Watcher, accept: Callable[..., None], site: Site
) -> None:
    accept("1")
    house.fails["returns"] = MALFORMED
    with pytest.raises(Retryable):
        watcher.poll(site)
    assert kept(book) == {"despatch-9", "detail-1"}
    assert cursors(book) == {"fulfillment:US"}


def test_days_of_silence_are_asked_for_window_by_window_and_a_poll_that_died_goes_on_where_it_was(
    house: House, watcher: Watcher, site: Site
) -> None:
    watcher.poll(site)
    assert len(house.windows) == 8
    assert house.windows[-1][1] == NOW + timedelta(days=1)
    house.windows.clear()
    watcher.now += timedelta(days=3)
    house.fails["window 3"] = MALFORMED
    with pytest.raises(Retryable):
        watcher.poll(site)
    house.fails.clear()
    house.windows.clear()
    watcher.poll(site)
    # The windows before the one that failed are not asked for again, but for the overlap.
    assert house.windows[0][0] == NOW + timedelta(days=2) - timedelta(hours=4)
    assert all(end == begin for (_, end), (begin, _) in pairwise(house.windows))
    assert house.windows[-1][1] == watcher.now + timedelta(days=1)


def test_hundreds_of_silent_orders_are_asked_about_once_each_the_longest_silent_first(
    house: House, watcher: Watcher, accept: Callable[..., None], site: Site
) -> None:
    accept(*(f"new{n}" for n in range(60)), at=NOW - timedelta(hours=2))
    accept(*(f"old{n}" for n in range(60)), at=NOW - timedelta(hours=9))
    accept("fresh", at=NOW - timedelta(minutes=30))
    assert watcher.poll(site) == 122
    assert len(house.asked) == len(set(house.asked)) == 120
    assert {name[:3] for name in house.asked[:40]} == {"old"}
    assert watcher.poll(site) == 0
    assert len(house.asked) == 120


def test_asking_ends_with_its_time_and_the_next_poll_goes_on(
    house: House, watcher: Watcher, accept: Callable[..., None], site: Site
) -> None:
    accept(*(f"{n}" for n in range(100)))
    silence, overlap = timedelta(hours=1), timedelta(hours=2)
    watcher.flow.collect(site, overlap, silence, seconds=0)
    first = set(house.asked)
    watcher.flow.collect(site, overlap, silence, seconds=0)
    assert (len(first), len(house.asked), len(set(house.asked))) == (40, 80, 80)


def test_a_warehouse_that_is_away_is_asked_no_further(
    house: House, watcher: Watcher, accept: Callable[..., None], site: Site
) -> None:
    accept(*(f"{n}" for n in range(100)))
    house.fails["all"] = Retryable("remote.unavailable", "no")
    with pytest.raises(Retryable):
        watcher.poll(site)
    assert len(house.asked) == 40
    house.fails.clear()
    house.asked.clear()
    watcher.now += timedelta(minutes=6)
    watcher.poll(site)
    assert len(set(house.asked)) == 100


def test_no_more_is_asked_a_second_than_the_rate_allows(
    house: House, watcher: Watcher, accept: Callable[..., None], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(*(f"{n}" for n in range(30)))
    slept: list[float] = []
    monkeypatch.setattr(watching, "Pace", lambda rate: Pace(rate, sleep=slept.append, clock=lambda: 0.0))
    watcher.poll(site, rate=10.0)
    assert (len(house.asked), slept) == (30, [1.0, 2.0])
