"""Workers are killed with -9 (or frozen) at the worst moments; what happened once is never done twice."""

from collections.abc import Callable, Iterator

import psutil
import pytest

from sync.cli.demo.stage import WORKERS
from sync.inbox.entry import GROUP, STREAM
from sync.supervise import Child
from tests.stack import SITE, Live, eventually

pytestmark = pytest.mark.faults


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


@pytest.fixture
def rescuer(live: Live) -> Iterator[Callable[[], None]]:
    """Starts a second worker on the queues of a frozen one; afterwards there is one again, and it runs."""
    started: list[Child] = []
    yield lambda: started.append(live.stage.start(live.stage.worker("rescuer", WORKERS["fulfillment"])))
    for process in tree(live.child("fulfillment").pid):
        process.resume()
    for child in started:
        child.kill()


def test_a_worker_killed_between_the_import_and_its_record_imports_once(live: Live) -> None:
    held = live.hold("orderflow", "POST", "importitems")
    number = live.place_plain()
    held()
    # A sweep may have seen the order too, and waits behind this one.
    before = next(message for message in live.messages(number) if message["state"] == "working")

    live.reborn("orders")

    live.handed_over(number)
    live.settle()
    key = f"order:{SITE}:{number}"
    # The second attempt looks first, finds the order, and sends nothing.
    assert live.effects("orderflow", key) == {key: ["applied"]}
    message = live.message(before["id"])
    assert (message["state"], message["outcome"]) == ("done", "applied")
    assert message["attempts"] > before["attempts"]
    live.no_effect_twice()


def test_an_intake_killed_between_reading_and_committing_loses_and_doubles_nothing(live: Live) -> None:
    numbers = live.place(5, hooks=False)
    with live.engine.connect() as blocker:
        blocker.exec_driver_sql("LOCK TABLE message IN EXCLUSIVE MODE")
        ids = [f"killed-intake-{number}" for number in numbers]
        for number, event_id in zip(numbers, ids, strict=True):
            assert live.announce(number, event_id).status_code == 202
        eventually("an insert that waits for the lock", lambda: inserting(live))
        eventually("all read", lambda: live.valkey.xpending(STREAM, GROUP)["pending"] == len(ids))
        live.child("intake").kill()
        blocker.rollback()
    assert not live.rows("SELECT * FROM message WHERE dedupe_key = ANY(:ids)", ids=ids)

    live.child("intake").start()

    eventually("all exported", lambda: live.exported(numbers))
    live.settle()
    kept = live.rows("SELECT dedupe_key FROM message WHERE dedupe_key = ANY(:ids)", ids=ids)
    assert sorted(row["dedupe_key"] for row in kept) == sorted(ids)
    for number in numbers:
        assert all(effects == ["applied"] for effects in live.effects("orderflow", number).values())
    live.no_effect_twice()


def inserting(live: Live) -> bool:
    """Whether an intake waits to insert."""
    waiting = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return any(row["query"].startswith("INSERT INTO message") for row in live.rows(waiting))


def test_a_worker_killed_while_a_status_is_answered_sets_it_once(live: Live) -> None:
    number = live.place_plain(hooks=False)
    held = live.hold("sfcc", "PUT", f"{number}/export-status")
    live.announce(number)
    held()

    live.reborn("fulfillment")

    live.handed_over(number)
    live.settle()
    assert live.effects("sfcc", f"{number}:export-status") == {
        f"{number}:export-status:exported": ["applied"]
    }
    live.no_effect_twice()


def test_a_worker_killed_while_an_event_is_answered_sends_it_again_under_the_same_id(live: Live) -> None:
    number = live.place_plain()
    live.handed_over(number)
    live.settle()
    held = live.hold("sfcc", "POST", f"{number}/oms-status-events")
    live.move(number, "despatch")
    key = held()["idempotency_key"]

    live.reborn("fulfillment")

    live.told(number, status="completed")
    live.settle()
    assert live.effects("sfcc", f"event:{number}:")[key] == ["applied", "repeated"]
    live.no_effect_twice()


def test_the_late_result_of_a_frozen_worker_is_fenced(live: Live, rescuer: Callable[[], None]) -> None:
    number = live.place_plain(hooks=False)
    held = live.hold("sfcc", "PUT", f"{number}/export-status", seconds=5.0)
    live.announce(number)
    held()
    frozen = tree(live.child("fulfillment").pid)
    for process in frozen:
        process.suspend()
    (posting,) = [m for m in live.messages(number, "posting.planned") if "export_status" in m["dedupe_key"]]

    rescuer()
    live.handed_over(number)
    for process in frozen:
        process.resume()

    log = live.child("fulfillment").log
    eventually("a fenced result", lambda: fenced(log.read_text(), posting["id"]))
    live.settle()
    after = live.message(posting["id"])
    attempts = live.rows("SELECT number, result FROM attempt WHERE message_id = :id", id=posting["id"])
    assert (posting["attempts"], after["attempts"], after["state"]) == (1, 2, "done")
    assert attempts == [{"number": 2, "result": "done"}]
    assert live.effects("sfcc", f"{number}:export-status") == {
        f"{number}:export-status:exported": ["applied"]
    }
    live.no_effect_twice()


def fenced(log: str, message_id: int) -> bool:
    """Whether a worker reported that its result for the message came too late."""
    return any("result=fenced" in line and f"message_id={message_id} " in line for line in log.splitlines())
