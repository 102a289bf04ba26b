"""A site that speaks OCAPI, from the hook to the shopper's parcel: each effect once, in calls that it has."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.stack import OLD_SITE, Live, calm, eventually, started


@pytest.fixture
def old(pytestconfig: pytest.Config) -> Iterator[Live]:
    """The whole stack, seen from the site that has not moved."""
    for live in calm(started(pytestconfig)):
        yield replace(live, site=OLD_SITE)


def calls(live: Live, number: str) -> list[dict[str, Any]]:
    """What the storefront was asked about an order, searches left out."""
    return [entry for entry in live.journal("sfcc") if f"/orders/{number}" in entry["path"]]


def listed(live: Live, number: str, name: str) -> Any:
    return json.loads(live.order(number)[name])


def test_an_order_goes_from_its_hook_to_shipped_by_ocapi_alone(old: Live) -> None:
    number = old.place_plain()
    old.handed_over(number)
    assert old.order(number)["exportStatus"] == "exported"
    for action, status in (("pick", "picked"), ("pack", "packed")):
        old.move(number, action)
        old.told(number, externalOrderStatus=status, shippingStatus="not_shipped")
    (shipment,) = old.move(number, "despatch")["shipments"]
    old.told(number, externalOrderStatus="shipped", shippingStatus="shipped", status="completed")
    old.settle()

    (summary,) = listed(old, number, "c_ofShipments")
    assert [parcel["number"] for parcel in summary["parcels"]] == shipment["tracking"]
    (stages,) = listed(old, number, "c_ofStages")
    assert stages["picked"] <= stages["packed"] <= summary["at"]
    asked = calls(old, number)
    assert {entry["path"].split("/")[1] for entry in asked} == {"s"}
    assert all("/dw/shop/" in e["path"] if e["method"] == "GET" else "/dw/data/" in e["path"] for e in asked)
    assert old.order(number)["events"] == []
    assert all(effects == ["applied"] for effects in old.effects("sfcc", number).values())
    old.no_effect_twice()


def test_an_order_whose_hook_was_lost_is_found_by_order_search(old: Live) -> None:
    old.shop("PUT", "faults", {"hooks": {"drop": 1.0}})
    number = old.place_plain()

    old.ring("tasks.orders.collect", site=OLD_SITE)

    old.handed_over(number)
    assert old.came_by("sweep", number) == old.messages(number)


def test_a_cancellation_in_the_warehouse_cancels_and_lists_what_it_gives_back(old: Live) -> None:
    number = old.place_plain()
    old.handed_over(number)

    old.move(number, "cancel")

    old.told(number, externalOrderStatus="cancelled", status="cancelled", shippingStatus="not_shipped")
    old.settle()
    adjustments = listed(old, number, "c_ofAdjustments")
    assert {one["type"] for one in adjustments} == {"cancellation"}
    totals = [row["amount"] for one in adjustments for row in one["totals"] if row["type"] == "total"]
    assert len(totals) == len(adjustments)
    assert sum(totals) < 0
    assert old.order(number)["events"] == []


@pytest.mark.parametrize(
    ("method", "path", "effects"),
    [
        # What can be seen is looked at before it is sent again, what cannot is the same content again.
        ("PUT", "export_status", ["applied"]),
        ("PATCH", "/dw/data/", ["applied", "repeated"]),
    ],
)
def test_a_write_that_was_done_though_its_answer_was_lost_is_repeated_harmlessly(
    old: Live, method: str, path: str, effects: list[str]
) -> None:
    rule = {"kind": "cut_after", "method": method, "path": path, "times": 1}
    old.shop("PUT", "faults", {"rules": [rule]})
    number = old.place_plain()
    old.handed_over(number)
    old.settle()

    (cut,) = [entry for entry in calls(old, number) if entry["fault"] == "cut_after"]
    assert old.effects("sfcc", number)[cut["idempotency_key"]] == effects
    assert old.order(number)["exportStatus"] == "exported"
    old.no_effect_twice()


def test_a_worker_killed_while_a_status_is_written_writes_it_once(old: Live) -> None:
    number = old.place_plain()
    old.handed_over(number)
    old.settle()
    held = old.hold("sfcc", "PUT", f"{number}/shipping_status")
    old.move(number, "despatch")
    held()

    old.reborn("fulfillment")

    old.told(number, shippingStatus="shipped", externalOrderStatus="shipped", status="completed")
    old.settle()
    assert old.effects("sfcc", f"{number}:shipping-status") == {
        f"{number}:shipping-status:shipped": ["applied"]
    }
    old.no_effect_twice()


def test_a_storefront_that_changes_the_order_meanwhile_is_looked_at_again(old: Live) -> None:
    number = old.place_plain()
    old.handed_over(number)
    stale = '{"fault": {"type": "ResourceStateConflictException", "message": "changed"}}'
    rule = {"kind": "status", "method": "PUT", "path": f"{number}/status", "status": 409, "body": stale}
    old.shop("PUT", "faults", {"rules": [{**rule, "times": 1}]})
    old.move(number, "despatch")
    old.told(number, status="completed")
    old.settle()
    tried = [entry for entry in calls(old, number) if entry["path"].endswith(f"{number}/status")]
    assert [entry["status"] for entry in tried] == [409, 204]
    eventually("nothing left", lambda: not old.messages(number, "posting.planned")[-1]["error_code"])
