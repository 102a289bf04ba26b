"""The rules of an offer: what each term does, and the laws that hold whatever the rules say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.inventory import (
    Count,
    Demand,
    Manner,
    Percent,
    Share,
    StockPolicy,
    StockRule,
    differs,
    newest_of,
    target,
    uncounted,
    withheld,
)
from sync.core.inventory.policy import Safety
from sync.core.inventory.published import Published

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = StockPolicy(inventory_list="list", warehouses=("MAIN", "NORTH"))


def percent(value: str) -> Percent:
    return Percent(Decimal(value))


def count(
    available: int, warehouse: str = "MAIN", *, sequence: int = 1, at: int = 0, missed: int = 0
) -> Count:
    return Count(
        organisation="o",
        sku="A-1",
        warehouse=warehouse,
        available=available,
        sequence=sequence,
        as_of=T0 + timedelta(seconds=at),
        missed=missed,
    )


def taken(units: int, at: int, *, own: bool = True) -> Demand:
    when = T0 + timedelta(seconds=at)
    return Demand(order_no="7", sku="A-1", quantity=units, stamp=when, accepted_at=when, own=own)


def offered(policy: StockPolicy, *counts: Count, demand: tuple[Demand, ...] = ()) -> int:
    return target("A-1", policy, counts, demand).allocation


@pytest.mark.parametrize(
    ("safety", "units", "kept"),
    [
        (3, 10, 3),
        (3, 2, 2),
        (3, -4, 0),
        (percent("10"), 10, 1),
        (percent("10"), 11, 2),
        (percent("0.1"), 1, 1),
        (percent("100"), 7, 7),
        (percent("0"), 7, 0),
        (percent("2.5"), 10**12, 25 * 10**9),
    ],
)
def test_a_percentage_is_rounded_against_the_shopper_and_nothing_keeps_back_more_than_there_is(
    safety: Safety, units: int, kept: int
) -> None:
    assert withheld(safety, units) == kept


def test_the_rule_for_a_sku_goes_before_its_class_and_that_before_the_site() -> None:
    by_class = StockRule(sku_class="fragile", safety=3)
    policy = replace(POLICY, safety_stock=1, classes={"fragile": ("A-*",)}, rules=(by_class,))
    counts = count(10), count(10, "NORTH")
    assert offered(replace(policy, rules=()), *counts) == 19
    assert offered(policy, *counts) == 17
    # Where it stands makes no difference, unless both are as specific: then the later one holds.
    own = StockRule(sku="A-1", safety=0)
    assert offered(replace(policy, rules=(own, by_class)), *counts) == 20
    assert offered(replace(policy, rules=(own, StockRule(sku="A-1", safety=6))), *counts) == 14
    assert offered(replace(policy, rules=(StockRule(sku="B", safety=6),)), *counts) == 19


def test_an_order_is_one_term_however_many_of_its_lines_name_the_sku() -> None:
    found = target("A-1", POLICY, [count(9)], [taken(1, 5), taken(2, 5)])
    assert ("order 7 not in the count", -3) in found.terms
    assert found.allocation == 6


def test_a_class_names_its_skus_or_how_they_begin() -> None:
    policy = replace(POLICY, classes={"a": ("A-*",), "one": ("A-1",), "b": ("B-*", "A"), "all": ("*",)})
    assert policy.classes_of("A-1") == ["a", "one", "all"]


def test_a_warehouses_safety_stock_comes_out_of_its_own_count_alone() -> None:
    policy = replace(POLICY, rules=(StockRule(warehouse="NORTH", safety=5),))
    assert offered(policy, count(10), count(3, "NORTH")) == 10
    assert offered(policy, count(10), count(8, "NORTH")) == 13
    assert offered(policy, count(10), count(-3, "NORTH")) == 7


def test_each_value_is_taken_from_the_most_specific_rule_that_has_it() -> None:
    rules = (
        StockRule(sku_class="a", ceiling=5, handling="preorder", future_units=9),
        StockRule(sku="A-1", perpetual=True),
    )
    policy = replace(POLICY, ceiling=50, classes={"a": ("A-*",)}, rules=rules)
    found = target("A-1", policy, [count(10), count(0, "NORTH")], [])
    assert (found.allocation, found.manner) == (
        5,
        Manner(perpetual=True, handling="preorder", future_units=9),
    )
    assert target("B", policy, [count(10), count(0, "NORTH")], []).manner == Manner()


def test_a_manner_that_is_not_the_written_one_must_be_written_and_none_leaves_the_record() -> None:
    wanted = target("A-1", replace(POLICY, rules=(StockRule(sku="A-1", perpetual=True),)), [count(3)], [])
    given_so = Published(allocation=3, started_at=T0, finished_at=T0)
    assert differs(wanted, given_so, [])
    assert not differs(wanted, replace(given_so, manner=wanted.manner), [])
    assert not differs(replace(wanted, manner=Manner()), replace(given_so, manner=wanted.manner), [])


def test_a_warehouse_under_its_old_name_is_counted_once_and_says_so() -> None:
    policy = replace(POLICY, warehouses=("MAIN",), renamed={"HAUPT": "MAIN"})
    assert uncounted(policy, [count(4, "HAUPT")]) == []
    found = target("A-1", policy, [count(4, "HAUPT")], [])
    assert found.terms == (("available MAIN (told as HAUPT)", 4),)
    assert offered(policy, count(9, "HAUPT"), count(6, at=10)) == 6
    absent = replace(count(0, sequence=0, at=99), missing_since=T0)
    assert offered(policy, count(9, "HAUPT"), absent) == 9
    assert offered(policy, count(9, "HAUPT", at=10), count(6)) == 9


def test_an_uncounted_warehouse_is_waited_for_or_is_zero_as_the_site_says() -> None:
    lenient = replace(POLICY, uncounted="zero")
    assert uncounted(POLICY, [count(5)]) == ["NORTH"]
    assert uncounted(lenient, [count(5)]) == []
    assert target("A-1", lenient, [count(5)], []).terms[-1] == ("not counted NORTH", 0)
    # What no warehouse has counted is not published, whatever the site says.
    assert uncounted(lenient, []) == ["MAIN", "NORTH"]


def test_what_pulls_no_longer_tell_of_is_kept_or_zero_after_so_many() -> None:
    strict = replace(POLICY, warehouses=("MAIN",), disappeared="zero", disappeared_after=3)
    assert offered(strict, count(5, missed=2)) == 5
    assert offered(strict, count(5, missed=3)) == 0
    assert offered(strict, count(-5, missed=3)) == 0
    assert offered(replace(strict, disappeared="keep"), count(5, missed=99)) == 5


def test_what_another_list_sold_of_the_same_stock_is_taken_off_while_no_count_contains_it() -> None:
    policy = replace(POLICY, warehouses=("MAIN",))
    assert offered(policy, count(10), demand=(taken(3, 1, own=False),)) == 7
    assert offered(policy, count(10, at=60), demand=(taken(3, 1, own=False),)) == 10


SAFETIES = st.integers(0, 30) | st.decimals(0, 100, places=2).map(Percent)
RULES = st.lists(
    st.builds(
        StockRule,
        sku=st.sampled_from(["", "A-1", "B"]),
        warehouse=st.sampled_from(["MAIN", "NORTH"]),
        safety=SAFETIES,
    )
    | st.builds(
        StockRule,
        sku=st.sampled_from(["A-1", "B"]),
        safety=st.none() | SAFETIES,
        ceiling=st.none() | st.integers(0, 40),
    ),
    max_size=4,
).map(tuple)
POLICIES = st.builds(
    StockPolicy,
    inventory_list=st.just("list"),
    warehouses=st.just(("MAIN", "NORTH")),
    safety_stock=SAFETIES,
    ceiling=st.none() | st.integers(0, 60),
    rules=RULES,
    disappeared=st.sampled_from(["keep", "zero"]),
    share=st.just(Share())
    | st.decimals(0, 100, places=1).map(lambda v: Share(kind="quota", quota=Percent(v))),
)
NUMBERS = st.tuples(st.integers(-30, 60), st.integers(-30, 60))
UNSEEN = st.lists(st.integers(1, 9), max_size=4).map(lambda units: tuple(taken(one, 9) for one in units))


@given(POLICIES, NUMBERS, UNSEEN)
def test_an_offer_is_never_negative_never_more_than_there_is_and_always_the_sum_of_its_terms(
    policy: StockPolicy, numbers: tuple[int, int], demand: tuple[Demand, ...]
) -> None:
    found = target("A-1", policy, [count(numbers[0]), count(numbers[1], "NORTH")], demand)
    assert found.allocation == sum(units for _, units in found.terms)
    assert 0 <= found.allocation <= max(0, sum(numbers) - sum(one.quantity for one in demand))
    ceiling = policy.ceiling_of("A-1")
    assert ceiling is None or found.allocation <= ceiling


def more(safety: Safety, by: int) -> Safety:
    return safety + by if isinstance(safety, int) else Percent(min(Decimal(100), safety.value + by))


@given(POLICIES, NUMBERS, UNSEEN, st.integers(0, 20))
def test_more_safety_stock_anywhere_never_offers_more(
    policy: StockPolicy, numbers: tuple[int, int], demand: tuple[Demand, ...], by: int
) -> None:
    counts = [count(numbers[0]), count(numbers[1], "NORTH")]
    rules = tuple(
        rule if rule.safety is None else replace(rule, safety=more(rule.safety, by)) for rule in policy.rules
    )
    safer = replace(policy, safety_stock=more(policy.safety_stock, by), rules=rules)
    before, after = (target("A-1", one, counts, demand).allocation for one in (policy, safer))
    assert after <= before


@given(
    st.lists(
        st.tuples(st.integers(-9, 30), st.sampled_from(["MAIN", "NORTH"]), st.integers(1, 6)),
        unique_by=lambda told: told[1:],
        min_size=1,
    ),
    st.integers(1, 4),
    st.randoms(),
)
def test_counts_one_by_one_in_batches_or_shuffled_make_the_same_offer(
    told: list[tuple[int, str, int]], size: int, random: Random
) -> None:
    counts = [count(units, name, sequence=number, at=number) for units, name, number in told]
    shuffled = random.sample(counts, len(counts))
    kept: list[Count] = []
    for start in range(0, len(shuffled), size):
        kept = newest_of([*kept, *shuffled[start : start + size]])
    lenient = replace(POLICY, uncounted="zero")
    assert target("A-1", lenient, kept, []) == target("A-1", lenient, newest_of(counts), [])


@given(
    st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=4).filter(lambda parts: sum(parts) <= 100),
    POLICIES,
    NUMBERS,
    UNSEEN,
)
def test_lists_that_share_by_quota_never_offer_more_together_than_may_be_sold(
    parts: list[Decimal], policy: StockPolicy, numbers: tuple[int, int], demand: tuple[Demand, ...]
) -> None:
    counts = [count(numbers[0]), count(numbers[1], "NORTH")]
    lists = [replace(policy, share=Share(kind="quota", quota=Percent(part))) for part in parts]
    sold = sum(one.quantity for one in demand)
    assert sum(offered(one, *counts, demand=demand) for one in lists) <= max(0, sum(numbers) - sold)


@given(st.lists(POLICIES, min_size=1, max_size=4), NUMBERS, UNSEEN)
def test_lists_that_share_by_priority_never_offer_more_together_than_may_be_sold(
    policies: list[StockPolicy], numbers: tuple[int, int], demand: tuple[Demand, ...]
) -> None:
    counts = [count(numbers[0]), count(numbers[1], "NORTH")]
    lists = [
        replace(one, share=Share(kind="priority", priority=place + 1, seniors=tuple(policies[:place])))
        for place, one in enumerate(policies)
    ]
    sold = sum(one.quantity for one in demand)
    assert sum(offered(one, *counts, demand=demand) for one in lists) <= max(0, sum(numbers) - sold)


def test_by_priority_the_first_list_has_what_it_wants_and_the_next_the_rest() -> None:
    first = replace(POLICY, inventory_list="first", ceiling=6, share=Share(kind="priority", priority=1))
    second = replace(POLICY, share=Share(kind="priority", priority=2, seniors=(first,)))
    counts = count(10), count(0, "NORTH")
    assert (offered(first, *counts), offered(second, *counts)) == (6, 4)
    assert target("A-1", second, counts, []).terms[-1] == ("list first goes first", -6)
