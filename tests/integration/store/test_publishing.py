"""The flow of stock on a real database, with a storefront that fails as told."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from schemas.reader import WireReader
from sync.core.allocations import Allocation, Written
from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected, Retryable
from sync.core.inventory import Count, Published, Unreadable
from sync.core.messages import Backoff, Dead, Done, Message, Outcome, Retry, Settled, Settlement, Topic, Wait
from sync.core.sites import Site
from sync.flows.baskets import Baskets
from sync.flows.feeding import Feeding
from sync.flows.inventory import TOPICS, InventoryFlow
from sync.flows.publishing import Publisher
from sync.flows.pulled import Pulled
from sync.store.feeds import PostgresFeeds
from sync.store.ledger import PostgresLedger
from sync.store.letters import PostgresLetters
from sync.store.records import RECORDERS
from sync.store.refusals import PostgresRefusals
from sync.store.reservations import PostgresReservations
from sync.store.stock import PostgresCursors, PostgresStock
from sync.store.waiting import PostgresQueue

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Shelf:
    """A storefront of shelf labels only; `fails` tells what a SKU's next write ends with, done or not."""

    def __init__(self) -> None:
        self.calls = 0
        self.labels: dict[str, int] = {}
        self.fails: dict[str, OrderbridgeError] = {}

    def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        del inventory_list, site
        self.calls += 1
        error = self.fails.get(sku)
        if error is None or isinstance(error, OutcomeUnknown):
            self.labels[sku] = allocation
        if error is not None:
            raise error

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        return singly(self, site, allocations)


