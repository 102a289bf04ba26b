"""Pulls: what they answer for, what they keep when they break off, and when none is needed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.core.errors import OrderbridgeError, Retryable
from sync.core.inventory import Unreadable
from sync.core.messages import Dead, Done, Outcome, Retry, Wait
from sync.core.sites import Site
from tests.integration.store.trading import Shop, count


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
