import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Count, Manner, Published, Refusal
from sync.core.messages import Done, Draft, Outcome
from sync.core.orders import Order
from sync.core.ports import ExportConfirmed, HandoverAccepted
from sync.core.sites import Site
from sync.store.refusals import PostgresRefusals
from sync.store.stock import PostgresCursors, PostgresStock

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def stock(sessions: sessionmaker[Session]) -> PostgresStock:
    return PostgresStock(sessions)


def count(
    available: int, sequence: int, *, sku: str = "A", warehouse: str = "MAIN", minute: int = 0
) -> Count:
    return Count(
        organisation="refarch",
        sku=sku,
        warehouse=warehouse,
        available=available,
        sequence=sequence,
        as_of=T0 + timedelta(minutes=minute),
    )


def counts(stock: PostgresStock, sku: str = "A") -> list[Count]:
    (position,) = stock.positions("list", "refarch", [sku])
    return position[1]


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_count_wins_whatever_order_they_come_in(stock: PostgresStock, seed: int) -> None:
    history = [count(available, available * 10) for available in range(1, 9)]
    random.Random(seed).shuffle(history)  # noqa: S311  a shuffle, no secret
    for one in history:
        stock.save_counts([one])
    assert counts(stock) == [count(8, 80)]


def test_an_older_count_is_superseded_and_a_newer_one_applied(stock: PostgresStock) -> None:
    assert stock.save_counts([count(5, 2)]) == {"A": Outcome.APPLIED}
    assert stock.save_counts([count(9, 1, minute=5)]) == {"A": Outcome.SUPERSEDED}
    assert stock.save_counts([count(4, 3)]) == {"A": Outcome.APPLIED}
    assert counts(stock) == [count(4, 3)]


def test_the_same_record_seen_again_only_moves_its_time_forward(stock: PostgresStock) -> None:
    stock.save_counts([count(5, 2, minute=3)])
    stock.save_counts([count(5, 2, minute=7)])
    stock.save_counts([count(5, 2, minute=1)])
    assert counts(stock) == [count(5, 2, minute=7)]


def test_of_repeated_counts_in_one_document_the_newest_is_kept(stock: PostgresStock) -> None:
    stock.save_counts([count(1, 1), count(3, 3), count(2, 2)])
    assert counts(stock) == [count(3, 3)]


def test_each_warehouse_keeps_its_own_count(stock: PostgresStock) -> None:
    outcomes = stock.save_counts([count(1, 1), count(2, 1, warehouse="NORTH"), count(7, 1, sku="B")])
    assert outcomes == {"A": Outcome.APPLIED, "B": Outcome.APPLIED}
    assert [(one.warehouse, one.available) for one in counts(stock)] == [("MAIN", 1), ("NORTH", 2)]


def test_a_document_that_is_larger_than_one_statement_is_saved_whole(stock: PostgresStock) -> None:
    outcomes = stock.save_counts(count(1, 1, sku=f"S{number:05}") for number in range(2500))
    assert len(outcomes) == 2500
    assert sum(1 for _ in stock.positions("list", "refarch")) == 2500


def test_a_sku_that_nobody_counted_has_an_empty_position(stock: PostgresStock) -> None:
    assert list(stock.positions("list", "refarch", ["A"])) == [("A", [], [], None)]
    assert list(stock.positions("list", "refarch")) == []


def test_the_last_publication_is_remembered_per_list(stock: PostgresStock) -> None:
    stock.save_counts([count(5, 1)])
    for allocation in (5, 4):
        at = T0 + timedelta(minutes=allocation)
        token = stock.begin("list", ["A"])
        written = Published(allocation=allocation, started_at=at, finished_at=at)
        assert stock.save_published("list", {"A": written}, token) == {"A"}
    ((_, _, _, published),) = stock.positions("list", "refarch")
    assert published is not None
    assert published.allocation == 4
    assert next(stock.positions("other", "refarch"))[3] is None


def test_what_is_being_written_is_unknown_and_others_are_still_known(stock: PostgresStock) -> None:
    stock.save_counts([count(5, 1), count(6, 1, sku="B")])
    token = stock.begin("list", ["A", "B"])
    written = Published(allocation=5, started_at=T0, finished_at=T0)
    stock.save_published("list", {"A": written, "B": written}, token)
    stock.begin("list", ["A"])
    stock.begin("other", ["B"])
    known = {sku: published is not None for sku, _, _, published in stock.positions("list", "refarch")}
    assert known == {"A": False, "B": True}


