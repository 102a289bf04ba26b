import pytest

from schemas.orderflow.results import cancel_result, import_results, result_for
from schemas.orderflow.xml import MissingDataError, UnusableError
from sync.core.errors import Alarm, OrderbridgeError, Rejected, Retryable
from sync.core.ports import Accepted, Canceled, NotCanceled, Refused, Taken, Unanswered

ANSWER = b"""<?xml version="1.0" encoding="UTF-8"?>
<importResult>
  <importSuccesses>
    <import type="order" externalReference="A" entity="order" item="1"/>
    <import type="order" externalReference="A" entity="shipment" item="2"/>
    <import type="order" externalReference="D" entity="order" item="3"/>
  </importSuccesses>
  <importFailures>
    <import type="order" externalReference="B">
      <failureMessage>Import failed</failureMessage><failureDetail>No product 'X'</failureDetail>
    </import>
    <import type="order" externalReference="D"><failureMessage>Half</failureMessage></import>
  </importFailures>
  <importDuplicates>
    <import type="order" externalReference="C"><duplicateMessage>Exists</duplicateMessage></import>
  </importDuplicates>
</importResult>"""


def test_each_reference_has_one_result_over_all_of_its_lines() -> None:
    results = import_results(ANSWER)
    assert results["A"] == Accepted()
    assert results["B"] == Refused("Import failed: No product 'X'")
    assert results["C"] == Taken("Exists")


def test_lines_that_contradict_each_other_answer_nothing() -> None:
    assert import_results(ANSWER)["D"] == Unanswered()


def test_what_the_answer_does_not_mention_is_unanswered() -> None:
    assert result_for("Z", import_results(ANSWER)) == Unanswered()


def test_sections_may_be_missing() -> None:
    assert import_results(b"<importResult/>") == {}


def test_an_error_element_in_a_line_is_a_refusal() -> None:
    line = b'<import externalReference="A"><error>no</error></import>'
    answer = b"<importResult><importSuccesses>" + line + b"</importSuccesses></importResult>"
    assert import_results(answer) == {"A": Refused("no")}


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (
            b"<error><exception>rtd.exceptions.MissingDataException</exception></error>",
            MissingDataError,
            None,
        ),
        (b"<error>plain words</error>", Retryable, "remote.unavailable"),
        (b"<answer><exception>a.b.ServerException</exception></answer>", Retryable, "remote.unavailable"),
        (b"<error><exception>a.AccessDeniedException</exception></error>", Alarm, "credentials.refused"),
        (b"<error><exception>a.XmlParseException</exception></error>", Rejected, "warehouse.refused"),
        (b"<html><body><h2>HTTP ERROR 404</h2></body></html>", Retryable, "remote.unavailable"),
        (b"<html><body><h2>HTTP ERROR: 401</h2></body></html>", Alarm, "credentials.refused"),
    ],
    ids=lambda value: value.decode()[:50] if isinstance(value, bytes) else "",
)
def test_a_failure_in_disguise_is_recognized(
    answer: bytes, kind: type[OrderbridgeError], code: str | None
) -> None:
    with pytest.raises(kind) as caught:
        import_results(answer)
    assert caught.value.code == (code or "warehouse.refused")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<importResult>",
        b"Bad gateway",
        b"<message>ok</message>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><importResult>&a;</importResult>',
    ],
)
def test_what_is_no_import_result_is_unusable(answer: bytes) -> None:
    with pytest.raises(UnusableError):
        import_results(answer)


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("Order 'A' cancelled", Canceled()),
        ("No cancel operation performed for 'A'", NotCanceled("No cancel operation performed for 'A'")),
    ],
)
def test_only_the_known_words_of_a_refusal_are_one(words: str, result: object) -> None:
    assert cancel_result(f"<message>{words}</message>".encode()) == result


@pytest.mark.parametrize("answer", [b"", b"cancelled", b"<importResult/>"])
def test_what_is_no_message_says_nothing_of_a_cancellation(answer: bytes) -> None:
    with pytest.raises(UnusableError):
        cancel_result(answer)
