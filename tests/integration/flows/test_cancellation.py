"""Cancellations on the sandbox: the warehouse first, the storefront when it is true."""

from typing import Any

from sync.core.postings import order_status
from tests.integration.flows.conftest import SITE

DESPATCH = (
    "<shipment><reference>{n}-1</reference><orderReference>{n}</orderReference>"
    "<originatingOrderReference>{n}</originatingOrderReference><state>despatched</state>"
    "<completed>2026-01-05 10:00:00</completed><courier>dpd</courier>"
    "<despatchReference>P1</despatchReference>"
    "<orderLines>{lines}</orderLines></shipment>"
)


def test_an_order_canceled_in_the_storefront_is_canceled_in_the_warehouse(house: Any) -> None:
    number = house.handed_over()
    house.shop("POST", f"orders/{number}/cancel")

    house.news(number, "order.cancelled")
    house.work()

    assert [row["state"] for row in house.stored(number)] == ["cancelled"]
    row = house.order(number)
    assert (row["status"], row["externalOrderStatus"]) == ("cancelled", "cancelled")
    assert house.conflicts(number) == []
    house.nothing_twice()


def test_a_cancellation_that_is_asked_for_is_true_in_the_storefront_only_when_the_warehouse_confirms(
    house: Any,
) -> None:
    number = house.handed_over()
    house.news(number, "order.cancel_requested")

    house.amend()
    assert house.alive(number) == []
    assert house.order(number)["status"] == "new"

    house.work()
    assert house.order(number)["status"] == "cancelled"
    house.nothing_twice()


def test_a_cancellation_that_is_asked_for_too_late_leaves_the_storefront_as_it_was(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "pick", "pack")
    house.news(number, "order.cancel_requested")

    house.work()

    assert [row["state"] for row in house.alive(number)] == ["validated"]
    assert house.order(number)["status"] == "new"
    ((field, detail),) = house.conflicts(number)
    assert field == "order.cancellation"
    assert "storefront: asks to cancel" in detail
    assert "No cancel operation performed" in detail
    assert detail.endswith("the storefront owns it")


def test_a_refused_cancellation_is_a_conflict_and_the_storefront_says_again_what_is_true(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "pick", "pack")
    house.shop("POST", f"orders/{number}/cancel")

    house.news(number, "order.cancelled")
    house.work()

    assert house.order(number)["status"] == "new"
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]
    house.nothing_twice()


def test_goods_that_left_while_the_storefront_canceled_end_as_completed(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "despatch")
    house.look(number)
    house.work()
    assert house.order(number)["status"] == "completed"
    house.shop("POST", f"orders/{number}/cancel")

    house.news(number, "order.cancelled")
    house.work()

    assert house.order(number)["status"] == "completed"
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]


def test_a_storefront_that_cannot_take_the_order_back_ends_as_a_dead_letter(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "pick", "pack")
    house.shop("POST", f"orders/{number}/cancel")
    house.shop("PUT", "switches", {"external_oms": True})

    house.news(number, "order.cancelled")
    house.work()

    house.shop("PUT", "switches", {"external_oms": False})
    assert house.dead() == [(number, "storefront.conflict")]
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]


def test_of_two_references_what_can_be_canceled_is_and_the_other_is_a_conflict(house: Any) -> None:
    number = house.handed_over(seed=TWO)
    second = f"{number}-S2"
    house.move(second, "pick", "pack")
    house.shop("POST", f"orders/{number}/cancel")

    house.news(number, "order.cancelled")
    house.work()

    assert (house.alive(number), len(house.alive(second))) == ([], 1)
    ((field, detail),) = house.conflicts(number)
    assert field == "order.cancellation"
    assert f"{number}: canceled" in detail
    assert f"{second}: No cancel operation" in detail
    row = house.order(number)
    assert (row["status"], row["externalOrderStatus"]) == ("new", "part_cancelled")


def test_a_second_word_of_the_same_cancellation_changes_nothing(house: Any) -> None:
    number = house.handed_over()
    house.shop("POST", f"orders/{number}/cancel")
    for event in ("1", "2"):
        house.news(number, "order.cancelled", event)
        house.work()

    assert house.conflicts(number) == []
    assert len(house.calls(f"cancel:RefArchUK:{number}")) == 1
    house.nothing_twice()


def test_a_cancellation_whose_answer_was_lost_is_found_done(house: Any) -> None:
    number = house.handed_over()
    house.shop("POST", f"orders/{number}/cancel")
    house.yard("PUT", "faults", {"rules": [{"kind": "cut_after", "path": "cancel", "times": 1}]})

    house.news(number, "order.cancelled")
    house.work()

    house.yard("DELETE", "faults")
    assert house.alive(number) == []
    assert house.conflicts(number) == []
    assert house.order(number)["status"] == "cancelled"
    house.nothing_twice()


def test_a_despatch_that_comes_after_the_confirmed_cancellation_is_told_and_a_conflict(house: Any) -> None:
    number = house.handed_over()
    house.news(number, "order.cancel_requested")
    house.work()
    assert house.order(number)["status"] == "cancelled"
    (stored,) = house.stored(number)
    lines = "".join(
        f"<orderLine><product>{line['sku']}</product><quantity>{line['quantity']}</quantity></orderLine>"
        for line in stored["lines"]
    )

    house.said(DESPATCH.format(n=number, lines=lines), number)
    house.work()

    assert [field for field, _ in house.conflicts(number)] == ["shipment.stage"]
    row = house.order(number)
    assert (row["status"], row["shippingStatus"]) == ("completed", "shipped")


def test_a_lost_hook_of_a_cancellation_is_found_by_the_sweep(house: Any) -> None:
    number = house.handed_over()
    house.shop("POST", f"orders/{number}/cancel")

    bridge = house.bridge
    assert bridge.orders.collect_canceled(bridge.settings.sites["RefArchUK"], bridge.overlap) == 1
    house.work()

    assert house.alive(number) == []


def test_an_order_that_arrived_though_its_hand_over_was_given_up_is_canceled_too(house: Any) -> None:
    (number,) = house.place()
    house.hear(number)
    house.yard("PUT", "faults", {"rules": [{"kind": "cut_after", "path": "importitems"}]})
    house.hand_over()
    # Given up: nobody could look whether it had arrived.
    with house.bridge.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE message SET state = 'dead', error_code = 'attempts.exhausted'")
    house.yard("DELETE", "faults")
    assert len(house.alive(number)) == 1
    house.shop("POST", f"orders/{number}/cancel")

    house.news(number, "order.cancelled")
    house.work()

    assert house.alive(number) == []
    assert house.order(number)["status"] == "cancelled"
    house.nothing_twice()


TWO = 2


def test_a_cancellation_taken_back_after_the_warehouse_canceled_is_a_conflict_and_put_back(
    house: Any,
) -> None:
    number = house.handed_over()
    house.shop("POST", f"orders/{number}/cancel")
    house.news(number, "order.cancelled")
    house.work()
    house.bridge.storefront.post(house.bridge.settings.sites[SITE], number, order_status("new"))

    for event in ("back", "again"):
        house.news(number, event=event)
    house.work()

    assert house.alive(number) == []
    assert len(house.stored(number)) == 1
    (one,) = house.disputed(number)
    assert (one.field, one.storefront, one.warehouse) == (
        "shipment.stage",
        "order_status new",
        "order_status cancelled",
    )
    # What is canceled in the warehouse comes back by a new order only, so nobody must wait for it.
    assert house.order(number)["status"] == "cancelled"
    assert house.dead() == []
    house.nothing_twice()
