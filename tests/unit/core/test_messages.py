import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.messages import Backoff


@pytest.mark.parametrize(
    ("attempt", "delay"),
    [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (10, 512.0), (11, 900.0), (19, 900.0), (20, None), (99, None)],
)
def test_delays_double_up_to_the_longest_until_the_attempts_are_used_up(
    attempt: int, delay: float | None
) -> None:
    assert Backoff(first=1.0, longest=900.0, attempts=20).delay(attempt, 0.0) == delay


def test_the_spread_takes_off_up_to_a_fifth() -> None:
    backoff = Backoff(first=10.0, longest=900.0, attempts=5)
    assert backoff.delay(1, 0.5) == pytest.approx(9.0)
    assert backoff.delay(1, 0.999_999) == pytest.approx(8.0, rel=1e-3)


@given(attempt=st.integers(1, 10_000), spread=st.floats(0, 1, exclude_max=True))
def test_a_delay_is_never_above_the_longest_nor_below_four_fifths_of_the_first(
    attempt: int, spread: float
) -> None:
    delay = Backoff(first=1.0, longest=60.0, attempts=100_000).delay(attempt, spread)
    assert delay is not None
    assert 0.8 <= delay <= 60.0
