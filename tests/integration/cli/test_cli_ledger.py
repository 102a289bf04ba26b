from typing import Any

import pytest

from sync.core.inventory import Count
from sync.wiring import now

SITE = "RefArchUK"


def test_status_counts_messages_by_topic_and_state(run: Any, trade: Any) -> None:
    trade.hear("1", "2")
    said = run("status", "--json")
    assert said.code == 0
    (due,) = said.json["messages"]
    assert (due["topic"], due["state"], due["messages"]) == ("order.placed", "due", 2)
    assert said.json["inbox"] == 0
    text = run("status").out
    assert "order.placed" in text
    assert "since " in text
    assert "inbox: 0 events" in text


def test_status_says_what_died_of_what(run: Any, trade: Any) -> None:
    (order_no,) = trade.place(invalid=1.0)
    trade.hear(order_no)
    trade.deliver()
    (group,) = run("status", "--json").json["dead"]
    assert group["messages"] == 1
    assert group["code"] in run("status").out


def test_status_without_redis_shows_the_rest_and_is_a_problem(
    run: Any, trade: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_REDIS_URL", "redis://127.0.0.1:1/0")
    trade.hear("1")
    said = run("status", "--json")
    assert said.code == 1
    assert said.json["inbox"] is None
    assert said.json["messages"]


@pytest.mark.usefixtures("trade")
def test_a_database_that_is_away_is_one_sentence_and_its_cure(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")
    said = run("status")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("the database is away: ")
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) == 2


@pytest.mark.usefixtures("trade")
def test_an_inventory_sync_is_asked_for_every_time_a_person_asks(run: Any) -> None:
    assert run("inventory", "sync", "--json").json == {"requested": ["refarch"], "new": 1, "skus": []}
    said = run("inventory", "sync", "--organisation", "refarch")
    assert "pick it up within" in said.out
    (due,) = run("status", "--json").json["messages"]
    assert (due["topic"], due["messages"]) == ("stock.requested", 2)
    assert run("inventory", "sync", "--organisation", "nobody").code == 2


def test_an_allocation_is_explained_line_by_line(run: Any, trade: Any) -> None:
    at = now()
    counts = [
        Count(organisation="refarch", sku="A", warehouse=name, available=units, sequence=1, as_of=at)
        for name, units in [("MAIN", 7), ("NORTH", -2)]
    ]
    trade.bridge.stock_store.save_counts(counts)
    found = run("inventory", "explain", SITE, "A", "--json").json
    assert found["terms"] == [
        {"term": "available MAIN", "units": 7},
        {"term": "available NORTH", "units": -2},
    ]
    assert (found["allocation"], found["published"], found["counted"]) == (5, None, True)
    assert "nothing yet" in run("inventory", "explain", SITE, "A").out
    assert found["next"]["writes"] is True


def test_a_sku_or_site_that_is_unknown_is_told_with_the_one_that_may_be_meant(run: Any, trade: Any) -> None:
    odd = ["MUG,1/2 50%", "Größe-Ö", "L" * 300]
    trade.bridge.stock_store.save_counts(
        Count(organisation="refarch", sku=sku, warehouse="MAIN", available=-7, sequence=1, as_of=now())
        for sku in odd
    )
    said = run("inventory", "explain", SITE, "mug,1/2 50")
    assert said.code == 2
    assert "did you mean MUG,1/2 50%?" in " ".join(said.err.replace("│", " ").split())
    assert run("inventory", "explain", "RefArchUX", odd[0]).code == 2
    for sku in odd:
        assert run("inventory", "explain", SITE, sku, "--json").json["sku"] == sku
        text = run("inventory", "explain", SITE, sku).out
        assert max(map(len, text.splitlines())) <= 80
        assert "not counted yet in NORTH" in " ".join(text.split())
    found = run("inventory", "findings", "--site", SITE, "--json").json
    assert sorted({one["sku"] for one in found}) == sorted(odd)
    assert {one["matter"] for one in found} == {"negative", "uncounted"}


@pytest.mark.usefixtures("trade")
def test_a_time_that_is_none_is_a_usage_error(run: Any) -> None:
    said = run("backfill", SITE, "--since", "yesterday")
    assert said.code == 2
    assert "36h" in said.err
