"""Our formula against the ledger of the sandbox's storefront: every sold unit is taken off exactly once."""

from dataclasses import replace
from datetime import timedelta

from sync.core.inventory import Count, Demand, Published, differs, target
from sync.core.sites import StockPolicy
from tests.unit.core.stock_day import START, Day


def v1(*, on_order: bool) -> Day:
    day = Day(50, on_order=on_order)
    day.tick()
    assert day.sell(4)
    day.tick()
    return day


def test_v1_a_sale_is_taken_off_by_the_storefront() -> None:
    assert (v1(on_order=False).ats, v1(on_order=True).ats) == (46, 46)


def test_v2_a_number_that_knows_nothing_of_the_sale_oversells_without_on_order() -> None:
    day = v1(on_order=False)
    day.write(50)
    assert day.ats == 50
    assert day.ats > day.left


def test_v3_the_same_number_with_the_time_at_which_it_was_true_does_not() -> None:
    day = v1(on_order=False)
    day.write(50, START + timedelta(seconds=30))
    assert day.ats == 46


def test_v4_with_on_order_our_number_needs_no_time() -> None:
    day = v1(on_order=True)
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.published = None
    day.publish()
    assert (int(day.list.records["A"].allocation), day.ats) == (50, 46)


def v5() -> Day:
    day = v1(on_order=True)
    day.hand_over(0)
    day.tick()
    day.export(0)
    day.tick()
    return day


def test_v5_an_export_moves_the_units_and_shows_the_same() -> None:
    day = v5()
    assert (int(day.list.sales("A").on_order), int(day.list.turnover("A")), day.ats) == (0, 4, 46)


def test_v6_after_the_export_our_number_is_the_warehouses() -> None:
    day = v5()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert (int(day.list.turnover("A")), day.ats) == (0, 46)


def test_v6_a_count_from_before_the_hand_over_is_lowered_by_what_it_does_not_contain() -> None:
    day = v5()
    day.published = None
    day.publish()
    assert (sum(one.available for one in day.known.values()), day.ats) == (50, 46)


def test_v7_a_number_dated_before_the_export_would_subtract_twice_and_ours_is_not_dated() -> None:
    day = v5()
    day.write(46, START)
    assert day.ats == 42
    day.published = None
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == 46


def test_v8_what_a_cancellation_does_not_give_back_the_next_count_does() -> None:
    day = v5()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    day.tick()
    day.cancel(0)
    assert day.ats == 46
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == 50


def test_v9_of_two_orders_for_more_than_there_is_the_second_is_refused() -> None:
    day = Day(3)
    assert (day.sell(2), day.sell(2), day.ats) == (True, False, 1)


def test_v7_a_number_dated_when_it_was_true_is_right_too() -> None:
    day = v5()
    day.dated = True
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == day.left == 46


def test_v8_off_a_cancellation_after_the_reset_gives_nothing_back_until_the_next_count() -> None:
    day = v1(on_order=False)
    day.hand_over(0)
    day.export(0)
    day.tick()
    day.write(46)
    day.tick()
    day.cancel(0)
    assert (int(day.list.turnover("A")), day.ats) == (0, 46)
    day.write(50)
    assert day.ats == 50


def test_an_order_counted_and_not_exported_is_too_little_for_a_moment_and_right_once_it_is() -> None:
    # The reference's vector: a is in count and exported, b is exported and not in the count, c is in neither,
    # d is in the count and not exported. Adding d back would be right only until its export lands.
    def sold(units: int, *, counted: bool, exported: bool) -> Demand:
        accepted = START - timedelta(hours=1) if counted else START + timedelta(minutes=1)
        at = accepted if exported else None
        return Demand(
            order_no="n", sku="A", quantity=units, stamp=START, accepted_at=accepted, exported_at=at
        )

    policy = StockPolicy(inventory_list="list", warehouses=("MAIN",))
    record = Count(organisation="o", sku="A", warehouse="MAIN", available=10, sequence=1, as_of=START)
    a, b = sold(2, counted=True, exported=True), sold(3, counted=False, exported=True)
    d = sold(4, counted=True, exported=False)
    allocation, on_order_of_c = target("A", policy, [record], [a, b, d]).allocation, 1
    assert allocation == 7
    assert allocation - on_order_of_c - d.quantity == 2
    told = replace(d, exported_at=START + timedelta(minutes=9))
    written = Published(allocation=7, started_at=START, finished_at=START)
    again = target("A", policy, [record], [a, b, told])
    assert differs(again, written, [a, b, told])
    assert again.allocation - on_order_of_c == 6


def test_by_the_echoed_stamp_what_was_handed_over_later_is_taken_off_and_the_rest_is_not() -> None:
    # Pushed 10, the echo 09:00; handed over 08:59 (2) and 09:02 (3); one more (1) was never handed over,
    # which the storefront takes off itself.
    nine = START.replace(hour=9)
    policy = StockPolicy(inventory_list="list", warehouses=("MAIN",))
    record = Count(
        organisation="o",
        sku="A",
        warehouse="MAIN",
        available=10,
        sequence=1,
        as_of=nine + timedelta(minutes=5),
        last_exported=nine,
    )

    def handed(units: int, minutes: int) -> Demand:
        at = nine + timedelta(minutes=minutes)
        return Demand(order_no="n", sku="A", quantity=units, stamp=at, accepted_at=at)

    never = Demand(order_no="n", sku="A", quantity=1, stamp=nine)
    found = target("A", policy, [record], [handed(2, -1), handed(3, 2), never])
    assert found.allocation - never.quantity == 6


def test_units_that_came_back_by_themselves_hide_no_loss_in_the_warehouse() -> None:
    day = v5()
    day.cancel(0)
    day.physical = 46
    day.tick()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == day.left == 46
