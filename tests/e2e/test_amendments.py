"""An order that changes after the hand-over, through hooks, workers and pushes."""

from typing import Any

from tests.stack import SITE, Live, eventually

ELSEWHERE = {"shipments": [{"shippingAddress": {"address1": "1 Other Street"}}]}


def stored(live: Live, number: str) -> list[dict[str, Any]]:
    """Everything that the warehouse has or had under a reference."""
    return list(live.house("GET", f"orders?channel={SITE}&reference={number}"))


def alive(live: Live, number: str) -> list[dict[str, Any]]:
    """What it still works on, or has sent."""
    return [row for row in stored(live, number) if row["state"] != "cancelled"]


def open_conflicts(live: Live, number: str) -> list[str]:
    """The fields that a person must look at."""
    found = live.rows("SELECT field FROM conflict WHERE order_no = :n AND resolved_at IS NULL", n=number)
    return [row["field"] for row in found]


def handed_over(live: Live) -> str:
    """An order that is in the warehouse, with nothing left to do."""
    number = live.place_plain()
    live.handed_over(number)
    live.settle()
    return number


def test_a_cancellation_goes_to_the_warehouse_and_both_sides_say_canceled(live: Live) -> None:
    number = handed_over(live)

    live.shop("POST", f"orders/{number}/cancel")

    live.told(number, status="cancelled", externalOrderStatus="cancelled")
    live.settle()
    assert alive(live, number) == []
    assert open_conflicts(live, number) == []
    live.no_effect_twice()


def test_a_shopper_who_asks_in_time_gets_the_order_canceled(live: Live) -> None:
    number = handed_over(live)

    live.shop("POST", f"orders/{number}/cancel", {"ask": True})

    live.told(number, status="cancelled")
    live.settle()
    assert alive(live, number) == []
    live.no_effect_twice()


def test_another_address_reaches_the_warehouse_and_the_goods_go_there(live: Live) -> None:
    number = handed_over(live)

    live.shop("POST", f"orders/{number}/amend", ELSEWHERE)

    eventually("the order sent anew", lambda: len(stored(live, number)) == 2 and alive(live, number))
    live.settle()
    (row,) = alive(live, number)
    assert row["details"]["deliveryAddressLine1"] == "1 Other Street"
    # The warehouse has told of the cancellation too: that was about the former order.
    assert live.order(number)["status"] == "new"
    for action in ("pick", "pack", "despatch"):
        live.move(number, action)
    live.told(number, status="completed", externalOrderStatus="shipped")
    live.settle()
    assert open_conflicts(live, number) == []
    live.no_effect_twice()


def test_the_word_of_a_cancellation_for_an_amendment_may_bear_the_new_name(live: Live) -> None:
    live.house("PUT", "switches", {"cancel_event_has_new_number": True})
    number = handed_over(live)

    live.shop("POST", f"orders/{number}/amend", ELSEWHERE)

    eventually("the order sent anew", lambda: len(stored(live, number)) == 2 and alive(live, number))
    live.settle()
    live.house("PUT", "switches", {"cancel_event_has_new_number": False})
    assert live.order(number)["status"] == "new"
    assert live.rows("SELECT id FROM message WHERE state = 'dead' AND key LIKE :k", k=f"{number}%") == []


def test_another_address_after_packing_is_a_conflict(live: Live) -> None:
    number = handed_over(live)
    live.move(number, "pick")
    live.move(number, "pack")
    live.told(number, externalOrderStatus="packed")

    live.shop("POST", f"orders/{number}/amend", ELSEWHERE)

    eventually("a conflict", lambda: open_conflicts(live, number) == ["shipment.address"])
    assert len(stored(live, number)) == 1


def test_a_despatch_while_the_cancellation_is_under_way_wins_and_is_a_conflict(live: Live) -> None:
    number = handed_over(live)
    # The cancellation has left us and waits at the warehouse's door, while the goods go through another.
    rule = {"kind": "delay", "method": "POST", "path": "cancel", "seconds": 3.0, "times": 1}
    live.house("PUT", "faults", {"rules": [rule]})
    live.shop("POST", f"orders/{number}/cancel")
    eventually("a cancellation under way", lambda: live.house("GET", "faults")["rules"][0]["fired"])

    live.move(number, "despatch")

    eventually("a conflict", lambda: open_conflicts(live, number))
    live.told(number, status="completed", shippingStatus="shipped", externalOrderStatus="shipped")
    live.settle()
    assert open_conflicts(live, number) == ["order.cancellation"]
    live.no_effect_twice()
