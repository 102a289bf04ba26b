"""Tests of how people are told apart, and of the names that stand for their addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.people import Pseudonyms, normalized

KEY = "k" * 16


@pytest.mark.parametrize(
    "told", ["Mia.Meyer@Example.test", " mia.meyer@example.TEST\n", "MIA.MEYER@EXAMPLE.TEST"]
)
def test_case_and_surrounding_space_make_no_other_person(told: str) -> None:
    assert normalized(told) == "mia.meyer@example.test"
    assert Pseudonyms(KEY).of(told) == Pseudonyms(KEY).of("mia.meyer@example.test")


@pytest.mark.parametrize("other", ["mia+shop@example.test", "m.ia@example.test", "mia@example.tes"])
def test_a_plus_or_a_dot_makes_another_person(other: str) -> None:
    assert Pseudonyms(KEY).of(other) != Pseudonyms(KEY).of("mia@example.test")


def test_an_accent_is_the_same_however_it_is_composed() -> None:
    assert Pseudonyms().of("jose\u0301@example.test") == Pseudonyms().of("jos\u00e9@example.test")


def test_another_key_gives_another_name() -> None:
    names = {Pseudonyms(key).of("mia@example.test") for key in ("", KEY, "x" * 64)}

    assert len(names) == 3


def test_nobody_has_no_name() -> None:
    assert Pseudonyms(KEY).of("  ") == ""


@given(st.text(min_size=1).filter(str.strip))
def test_a_name_is_32_digits_and_holds_nothing_of_the_address(email: str) -> None:
    name = Pseudonyms(KEY).of(email)

    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Pseudonyms(KEY))
