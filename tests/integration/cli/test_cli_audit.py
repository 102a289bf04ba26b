"""`inventory audit` as an operator meets it: what it says, and how it ends."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from sync.cli.reading import console_api
from sync.core.inventory import Count
from sync.flows.tally import Tally
from sync.wiring import now
from tests.integration.cli.conftest import SITE

SKUS = {"RA-00001": 7, "RA-00002": 0, "RA-00003": 12}
LIST = "s/-/dw/data/v25_6/inventory_lists/refarch/product_inventory_records"


@pytest.fixture
def published(trade: Any) -> Any:
    """A shop whose storefront has all numbers."""
    trade.bridge.stock_store.save_counts(
        Count(organisation="refarch", sku=sku, warehouse=name, available=units, sequence=1, as_of=now())
        for sku, units in SKUS.items()
        for name, units in [("MAIN", units), ("NORTH", 0)]
    )
    publish(trade)
    return trade


def publish(trade: Any) -> None:
    site = trade.bridge.settings.sites[SITE]
    trade.bridge.publisher.publish(site, None, now() + timedelta(seconds=60), Tally())


def behind_our_back(trade: Any, method: str, sku: str, body: Any = None) -> None:
    base = trade.sandbox.sfcc_url
    grant = {"grant_type": "client_credentials"}
    url = f"{base}/dwsso/oauth2/access_token"
    token = requests.post(url, data=grant, auth=("sandbox", "sandbox"), timeout=10).json()["access_token"]
    head = {"Authorization": f"Bearer {token}"}
    requests.request(method, f"{base}/{LIST}/{sku}", json=body, headers=head, timeout=10).raise_for_status()


@pytest.mark.usefixtures("published")
def test_an_audit_of_what_agrees_says_so_and_ends_well(run: Any) -> None:
    said = run("inventory", "audit", SITE)
    assert (said.code, said.out) == (0, "3 records of refarch read back, 0 differ: all agree\n")
    found = run("inventory", "audit", SITE, "--sample", 2, "--json")
    assert (found.code, found.json["audited"], found.json["differences"]) == (0, 2, [])


def test_what_differs_is_told_and_on_demand_repaired_the_normal_way(run: Any, published: Any) -> None:
    behind_our_back(published, "PATCH", "RA-00001", {"allocation": {"amount": 70}})
    behind_our_back(published, "DELETE", "RA-00003")
    said = run("inventory", "audit", SITE, "--all")
    assert said.code == 1
    assert "3 records of refarch read back, 2 differ" in said.out
    assert "--repair" in said.err
    found = run("inventory", "audit", SITE, "--all", "--repair", "--json")
    assert found.code == 1
    rows = [[one[name] for name in ("sku", "kind", "ours", "theirs")] for one in found.json["differences"]]
    assert rows == [["RA-00001", "allocation", "7", "70"], ["RA-00003", "missing", "12", "no record"]]
    assert all(one["since"] for one in found.json["differences"])
    assert found.json["repaired"] == 2
    (due,) = run("status", "--json").json["messages"]
    assert (due["topic"], due["messages"]) == ("stock.requested", 1)
    publish(published)
    assert run("inventory", "audit", SITE, "--all").code == 0


def test_an_audit_that_cannot_read_is_an_error_and_no_difference(run: Any, published: Any) -> None:
    rule = {"kind": "status", "status": 403, "path": "batch$|product_inventory_records"}
    base = f"{published.sandbox.sfcc_url}/_sandbox/faults"
    requests.put(base, json={"rules": [rule]}, timeout=10).raise_for_status()
    said = run("inventory", "audit", SITE, "--all")
    requests.delete(base, timeout=10).raise_for_status()
    assert said.code == 2
    assert "stock.unreadable: the list refarch of RefArchUK cannot be read back" in said.err
    assert "cure: " in said.err


@pytest.mark.usefixtures("trade")
def test_what_cannot_be_meant_is_a_usage_error(run: Any) -> None:
    assert run("inventory", "audit", "Mars").code == 2
    assert run("inventory", "audit", SITE, "--sample", 2, "--all").code == 2
    assert run("inventory", "audit", SITE, "--sample", 0).code == 2


def test_audits_and_what_is_out_of_the_ordinary_are_metrics(run: Any, published: Any) -> None:
    published.bridge.stock_store.save_counts(
        [
            Count(organisation="refarch", sku="X", warehouse="MAIN", available=-3, sequence=1, as_of=now()),
            Count(organisation="refarch", sku="Y", warehouse="MARS", available=3, sequence=1, as_of=now()),
        ]
    )
    counted = published.bridge.survey.count()
    assert counted["refarch"] | {"strange warehouse": 1, "negative": 1, "uncounted": 2} == counted["refarch"]
    behind_our_back(published, "PATCH", "RA-00001", {"allocation": {"amount": 70}})
    run("inventory", "audit", SITE, "--all", "--repair")
    figures = {one.name: one.values for one in console_api(published.bridge.settings).stock()}
    assert figures["orderbridge_stock_findings"]["refarch", "negative"] == 1.0
    assert figures["orderbridge_stock_findings"]["refarch", "disappeared"] == 0.0
    assert figures["orderbridge_audit_audited"]["refarch",] == 3.0
    assert figures["orderbridge_audit_drifted"]["refarch",] == 1.0
    assert figures["orderbridge_audit_repaired"]["refarch",] == 1.0
    assert figures["orderbridge_audit_open_drifts"]["refarch", "allocation"] == 1.0
    assert figures["orderbridge_audit_last_failed"]["refarch",] == 0.0
    last = figures["orderbridge_audit_last_run_timestamp_seconds"]["refarch",]
    assert last == pytest.approx(now().timestamp(), abs=600)
