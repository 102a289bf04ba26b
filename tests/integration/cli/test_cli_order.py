from typing import Any

import pytest

SITE = "RefArchUK"


def whats(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["what"] for entry in entries]


def test_an_orders_story_runs_from_placed_to_what_the_storefront_was_told(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    trade.hear(order_no)
    trade.deliver()
    trade.move(order_no, "despatch", courier="DPD")
    trade.fulfill(order_no)
    trade.tell()
    said = run("order", SITE, order_no, "--json")
    assert (said.code, said.err) == (0, "")
    entries = said.json["entries"]
    story = [what for what in whats(entries) if what in {"placed", "received", "pushed", "shipped"}]
    assert story == ["placed", "received", "pushed", "shipped"]
    (shipped,) = [entry for entry in entries if entry["what"] == "shipped"]
    assert shipped["parcels"]
    assert all(parcel["url"].endswith(parcel["number"]) for parcel in shipped["parcels"])
    told = [entry["text"] for entry in entries if entry["what"] == "storefront told"]
    assert told[0] == "export status: exported"
    assert {"shipping status: shipped", "order status: completed"} <= set(told)


def test_a_person_reads_the_same_story_with_the_tracking_page(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    trade.hear(order_no)
    trade.deliver()
    trade.move(order_no, "despatch", courier="DPD")
    trade.fulfill(order_no)
    said = run("order", SITE, order_no)
    assert said.code == 0
    assert f"to the warehouse as {order_no}" in said.out
    assert "parcel " in said.out
    assert "https://track" in said.out
    assert "pending" in said.out  # the storefront has not been told yet


def test_a_dead_letter_stands_in_the_story_with_its_reasons_and_cure(run: Any, trade: Any) -> None:
    (order_no,) = trade.place(invalid=1.0)
    trade.hear(order_no)
    trade.deliver()
    said = run("order", SITE, order_no, "--json")
    (dead,) = [entry for entry in said.json["entries"] if entry["what"] == "rejected"]
    assert dead["code"] in dead["text"]
    assert dead["fields"]
    assert dead["cure"]


@pytest.mark.usefixtures("trade")
def test_an_order_nobody_heard_of_is_a_problem_with_a_cure(run: Any) -> None:
    said = run("order", SITE, "nobody")
    assert said.code == 1
    assert said.out == ""
    assert f"orderbridge backfill {SITE}" in said.err


@pytest.mark.usefixtures("trade")
def test_an_unknown_site_is_a_usage_error_that_names_those_there_are(run: Any) -> None:
    said = run("order", "Mars", "1")
    assert said.code == 2
    assert "RefArchUK" in said.err
