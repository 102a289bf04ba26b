"""`inventory sync SITE --full` against the stand-ins, as the only worker there is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sync.clients.orderflow import OrderflowClient
from sync.core.inventory import Count
from sync.wiring import now
from tests.integration.cli.conftest import SITE, Trade

LIST = "refarch"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the warehouse tell of a few products of the real document: all 5,000 prove nothing more."""
    whole = OrderflowClient.counts

    def counts(client: OrderflowClient, organisation: str, skus: Any = None) -> Iterator[Count]:
        return (one for one in whole(client, organisation, skus) if one.sku <= "RA-00009")

    monkeypatch.setattr(OrderflowClient, "counts", counts)


def writes(trade: Trade) -> list[str]:
    """Return the SKU of every record that the storefront's journal has as written."""
    text = requests.get(f"{trade.sandbox.sfcc_url}/_sandbox/journal", timeout=30).text
    entries = map(json.loads, text.splitlines())
    return [
        entry["path"].rpartition("/")[2]
        for entry in entries
        if "/product_inventory_records/" in entry["path"] and entry["effect"] == "applied"
    ]


def test_everything_is_written_once_though_nothing_differs_and_a_dry_run_writes_nothing(
    run: Any, trade: Trade
) -> None:
    first = run("inventory", "sync", SITE, "--full", "--json")
    assert first.code == 0
    told = first.json
    assert told["not_written"] == 0
    assert told["written"] == len(set(writes(trade))) > 1
    before = len(writes(trade))
    counted = run("inventory", "sync", SITE, "--full", "--dry-run", "--json").json
    assert (counted["would_write"], counted["differ"]) == (told["written"], 0)
    assert len(writes(trade)) == before
    again = run("inventory", "sync", SITE, "--full")
    assert again.out.startswith(f"{told['written']} SKUs written to list {LIST}")
    assert sorted(writes(trade)[before:]) == sorted(set(writes(trade)))


def test_a_sku_that_is_refused_is_told_by_the_exit_code_and_tried_by_the_next_full_run(
    run: Any, trade: Trade
) -> None:
    switches = f"{trade.sandbox.sfcc_url}/_sandbox/switches"
    assert requests.put(switches, json={"unknown_products": "RA-00001"}, timeout=10).ok
    said = run("inventory", "sync", SITE, "--full")
    assert said.code == 1
    assert "1 SKUs were not written" in said.err
    assert requests.put(switches, json={"unknown_products": ""}, timeout=10).ok
    assert run("inventory", "sync", SITE, "--full", "--json").json["not_written"] == 0
    assert "RA-00001" in writes(trade)


@pytest.mark.usefixtures("trade")
@pytest.mark.parametrize(
    "words",
    [
        ("--full",),
        (SITE, "--dry-run"),
        (SITE, "--full", "--sku", "A"),
        (SITE, "--full", "--organisation", "refarch"),
        ("nowhere", "--full"),
        (SITE, "--organisation", "other"),
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(run: Any, words: tuple[str, ...]) -> None:
    assert run("inventory", "sync", *words).code == 2


def test_a_site_names_its_organisation(run: Any, trade: Trade) -> None:
    assert run("inventory", "sync", SITE, "--json").json["requested"] == ["refarch"]
    one = Count(organisation="refarch", sku="A", warehouse="MAIN", available=1, sequence=1, as_of=now())
    trade.bridge.stock_store.save_counts([one])
    assert "0 SKUs would be written" in run("inventory", "sync", SITE, "--full", "--dry-run").out
