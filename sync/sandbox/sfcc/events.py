"""The rules of `oms-status-events`: one fact per call, tracking where it is demanded, nothing unknown."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sync.sandbox.sfcc.answers import ScapiError

Check = Callable[[str, Any], None]
MAX_ROWS = 200


def event_of(document: Any) -> tuple[str, dict[str, Any]]:
    """Check the document and return its kind (`fulfillmentEvent` or `adjustment`) and its fact."""
    if not isinstance(document, dict):
        raise _refused("body", "an object is expected")
    kinds = [kind for kind in ("fulfillmentEvent", "adjustment") if kind in document]
    if len(kinds) != 1:
        raise _refused("body", "exactly one of fulfillmentEvent and adjustment is expected")
    kind = kinds[0]
    _members("body", document, {kind: _anything, "omsOrderId": _text(256)}, {kind})
    fact = document[kind]
    if kind == "adjustment":
        _members(kind, fact, ADJUSTMENT, {"id", "type", "occurredAt", "status"})
    else:
        required = {"id", "type", "occurredAt", "lineItems"}
        shipped = isinstance(fact, dict) and fact.get("type") != "processing"
        _members(
            kind, fact, FULFILLMENT, required | {"trackingNumber", "trackingUrl"} if shipped else required
        )
    return kind, fact


def _refused(path: str, reason: str) -> ScapiError:
    return ScapiError(400, "bad-request", f"{path}: {reason}.", path=path)


def _members(path: str, value: Any, known: dict[str, Check], required: set[str]) -> None:
    if not isinstance(value, dict):
        raise _refused(path, "an object is expected")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise _refused(path, f"additional members {unknown}")
    missing = sorted(required - set(value))
    if missing:
        raise _refused(path, f"missing members {missing}")
    for name, member in value.items():
        known[name](f"{path}.{name}", member)


def _anything(path: str, value: Any) -> None:
    """Take any value; it is looked at later."""


def _text(most: int) -> Check:
    def check(path: str, value: Any) -> None:
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            raise _refused(path, f"a text of 1 to {most} characters is expected")

    return check


def _whole(least: int | None = None) -> Check:
    def check(path: str, value: Any) -> None:
        if type(value) is not int or (least is not None and value < least):
            raise _refused(
                path,
                "a whole number is expected" if least is None else f"a whole number >= {least} is expected",
            )

    return check


def _one_of(*values: str) -> Check:
    def check(path: str, value: Any) -> None:
        if value not in values:
            raise _refused(path, f"one of {', '.join(values)} is expected")

    return check


def _moment(path: str, value: Any) -> None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _refused(path, "an RFC 3339 time is expected") from error
    if moment.tzinfo is None:
        raise _refused(path, "the time zone is missing")


def _rows(known: dict[str, Check], required: set[str], least: int, most: int) -> Check:
    def check(path: str, value: Any) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _refused(path, f"a list of {least} to {most} items is expected")
        for position, row in enumerate(value):
            _members(f"{path}[{position}]", row, known, required)

    return check


def _line_items(least: int, least_quantity: int | None) -> Check:
    known: dict[str, Check] = {"id": _text(256), "quantity": _whole(least_quantity)}
    return _rows(known, set(known), least, MAX_ROWS)


def _web_address(path: str, value: Any) -> None:
    _text(2048)(path, value)
    if not urlsplit(value).scheme:
        raise _refused(path, "a URI is expected")


_TOTAL: dict[str, Check] = {"type": _text(256), "amount": _whole(), "displayText": _text(256)}
FULFILLMENT: dict[str, Check] = {
    "id": _text(256),
    "occurredAt": _moment,
    # The list of types is open in the specification, so a new one is taken.
    "type": _text(256),
    "lineItems": _line_items(1, 0),
    "trackingNumber": _text(256),
    "trackingUrl": _web_address,
    "carrier": _text(256),
    "description": _text(256),
}
ADJUSTMENT: dict[str, Check] = {
    "id": _text(256),
    "type": _text(256),
    "occurredAt": _moment,
    "status": _one_of("pending", "completed", "failed"),
    # Signed: negative is taken back.
    "lineItems": _line_items(0, None),
    "totals": _rows(_TOTAL, {"type", "amount"}, 0, MAX_ROWS),
    "description": _text(256),
}
