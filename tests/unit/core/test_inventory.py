from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.inventory import Count, Demand, Published, contained, differs, pause, target, uncounted
from sync.core.sites import StockPolicy

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = StockPolicy(inventory_list="list", warehouses=("MAIN", "NORTH"))


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def count(available: int, warehouse: str = "MAIN", as_of: float = 0, exported: float | None = None) -> Count:
    last = None if exported is None else at(exported)
    return Count(
        organisation="o",
        sku="A",
        warehouse=warehouse,
        available=available,
        sequence=1,
        as_of=at(as_of),
        last_exported=last,
    )


def demand(
    quantity: int, *, stamp: float = 0, accepted: float | None = None, exported: float | None = None
) -> Demand:
    return Demand(
        order_no="1",
        sku="A",
        quantity=quantity,
        stamp=at(stamp),
        accepted_at=None if accepted is None else at(accepted),
        exported_at=None if exported is None else at(exported),
    )


def published(allocation: int, started: float, finished: float) -> Published:
    return Published(allocation=allocation, started_at=at(started), finished_at=at(finished))


def test_the_target_is_the_sum_over_the_sites_warehouses() -> None:
    counts = [count(7), count(5, "NORTH"), count(100, "ELSEWHERE")]
    found = target("A", POLICY, counts, [])
    assert found.allocation == 12
    assert found.terms == (("available MAIN", 7), ("available NORTH", 5))


def test_an_order_not_in_the_count_is_taken_off_once_the_warehouse_accepted_it() -> None:
    waiting, accepted = demand(2), demand(3, accepted=1)
    assert target("A", POLICY, [count(10)], [waiting, accepted]).allocation == 7


def test_an_order_in_every_count_is_not_taken_off_again() -> None:
    accepted = demand(3, accepted=-10)
    assert target("A", POLICY, [count(10), count(0, "NORTH")], [accepted]).allocation == 10
    assert target("A", POLICY, [count(10), count(0, "NORTH", as_of=-9)], [accepted]).allocation == 7


def test_safety_stock_ceiling_and_floor_are_terms_of_the_sum() -> None:
    policy = StockPolicy(inventory_list="list", warehouses=("MAIN",), safety_stock=3, ceiling=5)
    capped = target("A", policy, [count(20)], [])
    assert (capped.allocation, capped.terms[-1]) == (5, ("ceiling", -12))
    empty = target("A", policy, [count(1)], [])
    assert (empty.allocation, empty.terms[-1]) == (0, ("safety stock", -1))
    owed = target("A", policy, [count(-2)], [])
    assert (owed.allocation, owed.terms[-1]) == (0, ("floor at zero", 2))


@given(
    available=st.integers(-50, 50),
    quantities=st.lists(st.integers(1, 9), max_size=5),
    safety=st.integers(0, 9),
    ceiling=st.none() | st.integers(0, 40),
)
def test_the_terms_always_add_up_to_the_allocation_and_it_never_exceeds_what_is_there(
    available: int, quantities: list[int], safety: int, ceiling: int | None
) -> None:
    policy = StockPolicy(inventory_list="l", warehouses=("MAIN",), safety_stock=safety, ceiling=ceiling)
    unseen = [demand(quantity, accepted=1) for quantity in quantities]
    found = target("A", policy, [count(available)], unseen)
    assert sum(units for _, units in found.terms) == found.allocation
    assert 0 <= found.allocation <= max(0, available - sum(quantities) - safety)
    assert ceiling is None or found.allocation <= ceiling


@pytest.mark.parametrize(
    ("stamp", "last_exported", "inside"), [(10, 10, True), (10, 11, True), (11, 10, False)]
)
def test_an_echoed_stamp_decides_what_a_count_contains(
    stamp: float, last_exported: float, *, inside: bool
) -> None:
    # The margin of time alone would say the opposite in the first two cases and in the last.
    accepted = -1 if inside else -100
    one = demand(1, stamp=stamp, accepted=accepted)
    assert contained(one, [count(5, exported=last_exported)], POLICY) is inside


def test_an_order_taken_after_the_count_is_not_in_it_however_old_its_stamp_is() -> None:
    # Refused at its first attempt, cured and taken later; meanwhile others with newer stamps were taken.
    cured = demand(3, stamp=10, accepted=60)
    assert target("A", POLICY, [count(7, as_of=30, exported=50)], [cured]).allocation == 4


@pytest.mark.parametrize(("accepted", "inside"), [(-5.0, True), (-4.9, False), (0.0, False), (3.0, False)])
def test_without_a_stamp_the_order_must_be_clearly_older_than_the_count(
    accepted: float, *, inside: bool
) -> None:
    assert contained(demand(1, accepted=accepted), [count(5)], POLICY) is inside


def test_no_count_contains_nothing() -> None:
    assert not contained(demand(1, accepted=-100), [], POLICY)


def test_what_was_never_published_differs() -> None:
    assert differs(target("A", POLICY, [count(0)], []), None, [])


def test_what_is_published_already_does_not_differ() -> None:
    assert not differs(target("A", POLICY, [count(7)], []), published(7, 0, 1), [])
    assert differs(target("A", POLICY, [count(8)], []), published(7, 0, 1), [])


@pytest.mark.parametrize("counted", [10, 7])
def test_an_export_after_the_publication_calls_for_another_one(counted: int) -> None:
    # 10 published; an order of 3 is exported later, so the storefront shows 7 by itself; or 10 again, when
    # the order was canceled since.
    exported = [demand(3, accepted=4, exported=5)]
    wanted = target("A", POLICY, [count(counted, as_of=20)], exported)
    assert differs(wanted, published(10, 0, 1), exported)


def test_an_export_before_the_publication_is_in_it_already() -> None:
    exported = [demand(3, accepted=-9, exported=-8)]
    assert not differs(target("A", POLICY, [count(7)], exported), published(7, 0, 1), exported)


def test_an_export_during_the_publication_calls_for_another_one() -> None:
    exported = [demand(3, accepted=-9, exported=0.5)]
    assert differs(target("A", POLICY, [count(7)], exported), published(7, 0, 1), exported)


def test_an_export_learned_of_after_the_publication_may_have_come_before_it() -> None:
    # 10 were written after the export, which reset the turnover: 10 are shown. A count of 7 must be written,
    # though 10 less the exported 3 would make it look like what is there.
    exported = [demand(3, stamp=-20, accepted=-9, exported=60)]
    wanted = target("A", POLICY, [count(7, as_of=90)], exported)
    assert wanted.allocation == 7
    assert differs(wanted, published(10, 0, 1), exported)
    assert not differs(wanted, published(7, 91, 92), exported)


def test_while_a_warehouse_has_not_counted_a_sku_it_is_missing() -> None:
    assert uncounted(POLICY, [count(5)]) == ["NORTH"]
    assert uncounted(POLICY, [count(5, "ELSEWHERE")]) == ["MAIN", "NORTH"]
    assert uncounted(POLICY, [count(5), count(0, "NORTH")]) == []


def test_a_refused_sku_rests_twice_as_long_each_time_up_to_a_day() -> None:
    rests = [pause(times).total_seconds() / 60 for times in (1, 2, 3, 9, 10, 10**6)]
    assert rests == [5, 10, 20, 1280, 1440, 1440]
