"""Everything due of an order under one claim, on a real ledger: in order, and crash by crash."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.core.errors import Rejected, Retryable
from sync.core.messages import Draft
from sync.core.ports import Observation
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from sync.flows.messages import Loop, Work
from sync.flows.storefront import StorefrontFlow
from sync.store.waiting import PostgresQueue

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "posting.planned"


class Killed(BaseException):
    """The end of the process, which no handler sees."""


class Till:
    """A storefront that notes what it is told; `refuses` maps an id to what it answers, once."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.refuses: dict[str, BaseException] = {}

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        del site
        identity = str(posting.value["id"])
        if identity in self.refuses:
            raise self.refuses.pop(identity)
        self.told.append((order_no, identity))

    def observe(self, site: Site, order_no: str) -> Observation:
        del site, order_no
        return Observation(status="", export_status="", shipping_status="", external_status="")

    def of(self, order_no: str) -> list[str]:
        return [told for number, told in self.told if number == order_no]


class Claims:
    """The ledger, with its claims counted and what each group of settlements committed."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.claims = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def claim(self, *args: Any, **more: Any) -> Any:
        found = self._ledger.claim(*args, **more)
        self.claims += bool(found)
        return found


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def ledger(book: Any) -> Claims:
    return Claims(book.ledger)


@pytest.fixture
def deliver(book: Any, ledger: Claims, site: Site, till: Till) -> Callable[..., dict[str, int]]:
    def run(together: int = 25, *, lease: float = 60.0, seconds: float = 0.0) -> dict[str, int]:
        """Make what is due; every posting takes so many seconds."""
        flow = StorefrontFlow(
            sites={"US": site},
            storefront=till,
            ledger=book.ledger,
            queue=PostgresQueue(book.sessions, lease),
            clock=lambda: T0 + timedelta(seconds=seconds * len(till.told)),
            patience=lease / 2,
            together=together,
        )
        loop = Loop(ledger=ledger, bell=lambda _topic: None, clock=lambda: T0)
        return loop.deliver([TOPIC], flow.deliver, Work(lease=lease)).as_dict()

    return run


@pytest.fixture
def plan(book: Any, draft: Callable[..., Draft]) -> Callable[..., None]:
    def add(*orders: str, count: int = 4) -> None:
        """Plan postings, those of different orders mixed."""
        for number in range(1, count + 1):
            for order in orders:
                value = {"kind": Kind.FULFILLMENT, "key": f"{number}", "value": {"id": f"e{number}"}}
                body = json.dumps(value)
                book.add(draft(order, f"{order}:{number}", topic=TOPIC, origin="bridge", body=body))

    return add


def test_one_claim_makes_every_due_posting_of_many_orders_each_order_in_its_order(
    till: Till, ledger: Claims, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", "2", "3", count=6)
    assert deliver() == {"applied": 18}
    assert ledger.claims == 1
    assert [till.of(order) for order in ("1", "2", "3")] == [[f"e{n}" for n in range(1, 7)]] * 3


def test_without_taking_what_waits_behind_every_posting_needs_a_claim(
    ledger: Claims, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", count=6)
    assert deliver(together=0) == {"applied": 6}
    assert ledger.claims == 6


def test_more_than_one_claim_takes_is_made_under_the_next(
    till: Till, ledger: Claims, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", count=7)
    assert deliver(together=2) == {"applied": 7}
    assert (ledger.claims, till.of("1")) == (3, [f"e{n}" for n in range(1, 8)])


def test_what_follows_a_posting_that_must_be_tried_again_is_not_begun_before_it(
    book: Any, till: Till, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", "2", count=4)
    till.refuses["e2"] = Retryable("remote.unavailable", "not now")
    done = deliver()
    assert (done["retry"], done["wait"], done["applied"]) == (1, 2, 8)
    assert [till.of(order) for order in ("1", "2")] == [["e1", "e2", "e3", "e4"]] * 2
    # Waiting is no try: it is as if they had never been taken.
    assert book.one("SELECT max(tries) FROM message WHERE error_code IS NULL AND dedupe_key = '1:3'") == 1


def test_no_call_is_begun_that_could_outlast_the_lease_and_what_is_left_is_claimed_anew(
    till: Till, ledger: Claims, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", count=3)
    done = deliver(lease=60.0, seconds=31.0)
    # The first is made, the second comes too late for this claim, and what is behind it waits for it.
    assert done == {"applied": 3, "wait": 2 + 1}
    assert (ledger.claims, till.of("1")) == (3, ["e1", "e2", "e3"])


def test_a_dead_posting_holds_up_nothing_behind_it(
    till: Till, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", count=4)
    till.refuses["e2"] = Rejected("storefront.refused", "never")
    assert deliver() == {"applied": 3, "dead": 1}
    assert till.of("1") == ["e1", "e3", "e4"]


def test_a_worker_that_ends_in_the_middle_has_settled_all_that_it_made(
    book: Any, till: Till, deliver: Callable[..., Any], plan: Callable[..., None]
) -> None:
    plan("1", count=5)
    till.refuses["e3"] = Killed()
    with pytest.raises(Killed):
        deliver(lease=0.05)
    assert till.of("1") == ["e1", "e2"]
    assert book.one("SELECT count(*) FROM message WHERE state = 'done'") == 2
    assert book.one("SELECT count(*) FROM message WHERE state = 'working'") == 3
    book.one("SELECT count(pg_sleep(0.1))")
    assert deliver() == {"applied": 3}
    assert till.of("1") == ["e1", "e2", "e3", "e4", "e5"]


def test_nobody_else_can_claim_a_posting_of_an_order_that_is_being_worked(
    book: Any,
    till: Till,
    deliver: Callable[..., Any],
    plan: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, stolen = till.post, list[Any]()

    def robbed(site: Site, order_no: str, posting: Posting) -> None:
        stolen.extend(book.ledger.claim([TOPIC], limit=50, lease=60))
        post(site, order_no, posting)

    monkeypatch.setattr(till, "post", robbed)
    plan("1", count=5)
    assert deliver() == {"applied": 5}
    assert (till.of("1"), stolen) == (["e1", "e2", "e3", "e4", "e5"], [])
