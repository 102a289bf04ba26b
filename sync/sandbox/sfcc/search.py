"""OCAPI `order_search`: the query language as far as order integrations use it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sync.sandbox.sfcc.answers import OcapiError
from sync.sandbox.world import stamp

MAX_COUNT = 200
MAX_WINDOW = 10_000
# Fields that the index knows by another name than the order has.
INDEXED = {
    "total_gross_price": "order_total",
    "customer_no": "customer_info.customer_no",
    "customer_email": "customer_info.email",
}

Document = dict[str, Any]
Test = Callable[[Document], bool]


def query_test(query: Any) -> Test:
    """The test a query stands for; what is not understood is a 400 fault."""
    if not isinstance(query, dict) or len(query) != 1:
        raise _malformed("query", query)
    kind, body = next(iter(query.items()))
    if kind not in KINDS or not isinstance(body, dict):
        raise _malformed("query", kind)
    try:
        return KINDS[kind](body)
    except TypeError as error:
        raise _malformed(kind, body) from error


def sort_keys(sorts: Any) -> list[tuple[str, bool]]:
    """The fields to sort by, the first counts most, and whether each descends; newest first without one."""
    if not sorts:
        return [("creation_date", True)]
    if not isinstance(sorts, list) or not all(isinstance(one, dict) and "field" in one for one in sorts):
        raise _malformed("sorts", sorts)
    return [(str(one["field"]), one.get("sort_order", "asc") == "desc") for one in sorts]


def page(body: Document) -> tuple[int, int]:
    """`start` and `count`, checked."""
    start, count = body.get("start", 0), body.get("count", 25)
    for name, value in (("start", start), ("count", count)):
        if type(value) is not int or value < 0:
            raise _malformed(name, value)
    if not 1 <= count <= MAX_COUNT:
        raise _malformed("count", count)
    if start + count > MAX_WINDOW:
        raise _malformed("start", start)
    return start, count


def field_of(document: Document, path: str) -> list[Any]:
    """Every value at a dotted path, through lists."""
    found: list[Any] = [document]
    for name in INDEXED.get(path, path).split("."):
        rows = [row for value in found for row in (value if isinstance(value, list) else [value])]
        found = [row[name] for row in rows if isinstance(row, dict) and name in row]
    return found


def _malformed(name: str, value: Any) -> OcapiError:
    message = f"'{name}' cannot be '{value}'."
    return OcapiError(400, "MalformedParameterException", message, parameter=name, value=str(value))


def _all(_body: Document) -> Test:
    return lambda _document: True


def _filtered(body: Document) -> Test:
    wanted, allowed = query_test(body.get("query")), query_test(body.get("filter"))
    return lambda document: wanted(document) and allowed(document)


def _bool_query(body: Document) -> Test:
    must, should, never = (
        [query_test(one) for one in body.get(name, [])] for name in ("must", "should", "must_not")
    )

    def test(document: Document) -> bool:
        return (
            all(one(document) for one in must)
            and (not should or any(one(document) for one in should))
            and not any(one(document) for one in never)
        )

    return test


def _bool_filter(body: Document) -> Test:
    parts = [query_test(one) for one in body.get("filters", [])]
    operator = body.get("operator", "and")
    if operator == "not":
        return lambda document: not any(one(document) for one in parts)
    joined = all if operator == "and" else any
    return lambda document: joined(one(document) for one in parts)


def _term(body: Document) -> Test:
    names = body.get("fields") or [body.get("field", "")]
    operator, values = body.get("operator", "is"), body.get("values", [])
    if operator not in ("is", "one_of", "is_null", "is_not_null", "not_in", "neq"):
        raise _malformed("operator", operator)
    positive = operator in ("is", "one_of", "is_not_null")

    def test(document: Document) -> bool:
        found = [value for name in names for value in field_of(document, str(name))]
        hit = bool(found) if operator.endswith("null") else any(value in values for value in found)
        return hit is positive

    return test


def _text(body: Document) -> Test:
    names, phrase = body.get("fields", []), str(body.get("search_phrase", "")).lower()
    return lambda document: any(
        phrase in str(value).lower() for name in names for value in field_of(document, str(name))
    )


def _range(body: Document) -> Test:
    name = str(body.get("field", ""))
    low, high = _edge(body.get("from")), _edge(body.get("to"))

    def test(document: Document) -> bool:
        return any(
            (low is None or value >= low) and (high is None or value < high)
            for value in field_of(document, name)
        )

    return test


def _edge(value: Any) -> Any:
    if value is None or isinstance(value, int | Decimal):
        return value
    try:
        return stamp(datetime.fromisoformat(str(value)))
    except ValueError as error:
        raise _malformed("range", value) from error


KINDS: dict[str, Callable[[Document], Test]] = {
    "match_all_query": _all,
    "filtered_query": _filtered,
    "bool_query": _bool_query,
    "bool_filter": _bool_filter,
    "term_query": _term,
    "term_filter": _term,
    "text_query": _text,
    "range_filter": _range,
    "query_filter": lambda body: query_test(body.get("query")),
}