@pytest.mark.parametrize("units", [10**12, -(10**12)])
def test_a_count_may_be_larger_than_32_bits(stock: PostgresStock, units: int) -> None:
    stock.save_counts([count(units, 1)])
    token = stock.begin("list", ["A"])
    stock.save_published("list", {"A": Published(allocation=units, started_at=T0, finished_at=T0)}, token)
    ((_, (found,), _, published),) = stock.positions("list", "refarch")
    assert found.available == units
    assert published is not None
    assert published.allocation == units


def test_demand_is_what_the_warehouse_accepted(
    book: Any, stock: PostgresStock, draft: Callable[..., Draft], order: Callable[..., Order], site: Site
) -> None:
    now = datetime.now(UTC)
    stamps = book.orders.reserve(order("1", "A", "B"), site)
    stock.save_counts([count(5, 1)])
    assert next(stock.positions("list", "refarch"))[2] == []
    book.add(draft("1"))
    (message,) = book.claim()
    accepted = HandoverAccepted(site="US", order_no="1", at=now)
    book.settle(message, Done(Outcome.APPLIED), accepted, ExportConfirmed(site="US", order_no="1", at=now))
    (demand,) = next(stock.positions("list", "refarch"))[2]
    assert (demand.order_no, demand.sku, demand.quantity, demand.stamp) == ("1", "A", 2, stamps["1"])
    assert (demand.accepted_at, demand.exported_at) == (now, now)
    assert next(stock.positions("other", "refarch"))[2] == []
    (shared,) = next(stock.positions("other", "refarch", others=["list"]))[2]
    assert (shared.order_no, shared.own, demand.own) == ("1", False, True)


def test_a_cursor_never_moves_back(sessions: sessionmaker[Session]) -> None:
    cursors = PostgresCursors(sessions)
    assert cursors.get("orders:US") is None
    for minute in (5, 3, 9, 1):
        cursors.advance("orders:US", T0 + timedelta(minutes=minute))
    assert cursors.get("orders:US") == T0 + timedelta(minutes=9)
    assert cursors.get("orders:UK") is None


def pulled(
    available: int, minute: int, *, sequence: int = 0, sku: str = "A", warehouse: str = "MAIN"
) -> Count:
    return count(available, sequence, sku=sku, warehouse=warehouse, minute=minute)


def test_a_pull_without_a_number_is_newer_than_what_was_true_before_it_and_older_than_the_rest(
    stock: PostgresStock,
) -> None:
    stock.save_counts([count(5, 7, minute=2)])
    stock.save_pulled([pulled(3, 1)])
    assert counts(stock)[0].available == 5
    stock.save_pulled([pulled(3, 4)])
    assert (counts(stock)[0].available, counts(stock)[0].sequence) == (3, 7)
    stock.save_counts([count(9, 6, minute=9)])
    assert counts(stock)[0].available == 3
    stock.save_counts([count(8, 8, minute=5)])
    assert counts(stock)[0].available == 8


def test_of_two_numbers_that_are_equally_new_the_smaller_is_kept(stock: PostgresStock) -> None:
    stock.save_pulled([pulled(9, 1), pulled(2, 1), pulled(6, 1)])
    assert counts(stock)[0].available == 2


@pytest.mark.parametrize("sku", ["a,b", 'say "hi"', "tab\tand\nline", "\\.", "\\N", "100%", "😀", "S" * 256])
def test_a_sku_comes_through_the_copy_as_it_is(stock: PostgresStock, sku: str) -> None:
    stock.save_pulled([pulled(1, 1, sku=sku)])
    assert [position[0] for position in stock.positions("list", "refarch")] == [sku]


def test_what_a_whole_pull_does_not_tell_of_is_marked_once_until_it_comes_back(stock: PostgresStock) -> None:
    stock.save_pulled([pulled(1, 1, sku=sku) for sku in ("A", "B", "C")])
    stock.save_pulled([pulled(1, 5, sku="A")])
    at = T0 + timedelta(minutes=5)
    assert stock.save_disappeared("refarch", at, {"C"}) == ["B"]
    assert stock.save_disappeared("refarch", at, {"C"}) == []
    assert [counts(stock, sku)[0].missing_since for sku in ("A", "B", "C")] == [None, at, None]
    stock.save_counts([count(2, 9, sku="B", minute=6)])
    assert counts(stock, "B")[0].missing_since is None


