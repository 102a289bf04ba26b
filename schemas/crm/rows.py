"""Records of a collection (at most 200 of one kind): written exactly, and what became of each is read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import fields

from schemas.base import LARGEST_EXPONENT, WireSchema, load, reject
from schemas.crm.faults import explained, listed
from schemas.fields import CrmId
from sync.core.crm import RowResult
from sync.core.times import stamp

# One call takes so many.
MOST = 200
MALFORMED = "remote.malformed"
# The code, beside the CRM's own, of a row that was not sent: it could not be understood over there.
NOT_SENT = "NOT_SENT"
# Control characters that a text field holds; the CRM takes no document with others.
_BREAKS = "\t\n\r"


def record(kind: str, row: Mapping[str, object]) -> str:
    """Return a record as JSON, numbers exactly; raises ValueError, which names no value, for what is none."""
    return written({**row, "attributes": {"type": kind}})


def collection(records: Iterable[str]) -> bytes:
    """Return the body that writes each record by itself: one that is refused holds none of the others."""
    return f'{{"allOrNone":false,"records":[{",".join(records)}]}}'.encode()


def written(value: object) -> str:
    """Return a value as JSON: decimals with all their digits, times in UTC; raises ValueError."""
    if isinstance(value, Mapping):
        members = (f"{written(str(name))}:{written(inner)}" for name, inner in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    return _number(value) if isinstance(value, Decimal) else json.dumps(_plain(value), allow_nan=False)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return _time(value)
        case date():
            return value.isoformat()
        case str():
            return _text(value)
        case None | bool() | int():
            return value
    raise ValueError(f"a {type(value).__name__}, which is no value of a field")


def _text(value: str) -> str:
    # Half a character is none (an error of encoding is a ValueError).
    value.encode()
    if any(char < " " and char not in _BREAKS for char in value):
        raise ValueError("a text with control characters")
    return value


def _number(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("a number is not finite, or out of range")
    return format(value, "f")


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return stamp(value)


class ResultSchema(WireSchema):
    """What became of one row."""

    id = CrmId()
    success = fields.Boolean(required=True)
    created = fields.Boolean(load_default=False)
    errors = fields.List(fields.Dict(), load_default=list)


class _Answer(WireSchema):
    rows = fields.List(fields.Nested(ResultSchema), required=True)


def read_results(document: Any, sent: Mapping[str, str]) -> dict[str, RowResult]:
    """Return each record's result by its key, of records in the order in which they were sent.

    Raises `Rejected` remote.malformed when it is not one for each.
    """
    rows = load(_Answer(), {"rows": document}, code=MALFORMED)["rows"]
    if len(rows) != len(sent):
        reject(MALFORMED, {"rows": f"{len(sent)} results were expected, {len(rows)} came"})
    return {key: _result(told, text) for (key, text), told in zip(sent.items(), rows, strict=True)}


def _result(told: Mapping[str, Any], text: str) -> RowResult:
    if told["success"]:
        return RowResult(key="", written=True, created=told["created"], record_id=told["id"])
    errors = listed(told["errors"], "statusCode")
    quoted = sorted(_texts(json.loads(text)), key=len, reverse=True)
    return RowResult(
        key="",
        written=False,
        record_id=told["id"],
        codes=tuple(error.code for error in errors),
        detail="; ".join(explained(error, quoted) for error in errors),
    )


def _texts(value: Any) -> Iterator[str]:
    """The texts of a record, which a message may quote."""
    if isinstance(value, dict):
        inner = (one for name, member in value.items() if name != "attributes" for one in _texts(member))
        yield from inner
    elif isinstance(value, list):
        yield from (one for member in value for one in _texts(member))
    elif isinstance(value, str):
        yield value
