"""Whatever happens in whatever order: never more is shown than is left, and all of it in the end."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.core.stock_day import Day

STEPS = (
    "sell",
    "gain",
    "hand_over",
    "export",
    "cancel",
    "ship",
    "count",
    "hear",
    "hear_north",
    "begin",
    "land",
)


STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 5))


@settings(max_examples=400, deadline=None)
@given(
    physical=st.integers(0, 20),
    steps=st.lists(STEP, max_size=50),
    dated=st.booleans(),
    honoured=st.booleans(),
)
@example(
    physical=10,
    # Canceled after its export, which came after the allocation: the units come back by themselves.
    steps=[
        ("sell", 4),
        ("hand_over", 0),
        ("export", 0),
        ("cancel", 0),
        ("count", 0),
        ("hear", 0),
        ("hear_north", 0),
        ("begin", 0),
    ],
    dated=False,
    honoured=True,
)
@example(
    # Handed over while a write is under way that was computed before; its export would be forgotten by it.
    physical=10,
    steps=[
        ("gain", 2),
        ("count", 0),
        ("hear", 0),
        ("begin", 0),
        ("sell", 4),
        ("hand_over", 0),
        ("export", 0),
        ("land", 0),
    ],
    dated=True,
    honoured=False,
)
def test_what_is_shown_never_exceeds_what_is_left_and_returns_to_it_when_all_is_quiet(
    *, physical: int, steps: list[tuple[str, int]], dated: bool, honoured: bool
) -> None:
    day = Day(physical, dated=dated, honoured=honoured)
    for name, number in steps:
        day.tick()
        getattr(day, name)(number)
        assert day.ats <= day.left
    day.quiet()
    assert day.ats == day.left