def test_full_pulls_that_miss_a_count_are_counted_until_it_is_told_of_again(stock: PostgresStock) -> None:
    stock.save_pulled([pulled(1, 1, sku="B")])
    for minute in (5, 6, 7):
        stock.save_disappeared("refarch", T0 + timedelta(minutes=minute), ())
    assert counts(stock, "B")[0].missed == 3
    stock.save_pulled([pulled(1, 8, sku="B")])
    assert counts(stock, "B")[0].missed == 0


def test_of_a_batch_each_sku_is_kept_unless_its_own_token_was_replaced(stock: PostgresStock) -> None:
    stock.save_counts([count(5, 1, sku=sku) for sku in "ABC"])
    mine = stock.begin("list", ["A", "B", "C"])
    other = stock.begin("list", ["B"])
    at = [T0 + timedelta(minutes=minute) for minute in range(3)]
    manner = Manner(handling="backorder", future_units=2)
    batch = {
        sku: Published(allocation=units, started_at=T0, finished_at=when, manner=manner)
        for sku, units, when in zip("ABC", (10**12, 2, 0), at, strict=True)
    }
    assert stock.save_published("list", batch, mine) == {"A", "C"}
    known = {sku: published for sku, _, _, published in stock.positions("list", "refarch")}
    assert known == batch | {"B": None}
    assert stock.save_published("list", {"B": batch["B"]}, other) == {"B"}
    assert stock.save_published("list", {}, mine) == set()


def test_a_batch_ends_the_refusals_of_its_skus_alone(
    stock: PostgresStock, sessions: sessionmaker[Session]
) -> None:
    refusals = PostgresRefusals(sessions)
    refused = Refusal(
        inventory_list="list", sku="A", code="x", detail="x", remote_status=400, times=1, since=T0, next_at=T0
    )
    others = [replace(refused, sku="B"), replace(refused, inventory_list="other")]
    refusals.save([refused, *others])
    refusals.save([replace(refused, times=2), replace(refused, sku="B", times=3)])
    assert refusals.among("list", ["A", "B"])["B"].times == 3
    written = Published(allocation=5, started_at=T0, finished_at=T0)
    stock.save_published("list", {"A": written}, stock.begin("list", ["A"]))
    assert list(refusals.among("list", ["A", "B"])) == ["B"]
    assert list(refusals.among("other", ["A"])) == ["A"]


def test_the_manner_of_a_publication_is_remembered(stock: PostgresStock) -> None:
    stock.save_counts([count(5, 1)])
    manner = Manner(perpetual=False, handling="preorder", future_units=3, in_stock_date=T0)
    written = Published(allocation=5, started_at=T0, finished_at=T0, manner=manner)
    stock.save_published("list", {"A": written}, stock.begin("list", ["A"]))
    assert next(stock.positions("list", "refarch"))[3] == written


def test_an_order_is_busy_while_an_allocation_of_its_skus_is_written(
    book: Any, stock: PostgresStock, order: Callable[..., Order], site: Site
) -> None:
    book.orders.reserve(order("1", "A"), site)
    assert not stock.busy("US", "1")
    stock.begin("list", ["B"])
    stock.begin("other", ["A"])
    assert not stock.busy("US", "1")
    token = stock.begin("list", ["A"])
    assert stock.busy("US", "1")
    stock.save_published("list", {"A": Published(allocation=5, started_at=T0, finished_at=T0)}, token)
    assert not stock.busy("US", "1")
    (waiting,) = stock.not_taken("list", "A")
    assert (waiting.order_no, waiting.quantity, waiting.accepted_at) == ("1", 2, None)


def test_what_a_pull_tells_of_is_there_even_when_a_newer_count_was_known(stock: PostgresStock) -> None:
    stock.save_counts([count(7, 9, minute=1)])
    stock.save_pulled([pulled(5, 5, sequence=4)])
    assert stock.save_disappeared("refarch", T0 + timedelta(minutes=5), ()) == []
    assert counts(stock) == [count(7, 9, minute=1)]


def test_another_organisation_s_counts_do_not_disappear_with_ours(stock: PostgresStock) -> None:
    other = Count(organisation="other", sku="A", warehouse="MAIN", available=1, sequence=1, as_of=T0)
    stock.save_pulled([other])
    assert stock.save_disappeared("refarch", T0 + timedelta(minutes=5), ()) == []
