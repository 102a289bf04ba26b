"""The storefront's events as the cartridge sends them: Orderbridge's own envelope, or a bare order."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validates_schema

from schemas.base import WireSchema, load, parse_object
from schemas.fields import Key, Timestamp
from schemas.refreshes import REFRESH_REQUEST, refreshed
from sync.core.messages import Topic

# Event type → topic; every other type is kept as unsupported.
CANCEL_REQUEST = "order.cancel_requested"
TOPICS = {
    "order.placed": Topic.ORDER_PLACED,
    "order.created": Topic.ORDER_PLACED,
    "order.changed": Topic.ORDER_CHANGED,
    "order.canceled": Topic.ORDER_CHANGED,
    "order.cancelled": Topic.ORDER_CHANGED,
    CANCEL_REQUEST: Topic.ORDER_CHANGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """What a door must know of a body to put it in line; `sequence` orders events of one key.

    `skus` are those whose counts a stock.requested asks for.
    """

    topic: Topic
    key: str
    dedupe_key: str
    sequence: int | None = None
    site: str = ""
    occurred_at: datetime | None = None
    skus: tuple[str, ...] = ()


class SfccEvent(WireSchema):
    """`{"type": "order.placed", "id", "site", "orderNo", "occurredAt", "order": {…}}`.

    `event` is accepted for `type`. A bare order, in SCAPI's or OCAPI's spelling, is an order.placed.
    """

    type = fields.String(required=True)
    id = Key(200, load_default="")
    site = Key(32, load_default="")
    order_no = Key(50, load_default="")
    occurred_at = Timestamp(load_default=None)
    order = fields.Dict(load_default=None)

    @pre_load
    def _spell(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if is_order(data):
            return _envelope(data)
        told = _told(data)
        order = told["order"] if isinstance(told.get("order"), dict) else {}
        return _told({"orderNo": told.get("order_no", order_number(order)), "type": told.get("event")}) | told

    @validates_schema
    def _order_events_name_an_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["type"] in TOPICS and not data["order_no"]:
            raise ValidationError("is required", "orderNo")
        inside = order_number(data["order"] or {})
        if inside is not None and data["order_no"] != inside:
            raise ValidationError("differs from the order number in the event", "order.orderNo")

    @post_load
    def _known(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data["type"] == REFRESH_REQUEST:
            return data | {"topic": Topic.STOCK_REQUESTED}
        return data | {"topic": TOPICS.get(data["type"], Topic.UNSUPPORTED)}


def read_sfcc_event(text: str) -> ParsedEvent:
    """Return what the event says of itself; raises `Rejected` event.invalid with field problems."""
    body = parse_object(text)
    event = load(SfccEvent(), body, code="event.invalid")
    identity = event["id"] or f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return ParsedEvent(
        topic=event["topic"],
        key=event["order_no"] or identity,
        dedupe_key=identity,
        site=event["site"],
        occurred_at=event["occurred_at"],
        skus=refreshed(body) if event["topic"] is Topic.STOCK_REQUESTED else (),
    )


def is_order(data: dict[str, Any]) -> bool:
    """Tell whether a JSON object is an order itself."""
    return order_number(data) is not None and bool({"productItems", "product_items"} & set(data))


def order_number(data: dict[str, Any]) -> Any:
    """Return the order number of a document in either spelling, None when there is none."""
    return data.get("orderNo", data.get("order_no"))


def _envelope(order: dict[str, Any]) -> dict[str, Any]:
    members = {
        "type": "order.placed",
        "orderNo": order_number(order),
        "site": order.get("siteId") or order.get("site_id"),
        "occurredAt": order.get("lastModified") or order.get("last_modified"),
        "order": order,
    }
    return _told(members)


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """What is not null: null means the same as absent."""
    return {name: value for name, value in data.items() if value is not None}
