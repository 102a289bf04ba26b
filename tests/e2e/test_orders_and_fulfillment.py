import json
from typing import Any

from tests.stack import SITE, Live, eventually


def shipped(live: Live) -> str:
    """An order that went the whole way."""
    number = live.place_plain()
    live.handed_over(number)
    for action in ("pick", "pack", "despatch"):
        live.move(number, action)
    live.told(number, externalOrderStatus="shipped", status="completed")
    live.settle()
    return number


def events_of(live: Live, number: str) -> list[dict[str, Any]]:
    """The OMS events that the storefront took for an order."""
    taken = [entry for entry in live.journal("sfcc") if entry["effect"] == "applied"]
    bodies = [json.loads(e["body"]) for e in taken if f"/{number}/oms-status-events" in e["path"]]
    return [dict(event) for body in bodies for event in body.values()]


def test_an_order_arrives_by_its_hook_and_the_storefront_learns_its_reference(live: Live) -> None:
    number = live.place_plain()

    live.handed_over(number)
    live.settle()

    row = live.order(number)
    assert (row["exportStatus"], row["externalOrderStatus"], row["c_ofOrderRef"]) == (
        "exported",
        "accepted",
        number,
    )
    (message,) = live.came_by("hook", number)
    assert (message["origin"], message["state"]) == ("storefront", "done")
    # A sweep may have seen the order too.
    assert [each["outcome"] for each in live.messages(number)].count("applied") == 1
    assert live.effects("orderflow", f"order:{SITE}:{number}") == {f"order:{SITE}:{number}": ["applied"]}


def test_pick_pack_and_despatch_come_back_as_events_and_statuses_in_order(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)

    live.move(number, "pick")
    live.told(number, externalOrderStatus="picked", shippingStatus="not_shipped")
    live.move(number, "pack")
    live.told(number, externalOrderStatus="packed", shippingStatus="not_shipped")
    warehouse = live.move(number, "despatch")
    live.told(number, externalOrderStatus="shipped", shippingStatus="shipped", status="completed")
    live.settle()

    (shipment,) = warehouse["shipments"]
    picked, packed, left = events_of(live, number)
    assert [event["type"] for event in (picked, packed, left)] == ["processing", "processing", "shipped"]
    assert [picked["description"], packed["description"]] == ["picked", "packed"]
    assert left["trackingNumber"] == shipment["tracking"][0]
    assert left["carrier"]
    assert str(left["trackingUrl"]).endswith(shipment["tracking"][0])
    times = [str(event["occurredAt"]) for event in (picked, packed, left)]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)
    summary = json.loads(live.order(number)["c_ofShipments"])
    assert [parcel["number"] for parcel in summary[0]["parcels"]] == shipment["tracking"]
    live.no_effect_twice()


def test_a_return_comes_back_as_an_adjustment(live: Live) -> None:
    number = shipped(live)

    live.move(number, "return", {"reason": "Too small"})

    live.told(number, externalOrderStatus="returned")
    live.settle()
    returned = [event for event in events_of(live, number) if event["type"] == "return"]
    # The shipping of an order that came back whole is given back beside its goods.
    (goods,) = [event for event in returned if event["lineItems"]]
    assert all(line["quantity"] < 0 for line in goods["lineItems"])
    assert [event["description"] for event in returned if not event["lineItems"]] == ["shipping"]
    assert live.order(number)["status"] == "completed"


def test_a_cancellation_in_the_warehouse_cancels_the_storefront_order(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)

    live.move(number, "cancel")

    live.told(number, externalOrderStatus="cancelled", status="cancelled", shippingStatus="not_shipped")
    live.settle()
    goods, shipping = events_of(live, number)
    assert [event["type"] for event in (goods, shipping)] == ["cancellation", "cancellation"]
    assert [bool(event["lineItems"]) for event in (goods, shipping)] == [True, False]


def test_an_order_whose_hook_was_lost_is_found_by_the_sweep(live: Live) -> None:
    live.shop("PUT", "faults", {"hooks": {"drop": 1.0}})
    number = live.place_plain()

    live.ring("tasks.orders.collect", site=SITE)

    live.handed_over(number)
    assert live.came_by("sweep", number) == live.messages(number)


