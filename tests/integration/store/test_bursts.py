"""Bursts and long publications: what waits together, what is let in, what goes first."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.errors import Retryable
from sync.core.messages import Done, Message, Settled, Topic, Wait
from sync.core.sites import Site
from sync.flows.holding import held
from sync.flows.inventory import TOPICS
from tests.integration.store.trading import Shop, count


@pytest.fixture
def shop(sessions: sessionmaker[Session], site: Site) -> Shop:
    return Shop(sessions, site)


@pytest.fixture
def patient(sessions: sessionmaker[Session], site: Site) -> Shop:
    """A site that waits for a burst to end."""
    return Shop(sessions, replace(site, cadence=replace(site.cadence, debounce=1.0)))


def clocked(shop: Shop, meanwhile: Callable[[int], None]) -> Any:
    """The flow under a clock that moves by its sleeping, during which something happens."""
    naps = 0

    def sleep(seconds: float) -> None:
        nonlocal naps
        naps += 1
        meanwhile(naps)
        shop.time += timedelta(seconds=seconds)

    return replace(shop.flow, sleep=sleep)


def push(shop: Shop, number: int, body: str) -> None:
    draft = shop.flow.request("refarch", f"push {number}")
    shop.ledger.add([replace(draft, topic=Topic.STOCK_CHANGED, body=body, received_at=shop.time)])


def test_five_hundred_pushes_of_one_sku_that_arrive_one_by_one_are_one_write(patient: Shop) -> None:
    def arrives(nap: int) -> None:
        for number in range(nap * 25, min((nap + 1) * 25, 500)):
            push(patient, number, f"A MAIN {1000 - number} {number + 1}")

    arrives(0)
    patient.deliver(clocked(patient, arrives))
    assert (patient.shelf.calls, patient.shelf.labels) == (1, {"A": 501})
    assert patient.deliver() == []


def test_a_burst_that_never_ends_is_published_all_the_same(patient: Shop) -> None:
    push(patient, 0, "A MAIN 1000 1")
    began = patient.time
    flow = clocked(patient, lambda nap: push(patient, nap, f"A MAIN {1000 - nap} {nap + 1}"))
    patient.deliver(flow)
    assert patient.shelf.calls == 1
    assert patient.time - began < timedelta(seconds=6)


def test_a_burst_of_wishes_for_named_counts_is_one_pull(patient: Shop) -> None:
    def wish(number: int) -> None:
        draft = patient.flow.request("refarch", f"wish {number}")
        body = json.dumps({"site": "US", "skus": [f"S{number}"]})
        patient.ledger.add([replace(draft, body=body, received_at=patient.time)])

    wish(0)
    patient.house.now = [count(f"S{number}", "MAIN", 5, 1) for number in range(4)]
    patient.deliver(clocked(patient, lambda nap: wish(nap) if nap <= 3 else None))
    assert patient.house.asked == [["S0", "S1", "S2", "S3"]]
    assert len(patient.shelf.labels) == 4


def test_a_request_for_everything_does_not_wait_for_the_burst_to_end(patient: Shop) -> None:
    push(patient, 0, "A MAIN 4 10")
    patient.ask()
    patient.deliver(clocked(patient, lambda _: pytest.fail("waits")))
    assert patient.house.asked == [None]


def test_what_sells_out_does_not_wait_for_the_burst_to_end(patient: Shop) -> None:
    patient.pull(A=5)
    push(patient, 1, "A MAIN 4 10")
    flow = clocked(patient, lambda nap: push(patient, nap + 1, f"A MAIN {max(0, 4 - nap)} {10 + nap}"))
    began = patient.time
    patient.deliver(flow)
    assert patient.shelf.labels == {"A": 0}
    assert patient.time - began < timedelta(seconds=0.5)


def test_what_crosses_zero_is_written_before_a_load_of_other_changes(shop: Shop) -> None:
    everything = {f"S{number:03}": 5 for number in range(300)} | {"T": 5, "Z": 0}
    shop.pull(**everything)
    order: list[str] = []
    write = shop.shelf.set_allocation

    def noted(inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        order.append(sku)
        write(inventory_list, sku, allocation, site=site)

    shop.shelf.set_allocation = noted  # type: ignore[method-assign]
    shop.pull(**dict.fromkeys(everything, 6) | {"T": 0, "Z": 6})
    assert set(order[:2]) == {"T", "Z"}
    assert len(order) == 302


def test_a_push_that_arrives_during_a_long_publication_is_let_in_and_not_overwritten(shop: Shop) -> None:
    order: list[tuple[str, int]] = []
    write = shop.shelf.set_allocation

    def noted(inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        if not order:
            shop.push("S250 MAIN 0 100")
            shop.ask()
        order.append((sku, allocation))
        write(inventory_list, sku, allocation, site=site)

    shop.shelf.set_allocation = noted  # type: ignore[method-assign]
    shop.house.now = [count(f"S{number:03}", "MAIN", 5, 1) for number in range(300)]
    shop.ask()
    settled = shop.deliver()
    assert order.index(("S250", 0)) < 60
    assert ("S250", 5) not in order
    assert shop.shelf.labels["S250"] == 0
    ends = [(one.message.topic, type(one.settlement)) for one in settled[1:]]
    assert sorted(ends) == [(Topic.STOCK_CHANGED, Done), (Topic.STOCK_REQUESTED, Wait)]
    shop.deliver()
    assert shop.house.asked == [None, None]


def test_a_whole_pull_names_what_has_disappeared_and_a_broken_one_does_not(shop: Shop) -> None:
    shop.pull(A=1, B=2)
    shop.house.ends = Retryable("remote.malformed", "broken off")
    shop.pull(A=1)
    shop.house.ends = None
    shop.ask("A")
    shop.deliver()
    ((_, (kept,), _, _),) = shop.stock.positions("list", "refarch", ["B"])
    assert kept.missing_since is None
    shop.time = datetime.now(UTC)
    settled = shop.pull(A=1)
    assert isinstance(settled, Done)
    assert "1 SKUs have disappeared, the first: B" in settled.note


def test_a_long_piece_of_work_keeps_its_lease_and_a_lost_one_is_not_taken_back(shop: Shop) -> None:
    shop.push("A MAIN 1 1")
    (message,) = shop.ledger.claim(TOPICS, limit=1, lease=0)
    renewed = threading.Event()

    class Watched:
        def take_behind(self, *_: Any, **__: Any) -> list[Message]:
            return []

        def hold(self, messages: Any) -> bool:
            kept = shop.flow.queue.hold(messages)
            renewed.set()
            return kept

    with held(Watched(), [message], 0.01):
        assert renewed.wait(30)
        assert shop.ledger.claim(TOPICS, limit=1, lease=60) == []
    shop.ledger.settle([Settled(message, Wait("time.over", "", 0.0))])
    assert shop.flow.queue.hold([message]) is False
