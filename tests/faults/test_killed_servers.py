"""Servers, receiver and beat are killed with -9 under load, and doorbells thrown away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from config.queues import AT_START, QUEUES
from tests.stack import SITE, Live, eventually

pytestmark = pytest.mark.faults


@contextmanager
def announcing(live: Live, numbers: list[str]) -> Iterator[list[str]]:
    """Announce these orders over and over, each time anew; yield the ids that were answered with 2xx."""
    confirmed: list[str] = []
    stop = threading.Event()

    def shop(lane: int) -> None:
        for turn in range(100_000):
            event_id = f"storm-{numbers[0]}-{lane}-{turn}"
            if stop.is_set():
                return
            try:
                if live.announce(numbers[turn % len(numbers)], event_id).ok:
                    confirmed.append(event_id)
            except requests.RequestException:
                continue

    lanes = [threading.Thread(target=shop, args=(lane,)) for lane in range(4)]
    for lane in lanes:
        lane.start()
    try:
        yield confirmed
    finally:
        stop.set()
        for lane in lanes:
            lane.join()


def once_each(live: Live, numbers: list[str]) -> None:
    """Every order reached the warehouse and the storefront knows, and nothing took effect twice."""
    eventually("all exported", lambda: live.exported(numbers))
    live.settle()
    references = live.rows("SELECT reference FROM handover WHERE order_no = ANY(:numbers)", numbers=numbers)
    for reference in (row["reference"] for row in references):
        key = f"order:{SITE}:{reference}"
        assert live.effects("orderflow", key)[key].count("applied") == 1
    live.no_effect_twice()


def all_kept(live: Live, confirmed: list[str]) -> None:
    """Each of these events is in the ledger once."""
    kept = live.rows("SELECT dedupe_key FROM message WHERE dedupe_key = ANY(:ids)", ids=confirmed)
    assert sorted(row["dedupe_key"] for row in kept) == sorted(confirmed)


def test_every_confirmed_event_outlives_a_killed_valkey(live: Live) -> None:
    numbers = live.place(6, hooks=False)
    with announcing(live, numbers) as confirmed:
        eventually("events that were confirmed", lambda: len(confirmed) >= 20)
        live.servers.valkey.kill()
        before = len(confirmed)
        live.servers.valkey.start()
        eventually("events that are confirmed again", lambda: len(confirmed) >= before + 20)

    once_each(live, numbers)
    all_kept(live, confirmed)


def test_work_goes_on_after_a_killed_postgres(live: Live) -> None:
    numbers = live.place(40)
    eventually(
        "work under way", lambda: live.rows("SELECT 1 FROM handover WHERE order_no = ANY(:n)", n=numbers)
    )

    live.servers.postgres.kill()
    live.servers.postgres.start()

    once_each(live, numbers)


def test_lost_doorbells_are_rung_again(live: Live) -> None:
    live.child("orders").kill()
    numbers = live.place(10)
    eventually("a doorbell nobody hears", lambda: live.valkey.llen("orders"))

    assert live.valkey.delete(*QUEUES)
    live.child("orders").start()

    once_each(live, numbers)


def test_doorbells_lost_under_load_lose_no_work(live: Live) -> None:
    numbers, lost = live.place(30), 0

    def exported_in_spite_of_it() -> bool:
        nonlocal lost
        lost += sum(live.valkey.delete(*QUEUES) for _ in range(200))
        return live.exported(numbers[:15])

    eventually("half of it", exported_in_spite_of_it)
    once_each(live, numbers)
    assert lost


def test_every_confirmed_event_outlives_a_killed_receiver(live: Live) -> None:
    numbers = live.place(6, hooks=False)
    with announcing(live, numbers) as confirmed:
        eventually("events that were confirmed", lambda: len(confirmed) >= 20)
        live.child("receiver").kill()
        before = len(confirmed)
        live.child("receiver").start()
        eventually("events that are confirmed again", lambda: len(confirmed) >= before + 20)

    once_each(live, numbers)
    all_kept(live, confirmed)


def test_a_killed_beat_goes_on_where_it_stopped(live: Live) -> None:
    live.child("beat").kill()
    numbers = live.place(5, hooks=False)
    for number in numbers:
        assert live.announce(number).status_code == 202
    before = {task: live.ended(task) for task in AT_START}

    live.child("beat").start()

    once_each(live, numbers)
    # What a beat asks for at its start is not left to the next test.
    eventually("its first collections", lambda: all(live.ended(t) > before[t] for t in AT_START))
