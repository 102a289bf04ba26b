"""Pushes that are worked together: what is taken along with the first of a burst, and what is not."""

from sync.core.errors import Retryable
from sync.core.messages import Dead, Done, Outcome, Retry, Settled, Topic, Wait
from sync.flows.inventory import TOPICS
from sync.store.waiting import PostgresQueue
from tests.integration.store.trading import Shop


def test_a_burst_of_pushes_becomes_one_write(shop: Shop) -> None:
    shop.push(*(f"A MAIN {1000 - number} {number}" for number in range(1, 101)))
    settled = shop.deliver()
    assert [shop.shelf.calls, shop.shelf.labels] == [1, {"A": 900}]
    outcomes = [one.settlement.outcome for one in settled if isinstance(one.settlement, Done)]
    assert outcomes == [Outcome.SUPERSEDED] * 99 + [Outcome.APPLIED]
    assert shop.deliver() == []


def test_an_unreadable_message_in_a_burst_is_dead_alone(shop: Shop) -> None:
    shop.push("A MAIN 3 1", "bad", "A MAIN 2 2")
    ends = [type(one.settlement) for one in shop.deliver()]
    assert ends == [Done, Dead, Done]
    assert shop.shelf.labels == {"A": 2}


def test_a_bug_met_in_a_later_message_is_not_the_end_of_the_first(shop: Shop) -> None:
    shop.push("A MAIN 3 1", "no product at all")
    ends = {one.message.body: type(one.settlement) for one in shop.deliver()}
    assert ends == {"A MAIN 3 1": Done, "no product at all": Wait}
    assert shop.shelf.labels == {"A": 3}


def test_a_storefront_that_is_away_costs_the_first_of_a_burst_an_attempt_and_no_other(shop: Shop) -> None:
    shop.shelf.fails["A"] = Retryable("remote.unavailable", "down")
    shop.push("A MAIN 3 1", "A MAIN 2 2")
    assert [type(one.settlement) for one in shop.deliver()] == [Retry, Wait]
    shop.shelf.fails.clear()
    shop.deliver()
    assert shop.shelf.labels == {"A": 2}


def test_a_message_that_waits_for_its_time_is_not_taken_along_and_not_overtaken(shop: Shop) -> None:
    shop.push("A MAIN 4 1", "A MAIN 3 2", "A MAIN 2 3")
    (first,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    (second,) = shop.flow.queue.take_behind(first, TOPICS, limit=1)
    shop.ledger.settle([Settled(second, Wait("time.over", "later", 3600.0))])
    assert shop.flow.queue.take_behind(first, TOPICS, limit=10) == []


def test_whoever_lost_the_lease_takes_nothing_along(shop: Shop) -> None:
    shop.push("A MAIN 4 1", "A MAIN 3 2")
    (lost,) = shop.ledger.claim(TOPICS, limit=1, lease=0)
    (held,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    assert shop.flow.queue.take_behind(lost, TOPICS, limit=10) == []
    assert len(shop.flow.queue.take_behind(held, TOPICS, limit=10)) == 1


def test_what_waits_for_its_next_attempt_is_due_at_once_when_hurried(shop: Shop) -> None:
    shop.push("A MAIN 4 1")
    (first,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    shop.ledger.settle([Settled(first, Retry("remote.unavailable", "down", 3600.0))])
    queue = PostgresQueue(shop.stock._sessions)
    assert shop.ledger.claim(TOPICS, limit=1, lease=60) == []
    assert queue.unfinished("refarch", "stock", Topic.STOCK_CHANGED) == 1
    assert queue.hurry("refarch", "stock", "warehouse") == 1
    assert queue.last("refarch", "stock", Topic.STOCK_CHANGED) == {
        "state": "due",
        "error_code": "remote.unavailable",
        "detail": "down",
    }
    assert shop.deliver() != []
    assert queue.unfinished("refarch", "stock", Topic.STOCK_CHANGED) == 0
