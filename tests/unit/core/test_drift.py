"""Drift: what of a record is compared, and what sales may change of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.inventory import Kind, Manner, Published, Shown, drift, extra

T0 = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
GIVEN = T0.replace(microsecond=123000)
WRITTEN = Published(allocation=7, started_at=T0, finished_at=T0 + timedelta(seconds=2))
SHOWN = Shown(units=Decimal("7.0"), at=GIVEN, changed=T0 + timedelta(seconds=1))


def test_the_number_and_the_moment_that_were_written_agree_though_kept_in_milliseconds() -> None:
    assert drift("A", WRITTEN, SHOWN) is None


@pytest.mark.parametrize(
    ("change", "kind", "theirs"),
    [
        ({"units": Decimal(8)}, Kind.ALLOCATION, "8"),
        ({"units": Decimal("6.50")}, Kind.ALLOCATION, "6.5"),
        ({"units": Decimal(10) ** 12}, Kind.ALLOCATION, "1000000000000"),
        ({"at": T0 + timedelta(minutes=1)}, Kind.TIME, "true at 2026-03-01T12:01:00.123+00:00"),
        ({"at": T0 - timedelta(minutes=1)}, Kind.TIME, "true at 2026-03-01T11:59:00.123+00:00"),
    ],
)
def test_another_number_or_moment_is_drift(change: Any, kind: Kind, theirs: str) -> None:
    found = drift("A", WRITTEN, replace(SHOWN, **change))
    assert found is not None
    assert (found.sku, found.kind, found.theirs) == ("A", kind, theirs)


def test_a_record_that_is_gone_is_missing_since_it_was_written() -> None:
    found = drift("A", WRITTEN, None)
    assert found is not None
    assert (found.kind, found.ours, found.since) == (Kind.MISSING, "7", WRITTEN.finished_at)


def test_a_moment_that_is_not_told_is_not_compared() -> None:
    assert drift("A", WRITTEN, replace(SHOWN, at=None)) is None


@given(st.floats(0, 2))
def test_where_the_moment_is_ignored_that_of_the_write_is_ours_too(seconds: float) -> None:
    at = T0 + timedelta(seconds=seconds)
    assert drift("A", WRITTEN, replace(SHOWN, at=at)) is None


def test_it_can_have_come_about_only_after_our_write_and_not_before_the_record_changed() -> None:
    later = T0 + timedelta(hours=1)
    found = drift("A", WRITTEN, Shown(units=Decimal(9), at=GIVEN, changed=later))
    assert found is not None
    assert found.since == later
    unknown = drift("A", WRITTEN, Shown(units=Decimal(9), at=None))
    assert unknown is not None
    assert unknown.since == WRITTEN.finished_at


def test_of_the_manner_only_what_was_written_is_compared() -> None:
    theirs = replace(SHOWN, manner=Manner(perpetual=True, handling="backorder", future_units=3))
    assert drift("A", WRITTEN, theirs) is None
    ours = replace(WRITTEN, manner=Manner(handling="backorder", future_units=5))
    found = drift("A", ours, theirs)
    assert found is not None
    assert (found.kind, found.ours, found.theirs) == (Kind.MANNER, "future_units 5", "future_units 3")


def test_a_date_of_arrival_may_have_lost_its_microseconds() -> None:
    ours = replace(WRITTEN, manner=Manner(in_stock_date=T0))
    assert drift("A", ours, replace(SHOWN, manner=Manner(in_stock_date=GIVEN))) is None
    assert drift("A", ours, replace(SHOWN, manner=Manner(in_stock_date=None))) is not None


def test_a_record_of_what_nobody_counts_is_told_with_its_number() -> None:
    found = extra("A", SHOWN)
    assert (found.kind, found.ours, found.theirs, found.since) == (Kind.EXTRA, "never counted", "7", GIVEN)
