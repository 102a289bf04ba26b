"""Fulfillment state ⇄ JSON, as the progress table keeps it."""

from datetime import datetime
from typing import Any

from sync.core.fulfillment import Coming, Item, Known, PaymentRequest, ReturnFact, Shipment, Stage


def known_to_json(known: Known) -> dict[str, Any]:
    """Return the state as JSON values; `known_from_json` is its exact inverse."""
    return {
        "shipments": {name: _shipment_to_json(shipment) for name, shipment in known.shipments.items()},
        "returns": {return_id: _return_to_json(fact) for return_id, fact in known.returns.items()},
        "complete": sorted(known.complete),
        "payments": {name: _payment_to_json(request) for name, request in known.payments.items()},
    }


def known_from_json(data: dict[str, Any]) -> Known:
    """Return the state that `known_to_json` was given."""
    return Known(
        shipments={name: _shipment_from_json(name, row) for name, row in data["shipments"].items()},
        returns={return_id: _return_from_json(return_id, row) for return_id, row in data["returns"].items()},
        complete=frozenset(data.get("complete", ())),
        payments={name: _payment_from_json(name, row) for name, row in data.get("payments", {}).items()},
    )


def _shipment_to_json(shipment: Shipment) -> dict[str, Any]:
    as_of = shipment.items_as_of
    return {
        "reference": shipment.reference,
        "stage": str(shipment.stage),
        "reached": {str(stage): at.isoformat() for stage, at in shipment.reached.items()},
        "items": [_item_to_json(item) for item in shipment.items],
        "items_as_of": [as_of[0], as_of[1].isoformat(), as_of[2]] if as_of else None,
        "carrier": shipment.carrier,
        "service": shipment.service,
        "parcels": list(shipment.parcels),
        "tracking_url": shipment.tracking_url,
        "canceled": [_item_to_json(item) for item in shipment.canceled],
        "withdrawn": [_item_to_json(item) for item in shipment.withdrawn],
    }


def _shipment_from_json(name: str, row: dict[str, Any]) -> Shipment:
    as_of = row["items_as_of"]
    return Shipment(
        name=name,
        reference=row["reference"],
        stage=Stage(row["stage"]),
        reached={Stage(stage): datetime.fromisoformat(at) for stage, at in row["reached"].items()},
        items=tuple(Item(**item) for item in row["items"]),
        items_as_of=(as_of[0], datetime.fromisoformat(as_of[1]), as_of[2]) if as_of else None,
        carrier=row["carrier"],
        service=row["service"],
        parcels=tuple(row["parcels"]),
        tracking_url=row["tracking_url"],
        canceled=_items(row, "canceled"),
        withdrawn=_items(row, "withdrawn"),
    )


def _return_to_json(fact: ReturnFact) -> dict[str, Any]:
    return {
        "items": [_item_to_json(item) for item in fact.items],
        "at": fact.at.isoformat(),
        "reason": fact.reason,
        "refund": fact.refund,
        "provisional": fact.provisional,
        "refunded": [_item_to_json(item) for item in fact.refunded],
        "condition": fact.condition,
        "reference": fact.reference,
        "state": str(fact.state),
    }


def _return_from_json(return_id: str, row: dict[str, Any]) -> ReturnFact:
    return ReturnFact(
        return_id=return_id,
        items=tuple(Item(**item) for item in row["items"]),
        at=datetime.fromisoformat(row["at"]),
        reason=row["reason"],
        refund=row["refund"],
        provisional=row["provisional"],
        refunded=_items(row, "refunded"),
        condition=row.get("condition", ""),
        reference=row.get("reference", ""),
        state=Coming(row.get("state", Coming.RECEIVED)),
    )


def _payment_to_json(request: PaymentRequest) -> dict[str, Any]:
    return {
        "at": request.at.isoformat(),
        "items": [_item_to_json(item) for item in request.items],
        "reference": request.reference,
    }


def _payment_from_json(name: str, row: dict[str, Any]) -> PaymentRequest:
    at = datetime.fromisoformat(row["at"])
    return PaymentRequest(shipment=name, at=at, items=_items(row, "items"), reference=row["reference"])


def _item_to_json(item: Item) -> dict[str, Any]:
    return {"sku": item.sku, "quantity": item.quantity, "item_id": item.item_id}


def _items(row: dict[str, Any], name: str) -> tuple[Item, ...]:
    # Rows that were written before the member was invented lack it.
    return tuple(Item(**item) for item in row.get(name, ()))
