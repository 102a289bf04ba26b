from typing import Any

import pytest

SITE = "RefArchUK"


@pytest.fixture
def dead_order(trade: Any) -> str:
    (order_no,) = trade.place(invalid=1.0)
    trade.hear(order_no)
    trade.deliver()
    return str(order_no)


def only(run: Any) -> dict[str, Any]:
    (letter,) = run("dead", "list", "--json").json["dead"]
    return dict(letter)


def test_dead_letters_are_listed_by_code_with_cause_and_cure(run: Any, dead_order: str) -> None:
    letter = only(run)
    assert letter["key"] == dead_order
    said = run("dead", "list")
    assert said.code == 0
    assert f"{letter['code']} (1)" in said.out
    assert letter["cause"] in said.out
    assert letter["cure"] in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("--code", "no.such"),
        ("--site", "RefArchEU"),
        ("--topic", "stock.changed"),
        ("--key", "nobody"),
        ("--before", "36h"),
        ("--id", "999999"),
    ],
)
@pytest.mark.usefixtures("dead_order")
def test_a_filter_leaves_out_what_it_does_not_name(run: Any, words: tuple[str, str]) -> None:
    assert run("dead", "list", *words, "--json").json == {"dead": []}


def test_one_message_is_shown_with_its_attempts_and_its_body_only_when_asked(
    run: Any, dead_order: str
) -> None:
    number = only(run)["id"]
    shown = run("dead", "show", number, "--json").json
    assert "body" not in shown["message"]
    assert [attempt["result"] for attempt in shown["attempts"]] == ["dead"]
    assert dead_order in run("dead", "show", number, "--show-body", "--json").json["message"]["body"]
    assert "attempts" in run("dead", "show", number).out


@pytest.mark.usefixtures("trade")
def test_an_unknown_message_is_a_problem(run: Any) -> None:
    said = run("dead", "show", 999)
    assert (said.code, said.out) == (1, "")


@pytest.mark.usefixtures("dead_order")
def test_a_dry_run_says_what_would_fail_and_changes_nothing(run: Any) -> None:
    said = run("dead", "reprocess", "--all", "--dry-run", "--json")
    assert said.code == 1
    assert (said.json["checked"], said.json["would_pass"]) == (1, 0)
    assert said.json["trials"][0]["code"] == only(run)["code"]


def test_a_requeued_letter_is_dead_no_more_and_the_person_learns_when_it_is_picked_up(
    run: Any, dead_order: str
) -> None:
    said = run("dead", "reprocess", "--key", dead_order)
    assert said.code == 0
    assert "1 requeued; running workers pick it up within 5 s" in said.out
    assert run("dead", "list", "--json").json == {"dead": []}


@pytest.mark.parametrize("command", [("reprocess",), ("discard", "--reason", "test", "--yes")])
def test_a_forgotten_filter_does_not_mean_everything(
    run: Any, dead_order: str, command: tuple[str, ...]
) -> None:
    said = run("dead", *command)
    assert said.code == 2
    assert "--all" in said.err
    assert only(run)["key"] == dead_order


def test_discarding_needs_a_reason_and_a_yes(run: Any, dead_order: str) -> None:
    assert run("dead", "discard", "--all", "--yes").code == 2
    assert run("dead", "discard", "--all", "--yes", "--reason", " ").code == 2
    hesitant = run("dead", "discard", "--all", "--reason", "a test")
    assert hesitant.code == 2
    assert "1 dead letters would be closed" in hesitant.err
    assert only(run)["key"] == dead_order


@pytest.mark.usefixtures("dead_order")
def test_a_discarded_letter_keeps_its_reason(run: Any) -> None:
    number = only(run)["id"]
    assert run("dead", "discard", "--all", "--reason", "a test", "--yes", "--json").json["discarded"] == 1
    assert run("dead", "show", number, "--json").json["message"]["note"] == "discarded: a test"