def test_a_despatch_whose_push_was_lost_is_found_by_the_poll(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)
    live.settle()
    live.house("PUT", "faults", {"pushes": {"drop": 1.0}})
    (shipment,) = live.move(number, "despatch")["shipments"]

    live.ring("tasks.fulfillment.collect", site=SITE)

    live.told(number, shippingStatus="shipped", externalOrderStatus="shipped", status="completed")
    assert shipment["tracking"][0] in live.order(number)["c_ofShipments"]


def test_a_silent_order_is_asked_about(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)
    live.settle()
    live.house("PUT", "faults", {"pushes": {"drop": 1.0}})
    live.move(number, "pack")

    live.ring("tasks.fulfillment.collect", site=SITE, silence=0)

    live.told(number, externalOrderStatus="packed")


def test_pushes_that_come_twice_have_their_effect_once(live: Live) -> None:
    live.house("PUT", "faults", {"pushes": {"duplicate": 1.0}})
    number = shipped(live)

    told = live.effects("sfcc", number)

    assert all(effects == ["applied"] for effects in told.values()), told
    assert [event["type"] for event in events_of(live, number)] == ["processing", "processing", "shipped"]


def test_a_push_that_comes_again_leaves_no_trace(live: Live) -> None:
    number = shipped(live)
    since, pushes = live.now_in("sfcc"), live.came_by("push", number, "shipment.changed")

    for push in reversed(pushes):
        assert live.push(push["body"]).status_code in {200, 202}
    live.settle()

    assert live.came_by("push", number, "shipment.changed") == pushes
    assert not [entry for entry in live.journal("sfcc", since) if number in entry["path"]]


def test_old_news_under_new_message_numbers_is_kept_and_tells_the_storefront_nothing(live: Live) -> None:
    number = shipped(live)
    before, since = live.order(number), live.now_in("sfcc")
    *old, newest = live.came_by("push", number, "shipment.changed")

    def told_again(push: dict[str, Any]) -> dict[str, Any]:
        anew = int(f"9{push['sequence']}")
        fresh = push["body"].replace(f'messageId="{push["sequence"]}"', f'messageId="{anew}"')
        assert live.push(fresh).status_code in {200, 202}
        return kept(live, number, anew)

    told_again(newest)
    again = [told_again(push) for push in reversed(old)]
    live.settle()

    assert again
    assert {live.message(push["id"])["outcome"] for push in again} == {"superseded"}
    assert live.order(number) == before
    assert not [entry for entry in live.journal("sfcc", since) if number in entry["path"]]


def test_pushes_in_reverse_order_never_take_an_order_back(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)
    live.settle()
    live.house("PUT", "switches", {"push_attempts": 1})
    live.child("receiver").kill()
    for action in ("pick", "pack", "despatch"):
        live.move(number, action)
    parked = eventually("unheard pushes", lambda: unheard(live, number, "despatch"))
    live.child("receiver").start()
    eventually("a receiver", live.answers)

    for push in sorted(parked, key=lambda message: int(message["messageId"]), reverse=True):
        assert live.push(push["body"]).status_code in {200, 202}
        kept(live, number, int(push["messageId"]))

    live.told(number, status="completed", externalOrderStatus="shipped", shippingStatus="shipped")
    live.settle()
    assert [key.rpartition(":")[2] for key in live.effects("sfcc", f"{number}:external-status")] == [
        "accepted",
        "shipped",
    ]
    live.no_effect_twice()


def kept(live: Live, number: str, sequence: int) -> dict[str, Any]:
    """Wait until the push about an order with this message number is in the ledger, and return it."""

    def found() -> dict[str, Any] | None:
        rows = live.came_by("push", number, "shipment.changed")
        return next((row for row in rows if row["sequence"] == sequence), None)

    return eventually("a kept push", found)


def unheard(live: Live, number: str, last: str) -> list[dict[str, str]]:
    """The parked pushes about an order, once the last one is among them."""
    parked = [message for message in live.house("GET", "parked")["parked"] if number in message["body"]]
    return parked if any(last in message["kind"] for message in parked) else []


def test_one_order_is_pushed_by_hand_without_a_hook(live: Live) -> None:
    number = live.place_plain(hooks=False)

    live.call("tasks.orders.push", site=SITE, order_no=number)

    live.handed_over(number)
    assert len(live.came_by("hand", number)) == 1
    assert not live.came_by("hook", number)
