"""Laws of links: whatever order proofs arrive in, the newest one of an id holds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.core.links import Judgment, Period, Step, judged

T0 = datetime(2026, 3, 1, tzinfo=UTC)

Proof = tuple[int, str]
PROOFS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from("abc")),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[0],
)


def at(minute: int) -> datetime:
    return T0 + timedelta(minutes=minute)


def told(history: list[Period], value: str, minute: int) -> Judgment:
    """What a proof means; the history is changed as the store changes it."""
    judgment = judged(history, value, at(minute))
    for place, one in enumerate(history):
        changes = {name: getattr(one, name) for name in Period.__slots__}
        if judgment.step is Step.OPEN and one.until is None:
            changes["until"] = judgment.at
        if judgment.step is Step.CONFIRM and one == judgment.period:
            changes["proven_at"] = judgment.at
        if judgment.step is Step.WIDEN and judgment.period:
            if one.until == judgment.period.since:
                changes["until"] = judgment.at
            if one == judgment.period:
                changes["since"] = judgment.at
        history[place] = Period(**changes)
    if judgment.step in {Step.OPEN, Step.PAST}:
        history.append(Period(value=value, since=judgment.at, proven_at=judgment.at, until=judgment.until))
    return judgment


def after(proofs: list[Proof]) -> list[Period]:
    history: list[Period] = []
    for minute, value in proofs:
        told(history, value, minute)
    return history


@given(PROOFS, st.randoms(use_true_random=False))
def test_any_interleaving_of_proofs_ends_in_the_same_open_link(proofs: list[Proof], chance: object) -> None:
    shuffled = list(proofs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    (held,) = [one.value for one in after(shuffled) if one.until is None]

    assert held == max(proofs)[1]


@given(PROOFS)
def test_no_id_that_was_proven_is_lost(proofs: list[Proof]) -> None:
    assert {one.value for one in after(proofs)} == {value for _, value in proofs}


@given(PROOFS)
def test_the_same_proofs_again_write_nothing(proofs: list[Proof]) -> None:
    history = after(proofs)

    assert {told(history, value, minute).step for minute, value in proofs} == {Step.NOTHING}


@given(PROOFS)
def test_in_order_each_id_ends_where_the_next_begins(proofs: list[Proof]) -> None:
    history = after(sorted(proofs))

    assert all(one.until == following.since for one, following in pairwise(history))
    assert all(one.value != following.value for one, following in pairwise(history))


def test_an_id_that_ended_is_had_again_from_its_next_proof() -> None:
    ended = Period(value="a", since=at(0), proven_at=at(3), until=at(5))

    assert judged([ended], "a", at(4)) == Judgment(step=Step.OPEN, at=at(5))
    assert judged([ended], "b", at(9)) == Judgment(step=Step.OPEN, at=at(9))


def test_of_two_ids_of_one_moment_the_one_heard_last_holds() -> None:
    history = after([(1, "a"), (1, "b")])

    assert [(one.value, one.until) for one in history] == [("a", at(1)), ("b", None)]
