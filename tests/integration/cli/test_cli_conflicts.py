"""Conflicts by command line: listed, shown and resolved, by whom and why."""

from typing import Any

import pytest

from sync.core.messages import Done, Outcome, Settled
from sync.core.ownership import Owner, Word, conflict

SITE = "RefArchUK"


def found(trade: Any, number: str, field: str, *, alarm: bool = False, **sides: str) -> None:
    """Have a message of the order find a conflict, as a flow does."""
    trade.hear(number)
    (message,) = trade.bridge.ledger.claim(["order.placed"], limit=1, lease=60)
    word = Word(sender=Owner.WAREHOUSE, message=message.id, alarm=alarm)
    values = {"storefront": "1 Way", "warehouse": "2 Road"} | sides
    record = conflict(SITE, number, field, word=word, **values)
    trade.bridge.ledger.settle([Settled(message, Done(Outcome.APPLIED), [record])])


def test_open_conflicts_are_listed_with_both_sides_alarms_first(run: Any, trade: Any) -> None:
    assert "no open conflicts" in run("conflicts").out
    found(trade, "1", "shipment.address")
    found(trade, "2", "shipment.stage", alarm=True, storefront="believed canceled", warehouse="shipped")
    rows = run("conflicts", "list", "--json").json["conflicts"]
    assert [(row["order_no"], row["severity"]) for row in rows] == [("2", "alarm"), ("1", "ordinary")]
    assert (rows[1]["ours"], rows[1]["theirs"], rows[1]["owner"]) == ("1 Way", "2 Road", "storefront")
    assert (rows[1]["sender"], rows[1]["message_id"]) == ("warehouse", 1)
    text = run("conflicts").out
    assert all(word in text for word in ("ALARM", "believed canceled", "1 Way", "2 Road"))


def test_conflicts_are_filtered_by_site_order_state_and_alarm(run: Any, trade: Any) -> None:
    found(trade, "1", "shipment.address")
    found(trade, "2", "shipment.stage", alarm=True)

    def listed(*words: str) -> list[str]:
        rows = run("conflicts", "list", "--json", *words).json["conflicts"]
        return [row["order_no"] for row in rows]

    assert listed("--order", "1") == ["1"]
    assert listed("--alarm") == ["2"]
    assert listed("--site", SITE, "--state", "all") == ["2", "1"]
    assert listed("--site", "RefArchEU") == []
    assert listed("--state", "resolved") == []
    assert run("conflicts", "list", "--state", "half").code == 2


def test_a_decision_is_kept_with_its_person_and_reason_and_may_be_repeated(run: Any, trade: Any) -> None:
    found(trade, "1", "shipment.address")
    (row,) = run("conflicts", "--json").json["conflicts"]
    words = (
        "conflicts",
        "resolve",
        row["id"],
        "--keep",
        "ours",
        "--reason",
        "rang the shopper",
        "--by",
        "ann",
    )
    said = run(*words)
    assert (said.code, "resolved (keep ours)" in said.out) == (0, True)
    assert run(*words).code == 0
    assert run("conflicts", "--json").json["conflicts"] == []
    shown = run("conflicts", "show", row["id"], "--json").json
    assert (shown["state"], shown["resolution"]) == ("resolved", "keep ours")
    assert (shown["resolved_by"], shown["reason"]) == ("ann", "rang the shopper")
    assert "rang the shopper" in run("conflicts", "show", row["id"]).out
    story = run("order", SITE, "1", "--json").json["entries"]
    assert [(e["source"], e["actor"]) for e in story if e["what"] == "resolved"] == [("person", "ann")]


def test_another_decision_comes_too_late(run: Any, trade: Any) -> None:
    found(trade, "1", "order.prices")
    (row,) = run("conflicts", "--json").json["conflicts"]
    run("conflicts", "resolve", row["id"], "--keep", "ours", "--reason", "x", "--by", "ann")
    said = run("conflicts", "resolve", row["id"], "--reassert", "--reason", "y")
    assert (said.code, said.err.splitlines()[0]) == (
        1,
        f"conflict.resolved: conflict {row['id']} is resolved already: keep ours by ann",
    )


def test_what_cannot_be_taken_over_is_a_clear_error_and_stays_open(run: Any, trade: Any) -> None:
    found(trade, "1", "order.prices")
    (row,) = run("conflicts", "--json").json["conflicts"]
    said = run("conflicts", "resolve", row["id"], "--keep", "theirs", "--reason", "x")
    assert said.code == 1
    assert said.err.startswith("conflict.impossible: the storefront's API takes no order.prices")
    assert len(run("conflicts", "--json").json["conflicts"]) == 1


@pytest.mark.usefixtures("trade")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["7", "--keep", "ours", "--reason", "x"], 1),
        (["7", "--reason", "x"], 1),
        (["7", "--keep", "ours", "--reassert", "--reason", "x"], 1),
        (["7", "--keep", "mine", "--reason", "x"], 2),
        (["7", "--keep", "ours", "--reason", " "], 2),
        (["7", "--keep", "ours"], 2),
    ],
    ids=["unknown", "no decision", "two decisions", "no such side", "empty reason", "no reason"],
)
def test_a_decision_that_is_none_changes_nothing(run: Any, words: list[str], code: int) -> None:
    said = run("conflicts", "resolve", *words)
    assert (said.code, said.out) == (code, "")


def test_alarms_are_the_first_thing_in_the_status_and_on_the_order(run: Any, trade: Any) -> None:
    found(trade, "1", "shipment.address")
    found(trade, "2", "shipment.stage", alarm=True, storefront="believed canceled", warehouse="S was shipped")
    status = run("status", "--json").json["conflicts"]
    assert status == {"open": 2, "alarms": 1, "sites": {SITE: {"open": 2, "alarms": 1}}}
    text = run("status").out
    assert text.splitlines()[0].startswith("ALARM: 1 conflict about goods on their way")
    assert "ALARM, conflict" in "".join(run("order", SITE, "2").out.splitlines()[:4])
