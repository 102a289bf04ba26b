"""Counts that orders have changed, and the pace of the fleet, on a real database."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Done, Draft, Origin, Outcome, Topic
from sync.core.orders import Order
from sync.core.ports import CountsWanted, HandoverAccepted
from sync.core.sites import Site
from sync.flows.refreshing import Refreshing
from sync.store.pace import PostgresPace
from sync.store.wanted import PostgresWanted

DUE = datetime(2026, 3, 1, 12, 0, 4, tzinfo=UTC)


def request(organisation: str, slot: str, skus: list[str]) -> Draft:
    return Draft(
        site=organisation,
        topic=Topic.STOCK_REQUESTED,
        origin=Origin.WAREHOUSE,
        key="stock",
        dedupe_key=f"pull:{slot}",
        body=" ".join(skus),
        correlation_id="c",
    )


@pytest.fixture
def refreshing(book: Any) -> Callable[[datetime], Refreshing]:
    def at(now: datetime) -> Refreshing:
        return Refreshing(
            wanted=PostgresWanted(book.sessions), ledger=book.ledger, request=request, clock=lambda: now
        )

    return at


def hand_over(book: Any, draft: Any, order: Order, site: Site, due: datetime = DUE) -> None:
    book.orders.reserve(order, site)
    book.add(draft(order.order_no))
    (message,) = book.claim(key=order.order_no)
    accepted = HandoverAccepted(site="US", order_no=order.order_no, at=due)
    wanted = CountsWanted(organisation="refarch", site="US", order_no=order.order_no, due=due)
    assert book.settle(message, Done(Outcome.APPLIED), accepted, wanted)


def test_orders_of_the_same_moment_ask_once_for_all_their_products(
    book: Any, draft: Any, order: Callable[..., Order], site: Site, refreshing: Any
) -> None:
    hand_over(book, draft, order("1", "A", "B"), site)
    hand_over(book, draft, order("2", "B", "C"), site, DUE - timedelta(seconds=1))
    assert refreshing(DUE).collect() == 0
    assert refreshing(DUE + timedelta(seconds=1)).collect() == 1
    assert book.one("SELECT body FROM message WHERE topic = 'stock.requested'") == "A B C"
    assert refreshing(DUE + timedelta(hours=1)).collect() == 0


def test_a_beat_that_died_before_it_forgot_asks_once(
    book: Any, draft: Any, order: Callable[..., Order], site: Site, refreshing: Any
) -> None:
    class Dying(PostgresWanted):
        def forget(self, organisation: str, done: Any) -> None:
            del organisation, done
            raise KeyboardInterrupt

    hand_over(book, draft, order("1", "A"), site)
    later = DUE + timedelta(seconds=1)
    dying = Refreshing(wanted=Dying(book.sessions), ledger=book.ledger, request=request, clock=lambda: later)
    with pytest.raises(KeyboardInterrupt):
        dying.collect()
    assert refreshing(later).collect() == 0
    assert book.one("SELECT count(*) FROM message WHERE topic = 'stock.requested'") == 1
    assert refreshing(later).wanted.due(later, 10) == []


def test_a_sale_after_the_request_was_made_is_asked_about_again(
    book: Any, draft: Any, order: Callable[..., Order], site: Site, refreshing: Any
) -> None:
    hand_over(book, draft, order("1", "A"), site)
    assert refreshing(DUE + timedelta(seconds=1)).collect() == 1
    hand_over(book, draft, order("2", "A"), site, DUE + timedelta(seconds=2))
    assert refreshing(DUE + timedelta(seconds=9)).collect() == 1


def test_many_processes_together_keep_the_pace_of_one(sessions: sessionmaker[Session]) -> None:
    moments: list[float] = []

    def work(pace: PostgresPace) -> None:
        for _ in range(5):
            pace.before("US", 50.0)
            moments.append(time.monotonic())

    workers = [threading.Thread(target=work, args=(PostgresPace(sessions),)) for _ in range(4)]
    began = time.monotonic()
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(moments) == 20
    # The twentieth has waited for nineteen before it, each of a fiftieth of a second.
    assert max(moments) - began >= 19 / 50 - 0.01


def test_without_a_rate_nothing_waits(sessions: sessionmaker[Session]) -> None:
    naps: list[float] = []
    pace = PostgresPace(sessions, naps.append)
    for _ in range(100):
        pace.before("US", None)
    assert naps == []


def test_a_pace_is_not_saved_up_while_nobody_asks(sessions: sessionmaker[Session]) -> None:
    naps: list[float] = []
    pace = PostgresPace(sessions, naps.append)
    for name in ("US", "UK", "US"):
        pace.before(name, 0.1)
    (nap,) = naps
    assert 9 < nap <= 10
