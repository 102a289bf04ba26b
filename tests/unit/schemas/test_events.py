import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.events import read_sfcc_event
from sync.core.errors import Rejected
from sync.core.messages import Topic

EVENT = {
    "type": "order.placed",
    "id": "evt-1",
    "site": "RefArchUK",
    "orderNo": "UK1",
    "occurredAt": "2026-08-19T09:31:07.214Z",
}


def test_an_event_says_where_it_belongs() -> None:
    event = read_sfcc_event(json.dumps(EVENT))
    assert (event.topic, event.key, event.dedupe_key) == (Topic.ORDER_PLACED, "UK1", "evt-1")
    assert event.site == "RefArchUK"
    assert event.occurred_at == datetime(2026, 8, 19, 9, 31, 7, 214000, tzinfo=UTC)
    assert event.sequence is None


@pytest.mark.parametrize(
    "change",
    [
        {"type": "order.created"},
        {"type": None, "event": "order.placed"},
        {"orderNo": None, "order_no": "UK1"},
        {"orderNo": None, "order": {"orderNo": "UK1", "productItems": []}},
    ],
    ids=str,
)
def test_known_variants_of_an_order_event_are_understood(change: dict[str, Any]) -> None:
    event = read_sfcc_event(json.dumps(EVENT | change))
    assert (event.topic, event.key) == (Topic.ORDER_PLACED, "UK1")


@pytest.mark.parametrize(
    "order",
    [
        {"orderNo": "UK1", "siteId": "RefArchUK", "productItems": []},
        {"order_no": "UK1", "site_id": "RefArchUK", "product_items": []},
    ],
    ids=["SCAPI", "OCAPI"],
)
def test_a_bare_order_is_an_order_event(order: dict[str, Any]) -> None:
    text = json.dumps(order)
    event = read_sfcc_event(text)
    assert (event.topic, event.key, event.site) == (Topic.ORDER_PLACED, "UK1", "RefArchUK")
    assert event.dedupe_key == read_sfcc_event(text).dedupe_key
    assert event.dedupe_key != read_sfcc_event(json.dumps(order | {"status": "new"})).dedupe_key


def test_an_unknown_type_is_unsupported_and_filed_under_its_order_or_itself() -> None:
    known = read_sfcc_event(json.dumps(EVENT | {"type": "basket.left"}))
    unknown = read_sfcc_event(json.dumps({"type": "basket.left", "id": "evt-2"}))
    assert (known.topic, known.key) == (Topic.UNSUPPORTED, "UK1")
    assert (unknown.topic, unknown.key) == (Topic.UNSUPPORTED, "evt-2")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": None}, "type"),
        ({"type": 7}, "type"),
        ({"orderNo": None}, "orderNo"),
        ({"orderNo": 7}, "orderNo"),
        ({"orderNo": "x" * 51}, "orderNo"),
        ({"orderNo": "a\nb"}, "orderNo"),
        ({"occurredAt": "soon"}, "occurredAt"),
        ({"order": "UK1"}, "order"),
        ({"order": {"orderNo": "UK2", "productItems": []}}, "order.orderNo"),
    ],
    ids=str,
)
def test_a_bad_event_is_rejected_at_its_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_sfcc_event(json.dumps(EVENT | change))
    assert caught.value.code == "event.invalid"
    assert path in caught.value.fields
