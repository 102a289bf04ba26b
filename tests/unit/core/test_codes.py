"""Every code that the house raises is explained to the people who meet it."""

import re
from pathlib import Path

from sync.core.codes import CODES
from sync.receiver.answers import REASONS

HOUSE = Path(__file__).parents[3]
RAISED = re.compile(
    r"\b(?:Retryable|Rejected|Alarm|OutcomeUnknown|Refused|Retry|Dead|InvalidCopy|reject)\(\s*\"([a-z]+\.[a-z_]+)\""
)


def test_every_raised_code_has_a_cause_and_a_cure() -> None:
    raised = {
        code
        for room in ("config", "schemas", "sync", "tasks")
        for file in (HOUSE / room).rglob("*.py")
        if "sandbox" not in file.parts
        for code in RAISED.findall(file.read_text(encoding="utf-8"))
    }
    assert len(raised) > 15
    assert raised <= CODES.keys()


def test_every_reason_of_the_receiver_is_explained_to_the_operator_too() -> None:
    assert REASONS.keys() <= CODES.keys()


def test_every_explanation_has_all_its_parts() -> None:
    assert all(meaning.cause.endswith(".") and meaning.cure.endswith(".") for meaning in CODES.values())
    assert all(meaning.example for meaning in CODES.values())


def test_no_example_would_break_the_table_it_stands_in() -> None:
    assert not [meaning.example for meaning in CODES.values() if "|" in meaning.example]
