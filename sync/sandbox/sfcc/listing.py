"""The order list's query: every documented filter, checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import QueryParams

from sync.sandbox.sfcc.answers import ScapiError
from sync.sandbox.sfcc.book import Order
from sync.sandbox.world import stamp

STATUS_FILTERS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "status": ("status", ("new", "completed", "cancelled"), 2),
    "exportStatus": ("exportStatus", ("not_exported", "ready", "exported", "failed"), 3),
    # The specification's text says at most two, its schema three; the stricter one is safe for both.
    "paymentStatus": ("paymentStatus", ("not_paid", "part_paid", "paid"), 2),
    "shippingStatus": ("shippingStatus", ("not_shipped", "part_shipped", "shipped"), 2),
    "confirmationStatus": ("confirmationStatus", ("not_confirmed", "confirmed"), 1),
}
WINDOWS = {
    "creationDateFrom": ("creationDate", False),
    "creationDateTo": ("creationDate", True),
    "lastModifiedDateFrom": ("lastModified", False),
    "lastModifiedDateTo": ("lastModified", True),
}
SORTS = {"creation_date": "creationDate", "last_modified_date": "lastModified"}
PARAMETERS = (*STATUS_FILTERS, *WINDOWS, "externalStatus", "sortBy", "sortOrder", "limit", "offset")
MAX_LIMIT = 200
MAX_WINDOW = 10_000

Test = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query."""

    tests: tuple[Test, ...]
    sort: str
    descending: bool
    limit: int
    offset: int

    def select(self, orders: Iterable[Order], now: datetime) -> list[dict[str, Any]]:
        """The page of documents the query asks for; orders that the index does not know yet are left out."""
        hits = [
            order
            for order in orders
            if order.listed_from <= now and all(test(order.document) for test in self.tests)
        ]
        hits.sort(key=lambda order: (order.document[self.sort], order.rank), reverse=self.descending)
        return [order.document for order in hits[self.offset : self.offset + self.limit]]


def parse_query(parameters: QueryParams) -> Query:
    """Check the query parameters of the list; what is wrong with one is a 400 problem."""
    tests: list[Test] = []
    for name, (member, values, most) in STATUS_FILTERS.items():
        if name in parameters:
            tests.append(_one_of(member, _values(parameters, name, values, most)))
    for name, (member, is_end) in WINDOWS.items():
        if name in parameters:
            tests.append(_window(member, _moment(name, parameters[name]), is_end=is_end))
    if "externalStatus" in parameters:
        # ASSUMPTION: an exact match.
        tests.append(_one_of("externalOrderStatus", [parameters["externalStatus"]]))
    limit = _number(parameters, "limit", 100, 1, MAX_LIMIT)
    offset = _number(parameters, "offset", 0, 0, MAX_WINDOW)
    if limit + offset > MAX_WINDOW:
        raise _violation("offset", f"offset + limit must not exceed {MAX_WINDOW}")
    sort = _choice(parameters, "sortBy", tuple(SORTS))
    return Query(
        tuple(tests), SORTS[sort], _choice(parameters, "sortOrder", ("desc", "asc")) == "desc", limit, offset
    )


def _one_of(member: str, values: list[str]) -> Test:
    return lambda document: document.get(member) in values


def _window(member: str, edge: str, *, is_end: bool) -> Test:
    if is_end:
        return lambda document: document[member] < edge
    return lambda document: document[member] >= edge


def _values(parameters: QueryParams, name: str, known: tuple[str, ...], most: int) -> list[str]:
    values = [value for text in parameters.getlist(name) for value in text.split(",")]
    if len(values) > most:
        raise _violation(name, f"at most {most} values")
    for value in values:
        if value not in known:
            raise _violation(name, f"'{value}' is not one of {', '.join(known)}")
    return values


def _moment(name: str, text: str) -> str:
    """The moment as the documents write it, so that text compares like time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _violation(name, f"'{text}' is not a date-time") from error
    if moment.tzinfo is None:
        raise _violation(name, f"'{text}' has no time zone")
    return stamp(moment)


def _number(parameters: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise _violation(name, f"'{text}' is not a number from {least} to {most}")
    return int(text)


def _choice(parameters: QueryParams, name: str, values: tuple[str, ...]) -> str:
    value = parameters.get(name, values[0])
    if value not in values:
        raise _violation(name, f"'{value}' is not one of {', '.join(values)}")
    return value


def _violation(name: str, reason: str) -> ScapiError:
    return ScapiError(400, "value-constraint-violation", f"Query parameter {name}: {reason}.", parameter=name)
