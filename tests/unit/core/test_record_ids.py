"""Tests of the two ways in which a CRM's record ids are written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.record_ids import whole_id

# The example of Salesforce's own documentation of the conversion, and one of our own.
PAIRS = {"001A0000006Vm9r": "001A0000006Vm9rIAC", "003000000000abc": "003000000000abcAAA"}
SHORT = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)


@pytest.mark.parametrize("short", PAIRS)
def test_fifteen_and_eighteen_characters_are_the_same_record(short: str) -> None:
    assert whole_id(short) == whole_id(f" {PAIRS[short]} ") == PAIRS[short]


@given(SHORT)
def test_an_id_of_eighteen_survives_the_loss_of_its_case(short: str) -> None:
    whole = whole_id(short)

    assert whole_id(whole.lower()) == whole_id(whole.upper()) == whole
    assert whole.startswith(short)


@given(SHORT, SHORT)
def test_different_ids_of_fifteen_stay_different_in_any_case(one: str, other: str) -> None:
    assert (whole_id(one).casefold() == whole_id(other).casefold()) == (one == other)


@pytest.mark.parametrize("ending", ["AAB", "AA9", "iac"])
def test_an_end_that_does_not_fit_is_of_the_record_that_the_rest_names(ending: str) -> None:
    assert whole_id(f"003000000000abc{ending}") == "003000000000abcAAA"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0030000000",
        "003000000000ab'",
        "003 000000000abc",
        "x" * 17,
    ],
)
def test_what_is_no_record_id_has_no_whole(text: str) -> None:
    assert whole_id(text) == ""
