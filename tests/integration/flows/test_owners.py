"""The owner's direction of every row of the ownership table: its value is applied in the other system."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.core.ownership import OWNERSHIP, Owner
from sync.core.ports.conflicts import Resolution
from sync.flows.inventory import TOPICS
from tests.integration.flows.conftest import PLENTY, SITE
from tests.integration.flows.test_ownership import SILENT, STRANGERS, traded

Row = dict[str, Any]
Shown = tuple[object, object]


def details(of: Callable[[Row], object], name: str) -> Callable[[Any, str], Shown]:
    """What the storefront's document says, and the member of the warehouse's order that must say it."""

    def shown(house: Any, number: str) -> Shown:
        (stored,) = house.alive(number)
        there = stored["details"] | stored["shipments"][0]["details"]
        return str(of(house.edit(number))), there[name]

    return shown


def lines(of: Callable[[Row], object], there: Callable[[Row], object]) -> Callable[[Any, str], Shown]:
    def shown(house: Any, number: str) -> Shown:
        (stored,) = house.alive(number)
        ours = sorted(str(of(row)) for row in house.edit(number)["productItems"])
        return ours, sorted(str(there(row)) for row in stored["shipments"][0]["lines"])

    return shown


def canceled(house: Any, number: str) -> Shown:
    house.news(number, "order.cancel_requested")
    house.work()
    return "cancelled", house.stored(number)[0]["state"]


def attribute(name: str, member: str, of: Callable[[Row], object]) -> Callable[[Any, str], Shown]:
    """What the warehouse holds, and what the first row of the storefront's attribute says of it."""

    def shown(house: Any, number: str) -> Shown:
        (stored,) = house.stored(number)
        return of(stored["shipments"][0]), json.loads(house.edit(number)[name])[0][member]

    return shown


def units(shipment: Row) -> list[Row]:
    rows = [{"quantity": line["quantity"], "sku": line["sku"]} for line in shipment["lines"]]
    return sorted(rows, key=lambda row: str(row["sku"]))


def stage(house: Any, number: str) -> Shown:
    (stored,) = house.stored(number)
    told = {"despatched": "shipped"}.get(stored["state"])
    return told, house.order(number)["shippingStatus"]


def line_canceled(house: Any, number: str) -> Shown:
    other = house.handed_over()
    sku = house.stored(other)[0]["lines"][0]["sku"]
    cancel = {"lines": [{"sku": sku, "quantity": 1}]}
    house.yard("POST", f"shipments/{other}/cancel?channel={SITE}", cancel)
    house.look(other)
    house.work()
    row = json.loads(house.edit(other)["c_ofShipments"])[0]
    assert number != other
    return cancel["lines"], row["items"]


def came_back(house: Any, number: str) -> Shown:
    sku = house.stored(number)[0]["lines"][0]["sku"]
    return [{"quantity": 1, "sku": sku}], json.loads(house.edit(number)["c_ofReturns"])[0]["items"]


def count(house: Any, _number: str) -> Shown:
    site, sku = house.bridge.settings.sites[SITE], PLENTY[-1]
    house.yard("POST", "stock", {"sku": sku, "site": "MAIN", "total": 321})
    house.bridge.ledger.add([house.bridge.inventory.request(site.organisation, "test", [sku])])
    house.bridge.loop.deliver(TOPICS, house.bridge.inventory.deliver, house.bridge.work)
    written = house.shop("GET", f"inventory?list={site.stock.inventory_list}")[sku]
    counted = house.yard("GET", f"stock?sku={sku}")[sku]
    return sum(counted[one]["total"] for one in site.stock.warehouses), written["allocation"]


OWNERS: Mapping[str, Callable[[Any, str], Shown]] = {
    "order.lines": lines(lambda row: row["productId"], lambda row: row["sku"]),
    "order.quantities": lines(lambda row: row["quantity"], lambda row: row["quantity"]),
    "order.prices": details(lambda row: row["orderTotal"], "totalPriceGross"),
    "order.taxes": details(lambda row: row["taxTotal"], "totalTax"),
    "order.discounts": details(lambda row: row["couponItems"][0]["code"], "promotionCode"),
    "order.customer": details(lambda row: row["customerInfo"]["email"], "deliveryEmailAddress"),
    "order.billing": details(lambda row: row["billingAddress"]["postalCode"], "invoicePostCode"),
    "order.payments": details(
        lambda row: row["paymentInstruments"][0]["paymentMethodId"], "paymentGatewayIdentifier"
    ),
    "order.cancellation": canceled,
    "shipment.address": details(
        lambda row: row["shipments"][0]["shippingAddress"]["address1"], "deliveryAddressLine1"
    ),
    "shipment.method": details(
        lambda row: {"UK-STD": "STD48"}[row["shipments"][0]["shippingMethod"]["id"]], "deliverySuggestionCode"
    ),
    "order.reference": lambda house, number: (
        house.stored(number)[0]["reference"],
        house.edit(number)["c_ofOrderRef"],
    ),
    "shipment.stage": stage,
    "shipment.items": attribute("c_ofShipments", "items", units),
    "shipment.canceled": line_canceled,
    "shipment.parcels": attribute(
        "c_ofShipments", "parcels", lambda row: [{"number": one} for one in row["tracking"]]
    ),
    "shipment.carrier": attribute("c_ofShipments", "carrier", lambda row: row["courier"]),
    "shipment.tracking": attribute(
        "c_ofShipments",
        "parcels",
        lambda row: [{"url": f"https://track.dpd.example/parcels/{one}"} for one in row["tracking"]],
    ),
    "shipment.times": attribute("c_ofShipments", "at", lambda row: row["completed"]),
    "return.items": came_back,
    "stock.count": count,
}


@pytest.mark.parametrize("field", OWNERSHIP)
def test_the_owners_value_is_what_the_other_system_has(house: Any, field: str) -> None:
    number = traded(house, field)
    assert house.edit(number) is not None
    owner, other = OWNERS[field](house, number)
    assert owner
    assert alike(owner, other), (owner, other)
    assert house.dead() == []


def alike(owner: object, other: object) -> bool:
    """Rows that name only some members are compared by those, times to two seconds.

    The warehouse cuts them to whole ones, and what it does not tell the time of has that of its arrival.
    """
    if isinstance(owner, list) and owner and isinstance(owner[0], dict) and isinstance(other, list):
        return [{name: row[name] for name in owner[0]} for row in other] == owner
    if isinstance(owner, str) and isinstance(other, str) and "T" in owner and owner[:2] == "20":
        return abs(datetime.fromisoformat(owner) - datetime.fromisoformat(other)) < timedelta(seconds=2)
    return owner == other


AGAIN = [field for field in OWNERSHIP if field not in SILENT]


@pytest.mark.parametrize("field", AGAIN)
def test_the_owners_value_is_written_once_more_over_anothers(house: Any, field: str) -> None:
    """At once where no person need say so, else by a person's word."""
    number = traded(house, field)
    STRANGERS[field](house, number)
    house.work()
    rule = OWNERSHIP[field]
    if not rule.at_once:
        house.yard("PUT", "switches", {"cancel_limit": "packed"})
        (one,) = house.disputed(number)
        house.bridge.conflicts.resolve(one.id, Resolution.REASSERT, actor="ann", reason="a test")
        house.work()
    if field == "order.cancellation":
        assert house.stored(number)[0]["state"] == "cancelled"
        return
    if rule.owner is Owner.STOREFRONT:
        assert [row["state"] == "cancelled" for row in house.stored(number)] == [True, False]
    owner, other = OWNERS[field](house, number)
    assert alike(owner, other), (owner, other)
    assert house.dead() == []
