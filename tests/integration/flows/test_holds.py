"""Orders that wait on the sandbox: until paid, until cool, until placed; and what changes meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from sync.core.errors import Retryable
from sync.core.messages import Retry
from sync.core.sites import HoldPolicy
from tests.stack import eventually

SITE = "RefArchUK"
# Nothing here waits for it: what is tested must come sooner.
LONG = 3600.0
Make = Callable[[HoldPolicy], Any]


def state(house: Any, number: str) -> list[tuple[str, str | None, str | None]]:
    query = (
        "SELECT state, outcome, error_code FROM message WHERE key = :k AND topic = 'order.placed' ORDER BY id"
    )
    return [(r["state"], r["outcome"], r["error_code"]) for r in house.rows(query, k=number)]


def placed(house: Any, **statuses: str) -> str:
    (number,) = house.place()
    house.edit(number, **statuses)
    house.hear(number)
    house.work()
    return str(number)


def test_an_order_is_held_until_it_is_paid_and_goes_the_moment_that_is_told(make_house: Make) -> None:
    house = make_house(HoldPolicy(until="paid", recheck=LONG))
    number = placed(house, paymentStatus="not_paid")
    assert state(house, number) == [("due", None, "order.held")]
    assert house.stored(number) == []

    house.edit(number, paymentStatus="paid")
    house.news(number)
    house.work()

    assert state(house, number) == [("done", "applied", None)]
    assert len(house.alive(number)) == 1
    assert house.order(number)["exportStatus"] == "exported"


def test_waiting_uses_up_no_tries(make_house: Make) -> None:
    house = make_house(HoldPolicy(until="paid", recheck=LONG))
    number = placed(house, paymentStatus="not_paid")
    for turn in range(25):
        house.news(number, event=str(turn))
        house.hand_over()
    assert state(house, number) == [("due", None, "order.held")]
    (row,) = house.rows("SELECT tries FROM message WHERE topic = 'order.placed'")
    assert row["tries"] == 0


def test_news_that_come_while_the_order_is_looked_at_make_it_be_looked_at_again(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(HoldPolicy(until="paid", recheck=LONG))
    (number,) = house.place()
    house.edit(number, paymentStatus="not_paid")
    house.hear(number)
    read = house.bridge.storefront.order

    def paid_meanwhile(_: Any, *arguments: Any) -> Any:
        order = read(*arguments)
        house.edit(number, paymentStatus="paid")
        house.news(number)
        return order

    monkeypatch.setattr(type(house.bridge.storefront), "order", paid_meanwhile)
    house.hand_over()

    assert state(house, number) == [("done", "applied", None)]


def test_a_repeated_event_of_another_order_wakes_nobody(make_house: Make) -> None:
    house = make_house(HoldPolicy(until="paid", recheck=LONG))
    number = placed(house, paymentStatus="not_paid")
    house.news("UK-OTHER")
    house.hand_over()
    (row,) = house.rows("SELECT attempts FROM message WHERE key = :k", k=number)
    assert row["attempts"] == 1


def test_an_order_canceled_while_it_cools_off_costs_the_warehouse_nothing(make_house: Make) -> None:
    house = make_house(HoldPolicy(cooling_off=LONG))
    number = placed(house)
    assert state(house, number) == [("due", None, "order.held")]

    house.shop("POST", f"orders/{number}/cancel")
    house.news(number, "order.cancelled")
    house.work()

    assert state(house, number) == [("done", "superseded", None)]
    assert house.calls("", "applied") == []
    assert house.order(number)["exportStatus"] == "ready"


@pytest.mark.parametrize("hold", [HoldPolicy(cooling_off=LONG), HoldPolicy(recheck=1.0)], ids=["held", "due"])
def test_a_cancellation_asked_for_before_the_hand_over_costs_the_warehouse_nothing(
    make_house: Make, hold: HoldPolicy
) -> None:
    house = make_house(hold)
    (number,) = house.place()
    house.hear(number)
    if hold.cooling_off:
        house.work()

    house.news(number, "order.cancel_requested")
    house.work()
    assert house.order(number)["status"] == "cancelled"
    house.news(number, "order.cancelled")
    house.work()

    assert house.stored(number) == []
    assert state(house, number) == [("done", "superseded", None)]
    assert house.rows("SELECT id FROM message WHERE state IN ('due', 'working')") == []


def test_an_order_that_is_not_placed_is_held_and_dropped_when_it_failed(house: Any) -> None:
    number = placed(house, status="created")
    assert state(house, number) == [("due", None, "order.not_placed")]

    house.edit(number, status="failed")
    house.news(number)
    house.work()

    assert state(house, number) == [("done", "superseded", None)]
    assert house.stored(number) == []
    assert house.dead() == []


def test_an_order_that_is_placed_later_goes(house: Any) -> None:
    number = placed(house, status="created")
    house.edit(number, status="new")
    house.news(number)
    house.work()
    assert len(house.alive(number)) == 1


def test_a_hook_before_the_commit_is_tried_again_and_the_order_goes(house: Any) -> None:
    house.shop("PUT", "switches", {"hook_timing": "before_commit", "commit_seconds": 4.0})
    (number,) = house.place()
    house.hear(number)
    bridge = house.bridge
    ((early,),) = bridge.orders.deliver(bridge.ledger.claim(["order.placed"], limit=1, lease=60))
    assert (type(early.settlement), early.settlement.code) == (Retry, "order.not_readable")
    bridge.ledger.settle([early])

    eventually("an order that can be read", lambda: readable(house, number))
    house.work()

    assert state(house, number) == [("done", "applied", None)]
    assert len(house.alive(number)) == 1


def readable(house: Any, number: str) -> bool:
    try:
        return bool(house.bridge.storefront.order(house.bridge.settings.sites[SITE], number))
    except Retryable:
        return False


def test_an_order_is_held_until_its_payment_is_authorised(make_house: Make) -> None:
    house = make_house(HoldPolicy(until="authorised", recheck=LONG))
    unpaid = {"paymentTransaction": {"authorizationStatus": {"status": "PENDING"}}}
    (number,) = house.place()
    house.edit(number, paymentStatus="not_paid", paymentInstruments=[unpaid])
    house.hear(number)
    house.work()
    assert state(house, number) == [("due", None, "order.held")]
    assert house.stored(number) == []

    agreed = {"paymentTransaction": {"authorizationStatus": {"status": "OK"}}}
    house.edit(number, paymentInstruments=[agreed])
    house.news(number)
    house.work()
    assert state(house, number) == [("done", "applied", None)]
    assert len(house.alive(number)) == 1


def test_an_order_is_held_until_the_fraud_check_has_confirmed_it(make_house: Make) -> None:
    house = make_house(HoldPolicy(confirmed=True, recheck=LONG))
    number = placed(house, confirmationStatus="not_confirmed")
    assert state(house, number) == [("due", None, "order.held")]
    assert house.stored(number) == []

    house.edit(number, confirmationStatus="confirmed")
    house.news(number)
    house.work()
    assert state(house, number) == [("done", "applied", None)]
    assert len(house.alive(number)) == 1


def test_an_order_that_has_cooled_off_goes_by_itself(make_house: Make) -> None:
    house = make_house(HoldPolicy(cooling_off=1.0))
    number = placed(house)
    while state(house, number) != [("done", "applied", None)]:
        house.work()
    assert len(house.alive(number)) == 1
