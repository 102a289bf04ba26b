from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.money import apportion, minor_units, quantize

DIGITS = st.sampled_from([0, 2, 3])
WEIGHTS = st.lists(st.integers(-10_000, 10_000).map(Decimal), min_size=1, max_size=8)


@given(units=st.integers(-(10**9), 10**9), weights=WEIGHTS, digits=DIGITS)
def test_the_parts_always_add_up_to_the_total(units: int, weights: list[Decimal], digits: int) -> None:
    total = Decimal(units).scaleb(-digits)
    assert sum(apportion(total, weights, digits)) == total


@given(units=st.integers(-(10**9), 10**9), weights=WEIGHTS, digits=DIGITS)
def test_every_part_is_within_one_minor_unit_of_its_exact_share(
    units: int, weights: list[Decimal], digits: int
) -> None:
    total = Decimal(units).scaleb(-digits)
    basis = [abs(weight) for weight in weights]
    whole = sum(basis)
    shares = [part / whole if whole else Decimal(1) / len(basis) for part in basis]
    for part, share in zip(apportion(total, weights, digits), shares, strict=True):
        assert abs(part - total * share) < Decimal("1.0000001").scaleb(-digits)
        assert part == quantize(part, digits)


@pytest.mark.parametrize(
    ("total", "weights", "digits", "parts"),
    [
        ("10.00", ["1", "1", "1"], 2, ["3.34", "3.33", "3.33"]),
        ("-10.00", ["1", "1", "1"], 2, ["-3.34", "-3.33", "-3.33"]),
        ("0.01", ["0", "0"], 2, ["0.01", "0.00"]),
        ("100", ["2", "1"], 0, ["67", "33"]),
        ("5.00", ["0", "9"], 2, ["0.00", "5.00"]),
    ],
)
def test_a_total_is_apportioned_by_largest_remainder(
    total: str, weights: list[str], digits: int, parts: list[str]
) -> None:
    found = apportion(Decimal(total), [Decimal(weight) for weight in weights], digits)
    assert found == [Decimal(part) for part in parts]


def test_nothing_is_apportioned_among_nobody() -> None:
    assert apportion(Decimal(5), [], 2) == []


@pytest.mark.parametrize(
    ("amount", "digits", "units"),
    [("1.005", 2, 101), ("-1.005", 2, -101), ("12.5", 0, 13), ("1.2345", 3, 1235)],
)
def test_half_a_minor_unit_is_rounded_away_from_zero(amount: str, digits: int, units: int) -> None:
    assert minor_units(Decimal(amount), digits) == units
