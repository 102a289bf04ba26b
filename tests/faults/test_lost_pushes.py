"""An hour without pushes, and one of hostile ones: both sides end where a faithful hour ends."""

from collections.abc import Callable
from typing import Any

import pytest

from sync.store.known import known_from_json
from tests.stack import Live, eventually
from tests.twins import known_alike, shop_alike, told_once_and_in_order

pytestmark = pytest.mark.faults

LOST = {"drop": 1.0}
# The delay is longer than the time between two polls.
HOSTILE = {"duplicate": 1.0, "copies": 5, "reorder": 1.0, "delay": 3.0}
# Steps of a hostile hour, and the calls after whose effect the worker that makes them is killed.
KILLED_AFTER = {0: ("PUT", "/external-status"), 5: ("POST", "/oms-status-events"), 7: ("PATCH", "/orders/")}


def hours(live: Live, numbers: list[str]) -> list[Callable[[], object]]:
    """What happens to six equal orders, in twelve steps of five minutes."""
    plain, split, canceled, shorter, returned, open_still = numbers
    first = live.move(shorter, "pick")["shipments"][0]["lines"][0]["sku"]
    one = {"lines": [{"sku": first, "quantity": 1}]}
    carried = {"courier": "DPD"}

    def halves() -> None:
        for name in (f"{split}-1", f"{split}-2"):
            live.move(name, "despatch", carried)

    return [
        lambda: live.move(plain, "pick"),
        lambda: live.move(split, "split", one),
        lambda: live.move(plain, "pack"),
        lambda: live.move(shorter, "cancel", one),
        lambda: live.move(canceled, "cancel"),
        lambda: live.move(plain, "despatch", carried | {"parcels": 2}),
        lambda: live.move(returned, "despatch", carried),
        halves,
        lambda: live.move(shorter, "despatch", carried),
        lambda: live.move(returned, "return", one | {"refund": False, "authorisation": f"RMA-{returned}"}),
        lambda: live.move(open_still, "pack"),
        lambda: live.move(plain, "return", one | {"refund": False, "authorisation": f"RMA-{plain}"}),
    ]


def an_hour(live: Live, plan: dict[str, Any], *, killing: bool = False) -> list[Any]:
    """Let an hour go by under a plan of faults, polling at every step, and return how each order ended."""
    numbers = [live.place_plain() for _ in range(6)]
    for number in numbers:
        live.handed_over(number)
    live.settle()
    since = live.now_in("sfcc")
    live.house("PUT", "faults", {"pushes": plan, "seed": 7})
    for place, step in enumerate(hours(live, numbers)):
        held = live.hold("sfcc", *KILLED_AFTER[place]) if killing and place in KILLED_AFTER else None
        step()
        live.ring("tasks.fulfillment.collect", silence=0)
        if held:
            held()
            killed_before_the_record(live)
    eventually("no push under way", lambda: not live.house("GET", "parked")["waiting"])
    live.house("DELETE", "faults")
    told_last = {0: "part_returned", 2: "cancelled", 3: "shipped", 4: "part_returned", 5: "packed"}
    live.ring("tasks.fulfillment.collect", silence=0)
    for place, status in (told_last | {1: "shipped"}).items():
        live.told(numbers[place], externalOrderStatus=status)
    eventually("both returns reported", lambda: reported(live, numbers) == 2)
    live.settle()
    return [ended(live, number, since) for number in numbers]


def killed_before_the_record(live: Live) -> None:
    """Kill the worker whose call had its effect and no answer yet; the next one knows nothing of it."""
    live.child("fulfillment").kill()
    live.shop("DELETE", "faults")
    live.child("fulfillment").start()


def reported(live: Live, numbers: list[str]) -> int:
    """How many returns the report has told, and were joined."""
    found = [message for number in numbers for message in live.messages(number, "return.received")]
    return sum(m["state"] == "done" and m["dedupe_key"].startswith("return:") for m in found)


def ended(live: Live, number: str, since: int) -> Any:
    row = live.order(number)
    calls = [
        entry
        for entry in live.journal("sfcc", since)
        if entry["effect"] == "applied" and f"/orders/{number}/" in entry["path"]
    ]
    told_once_and_in_order(row, calls)
    (progress,) = live.rows("SELECT known FROM progress WHERE order_no = :no", no=number)
    return known_alike(known_from_json(progress["known"]), number), shop_alike(row, calls)


def test_an_hour_without_pushes_and_one_of_hostile_pushes_end_as_a_faithful_one(live: Live) -> None:
    faithful = an_hour(live, {})
    lost = an_hour(live, LOST)
    assert lost == faithful
    live.house("PUT", "switches", {"message_ids_behind": 1_000_000})
    hostile = an_hour(live, HOSTILE, killing=True)
    assert hostile == faithful
    live.no_effect_twice()
