"""A site that speaks OCAPI, step by step: what is sent, and what is sent again after a lost answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import DEFAULT_SITES
from sync.core.postings import Kind, Posting
from sync.core.sites import HoldPolicy
from sync.flows.drafts import placed, posting_draft
from tests.integration.flows.conftest import SITE, House


@pytest.fixture
def old_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_house: Callable[[HoldPolicy], House]
) -> House:
    """The house of which the site has not moved."""
    sites = tmp_path / "sites.toml"
    sites.write_text(
        DEFAULT_SITES.read_text().replace(f"[sites.{SITE}]\n", f'[sites.{SITE}]\napi = "ocapi"\n')
    )
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites))
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID", "sandbox")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET", "sandbox")
    return make_house(HoldPolicy())


def shipped(house: House, number: str) -> None:
    for action in ("pick", "pack", "despatch"):
        house.move(number, action)
        house.look(number)
        house.work()


def about(house: House, number: str) -> list[tuple[str, str, str]]:
    """Method, last part of the path, and effect of every write about an order."""
    entries = house._journal(house.sandbox.sfcc_url)
    return [
        (entry["method"], entry["path"].rpartition("/")[2], entry["effect"])
        for entry in entries
        if f"/orders/{number}" in entry["path"] and entry["method"] != "GET"
    ]


def test_an_order_is_read_and_told_by_ocapi_calls_alone(old_house: House) -> None:
    number = old_house.handed_over()
    shipped(old_house, number)
    assert about(old_house, number) == [
        ("PUT", "export_status", "applied"),
        ("PUT", "external_status", "applied"),
        ("PATCH", number, "applied"),
        *[("PUT", "external_status", "applied"), ("PATCH", number, "applied")] * 2,
        ("PUT", "shipping_status", "applied"),
        ("PUT", "external_status", "applied"),
        ("PATCH", number, "applied"),
        ("PUT", "status", "applied"),
    ]
    row = old_house.order(number)
    assert (row["status"], row["shippingStatus"], row["externalOrderStatus"]) == (
        "completed",
        "shipped",
        "shipped",
    )
    assert json.loads(row["c_ofShipments"])[0]["parcels"]
    assert json.loads(row["c_ofStages"])[0].keys() == {"shipment", "picked", "packed"}
    assert old_house.dead() == []
    old_house.nothing_twice()


@pytest.mark.parametrize(
    ("path", "effects"),
    [
        # A status is looked at before it is sent again.
        ("export_status", ["applied"]),
        ("shipping_status", ["applied"]),
        ("/status", ["applied"]),
        # Attributes cannot be told apart from the same ones: they are sent again, and change nothing.
        ("/orders/UK[0-9]+$", ["applied", "repeated"]),
    ],
)
def test_a_write_whose_answer_was_lost_is_repeated_harmlessly(
    old_house: House, path: str, effects: list[str]
) -> None:
    rule = {"kind": "cut_after", "method": "PATCH" if "UK" in path else "PUT", "path": path, "times": 1}
    old_house.shop("PUT", "faults", {"rules": [rule]})
    number = old_house.handed_over()
    shipped(old_house, number)
    old_house.work()
    entries = [e for e in old_house._journal(old_house.sandbox.sfcc_url) if e["fault"] == "cut_after"]
    (cut,) = entries
    again = old_house._journal(old_house.sandbox.sfcc_url)
    told = [e["effect"] for e in again if e["idempotency_key"] == cut["idempotency_key"]]
    assert told == effects
    assert old_house.order(number)["status"] == "completed"
    assert old_house.dead() == []
    old_house.nothing_twice()


def test_an_event_that_was_planned_before_the_site_moved_back_is_kept_and_named(old_house: House) -> None:
    number = old_house.handed_over()
    event = Posting(Kind.FULFILLMENT, "event:1", {"id": "1"})
    old_house.bridge.ledger.add([posting_draft(placed(SITE, number, "before"), number, event)])
    old_house.work()
    assert old_house.dead() == [(number, "storefront.unsupported")]
