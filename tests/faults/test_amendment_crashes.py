"""The worker is killed with -9 between the steps of an amendment; one order remains, the right one."""

import pytest

from tests.e2e.test_amendments import ELSEWHERE, alive, handed_over, open_conflicts, stored
from tests.stack import Live, eventually

pytestmark = pytest.mark.faults


def killed_while_answered(live: Live, number: str, path: str) -> None:
    """Begin an amendment, and kill the worker when the effect of that call is done and its answer is not."""
    held = live.hold("orderflow", "POST", path)
    live.shop("POST", f"orders/{number}/amend", ELSEWHERE)
    held()
    live.child("orders").kill()
    live.house("DELETE", "faults")


def sent_anew_once(live: Live, number: str) -> None:
    """The former order is canceled, the new one lives, and it goes on as any other."""
    eventually("the order sent anew", lambda: len(stored(live, number)) == 2 and alive(live, number))
    live.settle()
    (row,) = alive(live, number)
    assert row["details"]["deliveryAddressLine1"] == "1 Other Street"
    assert live.rows("SELECT freed_at FROM handover WHERE reference = :n", n=number) == [{"freed_at": None}]
    assert live.order(number)["status"] == "new"
    live.move(number, "despatch")
    live.told(number, status="completed")
    live.settle()
    assert open_conflicts(live, number) == []
    live.no_effect_twice()


def test_a_worker_killed_between_the_cancellation_and_its_note_ends_in_one_order(live: Live) -> None:
    number = handed_over(live)

    killed_while_answered(live, number, "cancel")
    assert alive(live, number) == []
    live.child("orders").start()

    sent_anew_once(live, number)


def test_a_worker_killed_between_the_second_import_and_its_record_ends_in_one_order(live: Live) -> None:
    number = handed_over(live)

    killed_while_answered(live, number, "importitems")
    assert len(alive(live, number)) == 1
    live.child("orders").start()

    sent_anew_once(live, number)


def test_an_order_canceled_between_the_steps_is_not_resurrected(live: Live) -> None:
    number = handed_over(live)

    killed_while_answered(live, number, "cancel")
    live.shop("POST", f"orders/{number}/cancel")
    live.child("orders").start()

    live.told(number, status="cancelled")
    live.settle()
    assert alive(live, number) == []
    assert len(stored(live, number)) == 1
    assert open_conflicts(live, number) == []
    live.no_effect_twice()
