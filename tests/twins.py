"""Twins: orders with the same lines and story must end alike, but for names, numbers and moments."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sync.core.fulfillment import Known

PLACES = ["accepted", "picked", "packed", "part_cancelled", "cancelled", "part_shipped", "shipped"]
PLACES += ["part_returned", "returned"]
STATUSES = ("status", "shippingStatus", "externalOrderStatus", "exportStatus")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
Row = Mapping[str, Any]


def known_alike(known: Known, number: str) -> Any:
    """Return what the ledger knows of an order; a return counts as the report tells it."""
    shipments = {
        name.replace(number, "N"): (
            one.stage,
            sorted((item.sku, item.quantity) for item in one.items),
            sorted((item.sku, item.quantity) for item in one.given_up),
            len(one.parcels),
            one.carrier,
        )
        for name, one in known.shipments.items()
    }
    returns = Counter(
        tuple(sorted((item.sku, item.quantity) for item in one.items))
        for one in known.returns.values()
        if one.provisional
    )
    return shipments, returns, len(known.complete)


def shop_alike(row: Row, calls: Sequence[Row]) -> Any:
    """Return what the storefront and its subscribers know: statuses, attributes, units and money."""
    texts = {name: row[name] for name in ("c_ofShipments", "c_ofReturns") if name in row}
    units: Counter[tuple[str, str]] = Counter()
    money: Counter[str] = Counter()
    for event in events(calls):
        if event["type"] == "processing":
            continue
        for line in event.get("lineItems", ()):
            units[event["type"], line["id"]] += line["quantity"]
        for total in event.get("totals", ()):
            money[event["type"]] += total["amount"] if total["type"] == "total" else 0
    places = {line: place for place, line in enumerate(sorted({line for _, line in units}))}
    counted = {(kind, places[line]): quantity for (kind, line), quantity in units.items()}
    attributes = {name: _summary(text, row["orderNo"]) for name, text in texts.items()}
    return {name: row[name] for name in STATUSES}, attributes, counted, dict(money)


def events(calls: Sequence[Row]) -> list[Any]:
    """Return the events among the calls that took effect, in order."""
    bodies = [json.loads(one["body"]) for one in calls if "oms-status-events" in one["path"]]
    return [event for body in bodies for event in body.values() if isinstance(event, dict)]


def told_once_and_in_order(row: Row, calls: Sequence[Row]) -> None:
    """Every event once, no status ever back, and one word of every shipment that left."""
    ids = [event["id"] for event in events(calls)]
    assert len(ids) == len(set(ids))
    statuses = [json.loads(one["body"])["status"] for one in calls if "external-status" in one["path"]]
    places = [PLACES.index(status) for status in statuses]
    assert all(before < after for before, after in pairwise(places)), statuses
    left = [one for one in json.loads(row.get("c_ofShipments", "[]")) if one["stage"] == "shipped"]
    assert sum(event["type"] == "shipped" for event in events(calls)) == len(left)


def _summary(text: str, number: str) -> Any:
    rows = json.loads(_TIME.sub("T", text).replace(number, "N"))
    for row in rows:
        row.pop("return", None)
        row["parcels"] = len(row.get("parcels", ()))
    return sorted(rows, key=json.dumps)
