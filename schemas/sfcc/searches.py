"""OCAPI's `order_search` (Shop API 20.4): the question for a page of orders, and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.core.errors import Retryable
from sync.core.times import stamp


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders: member → the values it may have, and the time they are walked by, to an end if any."""

    members: Mapping[str, Sequence[str]]
    by: str
    until: datetime | None = None


def search(wanted: Wanted, since: datetime, start: int, count: int) -> dict[str, Any]:
    """Return the document that asks for a page of the orders since a time, oldest first."""
    window = {"field": wanted.by, "from": stamp(since)}
    if wanted.until is not None:
        window["to"] = stamp(wanted.until)
    terms = [
        {"term_query": {"fields": [name], "operator": "one_of", "values": list(values)}}
        for name, values in wanted.members.items()
    ]
    return {
        "query": {
            "filtered_query": {
                "filter": {"range_filter": window},
                "query": {"bool_query": {"must": terms}},
            }
        },
        # The orders of one moment need an order among themselves, or a page could tell one twice.
        "sorts": [
            {"field": wanted.by, "sort_order": "asc"},
            {"field": "order_no", "sort_order": "asc"},
        ],
        "select": "(**)",
        "start": start,
        "count": count,
    }


def found(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the orders of an answer; none have no `hits`. Raises `Retryable` remote.malformed."""
    hits = result.get("hits") or []
    listed = hits if isinstance(hits, list) else [hits]
    known = [hit["data"] for hit in listed if isinstance(hit, dict) and isinstance(hit.get("data"), dict)]
    if len(known) < len(listed):
        raise Retryable("remote.malformed", "order_search: a hit holds no order")
    return known
