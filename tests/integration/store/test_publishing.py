"""Publications on a real database, with a storefront that refuses, fails and answers late."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.allocations import Allocation, Written
from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected
from sync.core.inventory import Published
from sync.core.messages import Done, Outcome
from sync.core.sites import Site
from sync.flows.inventory import TOPICS
from tests.integration.store.trading import T0, Shelf, Shop, count, singly


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