def singly(shelf: Any, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
    """Write one label after the other."""
    for one in allocations:
        try:
            shelf.set_allocation(site.stock.inventory_list, one.sku, one.units, site=site)
        except OrderbridgeError as error:
            yield Written(one.sku, error)
        else:
            yield Written(one.sku)


class House:
    """A warehouse whose counts are pulled; `ends` is how its answer ends."""

    def __init__(self) -> None:
        self.now: list[Count] = []
        self.ends: OrderbridgeError | None = None
        self.asked: list[list[str] | None] = []

    def counts(self, organisation: str, skus: Collection[str] | None = None) -> Iterator[Count]:
        del organisation
        self.asked.append(None if skus is None else list(skus))
        as_of = datetime.now(UTC)
        for one in self.now:
            if skus is None or one.sku in skus:
                yield replace(one, as_of=as_of)
        if self.ends:
            raise self.ends

    def askable(self, sku: str) -> bool:
        return "," not in sku


class Reading:
    """Reads pushes as `SKU WAREHOUSE AVAILABLE SEQUENCE` words; the word `bad` is a bad product."""

    def counts(self, message: Message, site: Site) -> list[Count]:
        del site
        good = [count(*words.split()) for words in message.body.split(";") if "bad" not in words]
        if "bad" in message.body:
            raise Unreadable({"product.0.available": "must be a whole number"}, 1, good, {"B"})
        return good


def count(sku: str, warehouse: str, available: str | int, sequence: str | int) -> Count:
    return Count(
        organisation="refarch",
        sku=sku,
        warehouse=warehouse,
        available=int(available),
        sequence=int(sequence),
        as_of=T0,
    )


class NoFiles:
    """Takes no files, since no site here sends any."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


class Shop:
    """A storefront and a warehouse, and the flow between them."""

    def __init__(self, sessions: sessionmaker[Session], site: Site) -> None:
        self.shelf, self.house, self.time = Shelf(), House(), datetime.now(UTC)
        self.site, self.stock, self.refusals = site, PostgresStock(sessions), PostgresRefusals(sessions)
        self.ledger = PostgresLedger(sessions, Backoff(first=0.0, longest=0.0, attempts=3), RECORDERS)
        self.letters, self.cursors = PostgresLetters(sessions), PostgresCursors(sessions)
        self._pulls = 0
        self.feeding = Feeding(
            bulk=NoFiles(),
            feeds=PostgresFeeds(sessions),
            refusals=self.refusals,
            clock=lambda: self.time,
            rest=lambda _: None,
        )
        self.baskets = Baskets(
            sites={"US": site},
            reservations=PostgresReservations(sessions),
            reader=WireReader(),
            ledger=self.ledger,
        )
        self.flow = self.another(self.shelf)

    def another(self, shelf: Any) -> InventoryFlow:
        """Another worker."""
        publisher = Publisher(
            shelf=shelf,
            feeding=self.feeding,
            stock=self.stock,
            refusals=self.refusals,
            clock=lambda: self.time,
        )
        return InventoryFlow(
            sites={"US": self.site},
            warehouse=self.house,
            stock=self.stock,
            reader=Reading(),
            queue=PostgresQueue(self.stock._sessions),
            baskets=self.baskets,
            publisher=publisher,
            pulled=Pulled(cursors=self.cursors, clock=lambda: self.time),
            clock=lambda: self.time,
        )

    def push(self, *bodies: str) -> None:
        """Have these pushes wait."""
        for number, body in enumerate(bodies):
            draft = self.flow.request("refarch", f"push {number} {body}")
            self.ledger.add([replace(draft, topic=Topic.STOCK_CHANGED, body=body)])

    def ask(self, *skus: str) -> None:
        """Have a pull wait."""
        self._pulls += 1
        self.ledger.add([self.flow.request("refarch", str(self._pulls), skus)])

    def deliver(self, flow: InventoryFlow | None = None) -> list[Settled]:
        """Work what is first in the row, and what may be worked with it."""
        claimed = self.ledger.claim(TOPICS, limit=10, lease=60)
        settled = [one for group in (flow or self.flow).deliver(claimed) for one in group]
        self.ledger.settle(settled)
        return settled

    def pull(self, **available: int) -> Settlement:
        """Let the warehouse count, and pull everything."""
        self.house.now = [count(sku, "MAIN", units, self._pulls + 1) for sku, units in available.items()]
        self.ask()
        (settled,) = self.deliver()
        self.letters.requeue([settled.message.id])
        if not isinstance(settled.settlement, Done):
            # Nothing of a failed pull may hold up the next one here.
            (again,) = self.ledger.claim(TOPICS, limit=1, lease=60)
            self.ledger.settle([Settled(again, Done(Outcome.SUPERSEDED))])
        return settled.settlement


@pytest.fixture
def shop(sessions: sessionmaker[Session], site: Site) -> Shop:
    return Shop(sessions, site)


@pytest.fixture
def wide(sessions: sessionmaker[Session], site: Site) -> Shop:
    """A site that is served by two warehouses."""
    return Shop(sessions, replace(site, stock=replace(site.stock, warehouses=("MAIN", "NORTH"))))


def test_a_sku_that_the_storefront_refuses_holds_up_no_other_and_makes_no_dead_letter(shop: Shop) -> None:
    shop.shelf.fails["B"] = Rejected("storefront.refused", "no such product", remote_status=404)
    settled = shop.pull(A=1, B=2, C=3)
    assert settled == Done(Outcome.APPLIED, "2 allocations written, 1 refused, the first: B: no such product")
    assert shop.shelf.labels == {"A": 1, "C": 3}
    (refusal,) = shop.refusals.longest(10)
    assert (refusal.sku, refusal.times, refusal.remote_status) == ("B", 1, 404)


def test_a_refused_sku_is_left_alone_for_longer_and_longer_until_it_is_taken(shop: Shop) -> None:
    shop.shelf.fails["B"] = Rejected("storefront.refused", "no such product", remote_status=404)
    tries = []
    for _ in range(288):
        before = shop.shelf.calls
        shop.pull(B=2)
        tries.append(shop.shelf.calls - before)
        shop.time += timedelta(minutes=5)
    assert sum(tries) == 9
    shop.shelf.fails.clear()
    shop.ask("B")
    shop.deliver()
    assert shop.shelf.labels == {"B": 2}
    assert shop.refusals.longest(10) == []


def test_one_warehouse_alone_is_not_offered_before_the_other_is_known(wide: Shop) -> None:
    wide.push("A MAIN 9 5")
    wide.deliver()
    assert wide.shelf.labels == {}
    wide.house.now = [count("A", "MAIN", 9, 5), count("A", "NORTH", -4, 3)]
    wide.ask()
    wide.deliver()
    assert wide.shelf.labels == {"A": 5}


def test_a_warehouse_of_which_a_whole_pull_tells_nothing_has_nothing(wide: Shop) -> None:
    wide.house.now = [count("A", "MAIN", 9, 5)]
    wide.ask()
    wide.deliver()
    assert wide.shelf.labels == {"A": 9}
    wide.push("A NORTH 2 7")
    wide.deliver()
    assert wide.shelf.labels == {"A": 11}


@pytest.mark.parametrize(
    "ends",
    [
        Unreadable({"product.1.available": "bad"}, 1, [], {"A"}),
        Unreadable({"product.1.available": "bad"}, 1000, [], None),
        Retryable("remote.malformed", "broken off"),
    ],
)
def test_an_answer_that_may_lack_a_warehouse_says_nothing_about_it(
    wide: Shop, ends: OrderbridgeError
) -> None:
    wide.house.now, wide.house.ends = [count("A", "MAIN", 9, 5)], ends
    wide.ask()
    wide.deliver()
    assert wide.shelf.labels == {}


def test_bad_products_of_a_pull_are_told_and_the_good_ones_published(shop: Shop) -> None:
    shop.house.ends = Unreadable({"product.1.available": "must be a whole number"}, 1, [], {"B"})
    assert shop.pull(A=1) == Done(
        Outcome.APPLIED,
        "1 allocations written; 1 products cannot be read, the first: "
        "product.1.available: must be a whole number",
    )
    assert shop.shelf.labels == {"A": 1}


def test_bad_products_of_a_push_make_a_dead_letter_after_the_good_ones_are_published(shop: Shop) -> None:
    shop.push("A MAIN 5 1;B bad")
    (settled,) = shop.deliver()
    assert isinstance(settled.settlement, Dead)
    assert settled.settlement.code == "stock.invalid"
    assert settled.settlement.fields == {"product.0.available": "must be a whole number"}
    assert shop.shelf.labels == {"A": 5}


def test_a_pull_that_breaks_off_keeps_what_came_before_says_so_and_is_repeated(shop: Shop) -> None:
    shop.house.ends = Retryable("remote.malformed", "inventory: not well-formed")
    settled = shop.pull(A=1)
    assert settled == Retry(
        "remote.malformed", "inventory: not well-formed; the 1 counts before it were kept"
    )
    assert shop.shelf.labels == {"A": 1}


def test_named_skus_are_pulled_alone_and_the_unknown_is_named(shop: Shop) -> None:
    shop.house.now = [count("A", "MAIN", 5, 1), count("B", "MAIN", 6, 1)]
    shop.ask("A", "NONE")
    (settled,) = shop.deliver()
    assert shop.house.asked == [["A", "NONE"]]
    assert shop.shelf.labels == {"A": 5}
    assert settled.settlement == Done(
        Outcome.APPLIED, "1 allocations written; the warehouse tells nothing of NONE"
    )


def test_a_name_that_nobody_can_ask_for_is_answered_by_a_pull_of_everything(shop: Shop) -> None:
    shop.house.now = [count("A,1", "MAIN", 5, 1), count("B", "MAIN", 6, 1)]
    shop.ask("A,1", "B")
    (settled,) = shop.deliver()
    assert shop.house.asked == [None]
    assert shop.shelf.labels == {"A,1": 5, "B": 6}
    assert settled.settlement == Done(
        Outcome.APPLIED,
        "2 allocations written; the warehouse cannot be asked for 'A,1' by name, everything was asked for",
    )


def test_a_patient_request_leaves_what_nobody_can_ask_for_to_the_next_whole_pull(shop: Shop) -> None:
    shop.house.now = [count("B", "MAIN", 6, 1)]
    shop.ledger.add([shop.flow.request("refarch", "orders", ["A,1", "B"], patient=True)])
    (settled,) = shop.deliver()
    assert shop.house.asked == [["A,1", "B"]]
    assert settled.settlement == Done(
        Outcome.APPLIED,
        "1 allocations written; the warehouse cannot be asked for 'A,1' by name, "
        "the next pull of everything tells",
    )


def test_a_name_that_nobody_can_ask_for_waits_for_its_turn_during_a_publication(shop: Shop) -> None:
    write = shop.shelf.set_allocation

    def noted(inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        if not shop.shelf.calls:
            shop.ask("A,1")
        write(inventory_list, sku, allocation, site=site)

    shop.shelf.set_allocation = noted  # type: ignore[method-assign]
    shop.house.now = [count(sku, "MAIN", 5, 1) for sku in ("A,1", "B")]
    shop.ask()
    ends = [type(one.settlement) for one in shop.deliver()]
    assert shop.house.asked == [None]
    shop.deliver()
    assert (shop.house.asked, ends) == ([None, None], [Done, Wait])


def test_a_burst_of_pushes_becomes_one_write(shop: Shop) -> None:
    shop.push(*(f"A MAIN {1000 - number} {number}" for number in range(1, 101)))
    settled = shop.deliver()
    assert [shop.shelf.calls, shop.shelf.labels] == [1, {"A": 900}]
    outcomes = [one.settlement.outcome for one in settled if isinstance(one.settlement, Done)]
    assert outcomes == [Outcome.SUPERSEDED] * 99 + [Outcome.APPLIED]
    assert shop.deliver() == []


def test_an_unreadable_message_in_a_burst_is_dead_alone(shop: Shop) -> None:
    shop.push("A MAIN 3 1", "bad", "A MAIN 2 2")
    ends = [type(one.settlement) for one in shop.deliver()]
    assert ends == [Done, Dead, Done]
    assert shop.shelf.labels == {"A": 2}


def test_a_bug_met_in_a_later_message_is_not_the_end_of_the_first(shop: Shop) -> None:
    shop.push("A MAIN 3 1", "no product at all")
    ends = {one.message.body: type(one.settlement) for one in shop.deliver()}
    assert ends == {"A MAIN 3 1": Done, "no product at all": Wait}
    assert shop.shelf.labels == {"A": 3}


def test_a_storefront_that_is_away_costs_the_first_of_a_burst_an_attempt_and_no_other(shop: Shop) -> None:
    shop.shelf.fails["A"] = Retryable("remote.unavailable", "down")
    shop.push("A MAIN 3 1", "A MAIN 2 2")
    assert [type(one.settlement) for one in shop.deliver()] == [Retry, Wait]
    shop.shelf.fails.clear()
    shop.deliver()
    assert shop.shelf.labels == {"A": 2}


def test_a_message_that_waits_for_its_time_is_not_taken_along_and_not_overtaken(shop: Shop) -> None:
    shop.push("A MAIN 4 1", "A MAIN 3 2", "A MAIN 2 3")
    (first,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    (second,) = shop.flow.queue.take_behind(first, TOPICS, limit=1)
    shop.ledger.settle([Settled(second, Wait("time.over", "later", 3600.0))])
    assert shop.flow.queue.take_behind(first, TOPICS, limit=10) == []


def test_whoever_lost_the_lease_takes_nothing_along(shop: Shop) -> None:
    shop.push("A MAIN 4 1", "A MAIN 3 2")
    (lost,) = shop.ledger.claim(TOPICS, limit=1, lease=0)
    (held,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    assert shop.flow.queue.take_behind(lost, TOPICS, limit=10) == []
    assert len(shop.flow.queue.take_behind(held, TOPICS, limit=10)) == 1


def test_a_write_that_lands_after_its_successors_is_repaired(shop: Shop) -> None:
    """A worker is frozen in the middle of its write; the next one writes a newer number; then it wakes."""
    shelf = shop.shelf

    class Frozen:
        """The way to the shelf of a worker that sleeps before its first write arrives."""

        woken = False

        def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
            if not self.woken:
                self.woken = True
                shop.push("A MAIN 2 2")
                shop.deliver()
                assert shelf.labels == {"A": 2}
            shelf.set_allocation(inventory_list, sku, allocation, site=site)

        def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
            return singly(self, site, allocations)

    shop.push("A MAIN 9 1")
    claimed = shop.ledger.claim(TOPICS, limit=1, lease=0)
    list(shop.another(Frozen()).deliver(claimed))
    assert shelf.labels == {"A": 2}
    ((_, _, _, published),) = shop.stock.positions("list", "refarch", ["A"])
    assert published is not None
    assert published.allocation == 2


class Cut:
    """The way to the shelf of a worker whose time limit strikes in the middle of a batch."""

    def __init__(self, shelf: Shelf, after: int) -> None:
        self.shelf, self.after = shelf, after

    def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        if self.shelf.calls == self.after:
            raise TimeoutError("soft time limit")
        self.shelf.set_allocation(inventory_list, sku, allocation, site=site)

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        return singly(self, site, allocations)


def test_what_was_answered_before_a_batch_was_cut_off_is_remembered_and_not_written_again(shop: Shop) -> None:
    shop.house.now = [count(f"S{number:03}", "MAIN", 5, 1) for number in range(40)]
    shop.ask()
    shop.deliver(shop.another(Cut(shop.shelf, after=30)))
    known = {sku for sku, _, _, published in shop.stock.positions("list", "refarch") if published}
    assert known == {f"S{number:03}" for number in range(30)}
    shop.deliver()
    assert shop.shelf.calls == 40
    assert len(shop.shelf.labels) == 40


def test_another_writer_forgets_what_it_wrote_also_when_the_overtaken_batch_fails_elsewhere(
    shop: Shop,
) -> None:
    shelf = shop.shelf

    class Overtaken:
        """A worker whose batch is overtaken for A, and is not answered for B."""

        def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
            token = shop.stock.begin("list", ["A"])
            told = Published(allocation=7, started_at=T0, finished_at=T0)
            shop.stock.save_published("list", {"A": told}, token)
            yield from singly(shelf, site, allocations)

    shelf.fails["B"] = OutcomeUnknown("outcome.unknown", "timeout")
    shop.house.now = [count("A", "MAIN", 5, 1), count("B", "MAIN", 5, 1)]
    shop.ask()
    shop.deliver(shop.another(Overtaken()))
    assert {sku: known for sku, _, _, known in shop.stock.positions("list", "refarch")} == {
        "A": None,
        "B": None,
    }


@pytest.mark.parametrize(
    "then", [None, Alarm("credentials.refused", "no"), Rejected("storefront.refused", "no")]
)
def test_after_a_write_of_unknown_outcome_the_number_is_written_whatever_was_there_before(
    shop: Shop, then: OrderbridgeError | None
) -> None:
    shop.pull(A=100)
    for error in (OutcomeUnknown("outcome.unknown", "timeout"), *([then] if then else [])):
        shop.shelf.fails["A"] = error
        shop.pull(A=120)
    shop.shelf.fails.clear()
    assert shop.shelf.labels == {"A": 120}
    shop.time += timedelta(days=1)
    shop.pull(A=100)
    assert shop.shelf.labels == {"A": 100}


def test_what_waits_for_its_next_attempt_is_due_at_once_when_hurried(shop: Shop) -> None:
    shop.push("A MAIN 4 1")
    (first,) = shop.ledger.claim(TOPICS, limit=1, lease=60)
    shop.ledger.settle([Settled(first, Retry("remote.unavailable", "down", 3600.0))])
    queue = PostgresQueue(shop.stock._sessions)
    assert shop.ledger.claim(TOPICS, limit=1, lease=60) == []
    assert queue.unfinished("refarch", "stock", Topic.STOCK_CHANGED) == 1
    assert queue.hurry("refarch", "stock", "warehouse") == 1
    assert queue.last("refarch", "stock", Topic.STOCK_CHANGED) == {
        "state": "due",
        "error_code": "remote.unavailable",
        "detail": "down",
    }
    assert shop.deliver() != []
    assert queue.unfinished("refarch", "stock", Topic.STOCK_CHANGED) == 0


def test_a_publication_cut_short_goes_on_without_another_pull(shop: Shop) -> None:
    skus = [f"S{number:03}" for number in range(120)]
    shop.house.now = [count(sku, "MAIN", 5, 1) for sku in skus]
    shop.ask()
    codes = []
    for _ in range(3):
        (settled,) = shop.deliver(replace(shop.flow, time_limit=-1.0))
        codes.append(getattr(settled.settlement, "code", "done"))
        shop.time += timedelta(minutes=3)
    assert codes == ["time.over"] * 3
    assert sorted(shop.shelf.labels) == skus
    (settled,) = shop.deliver()
    assert settled.settlement == Done(
        Outcome.APPLIED, "0 allocations written; the counts are those of an earlier attempt"
    )
    assert shop.house.asked == [None]


def test_a_publication_cut_short_pulls_anew_once_its_counts_are_old(shop: Shop) -> None:
    shop.house.now = [count("A", "MAIN", 5, 1)]
    shop.ask()
    shop.deliver(replace(shop.flow, time_limit=-1.0))
    shop.time += timedelta(minutes=10)
    shop.deliver()
    assert shop.house.asked == [None, None]


def test_what_is_named_behind_a_publication_cut_short_is_pulled_by_name(shop: Shop) -> None:
    shop.house.now = [count("A", "MAIN", 5, 1), count("B", "MAIN", 6, 1)]
    shop.ask()
    shop.deliver(replace(shop.flow, time_limit=-1.0))
    shop.house.now = [count("A", "MAIN", 4, 2), count("B", "MAIN", 7, 2)]
    shop.ask("A")
    assert [type(one.settlement) for one in shop.deliver()] == [Done, Done]
    assert shop.house.asked == [None, ["A"]]
    assert shop.shelf.labels == {"A": 4, "B": 6}


def test_a_request_that_has_been_published_is_pulled_for_again_when_it_comes_back(shop: Shop) -> None:
    shop.house.now = [count("A", "MAIN", 5, 1)]
    shop.ask()
    shop.deliver(replace(shop.flow, time_limit=-1.0))
    (settled,) = shop.deliver()
    assert shop.cursors.get(f"pulled:refarch:{settled.message.id}") is None
    list(shop.flow.deliver([settled.message]))
    assert shop.house.asked == [None, None]


def test_a_slow_site_begins_few_writes_at_a_time(sessions: sessionmaker[Session], site: Site) -> None:
    cadence, publication = replace(site.cadence, requests_per_second=1.0), replace(site.publication, batch=1)
    shop = Shop(sessions, replace(site, cadence=cadence, publication=publication))
    begun = []
    begin = shop.stock.begin

    def noted(inventory_list: str, skus: Collection[str]) -> str:
        begun.append(len(skus))
        return begin(inventory_list, skus)

    shop.stock.begin = noted  # type: ignore[method-assign]
    shop.pull(**{f"S{number:03}": number % 2 for number in range(36)})
    assert begun == [10, 10, 10, 6]
    assert len(shop.shelf.labels) == 36
