"""Values: what a field takes, and how it is kept."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sync.sandbox.crm.errors import CrmError, not_json
from sync.sandbox.crm.model import Field

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]+@[^@\s,;<>()\[\]\\\"]+\.[^@\s,;<>()\[\]\\\".]+")
TEXTS = ("string", "textarea", "phone", "url", "picklist", "email")
JSON_NAMES = {str: "VALUE_STRING", bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", Decimal: "VALUE_NUMBER_FLOAT"}


def kept(field: Field, value: Any) -> Any:
    """The value as a record keeps it; raises `CrmError`. References and ids are left to the caller."""
    if value is None:
        return False if field.type == "boolean" else None
    return READERS[field.type](field, value)


def of_key(field: Field, key: str) -> Any:
    """An external id out of an address, as a record keeps it; raises `CrmError`."""
    if field.type != "double":
        return kept(field, key)
    try:
        return kept(field, Decimal(key))
    except InvalidOperation as error:
        raise _wrong(field, key) from error


def moment(text: str) -> str | None:
    """A time as the API shows it, in UTC with milliseconds; None when it is none, or has no zone."""
    if MOMENT.fullmatch(text) is None:
        return None
    try:
        read = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return shown(read)


def shown(when: datetime) -> str:
    """A time as the API shows it: `2026-08-19T09:31:06.000+0000`."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def day(text: str) -> str | None:
    """A date; None when it is none."""
    if DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _wrong(field: Field, value: Any, wanted: str = "") -> CrmError:
    told = JSON_NAMES.get(type(value), "START_OBJECT")
    text = f" value {value}" if type(value) in JSON_NAMES else ""
    return not_json(
        f"Cannot deserialize instance of {wanted or field.type} from {told}{text[:120]} "
        f"or request may be missing a required field at {field.name}"
    )


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _wrong(field, value, "string")
    text = value.strip()
    if len(text) > field.length:
        message = f"{field.name}: data value too large: {text[:80]} (max length={field.length})"
        raise CrmError("STRING_TOO_LONG", message, fields=[field.name])
    return text or None


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and EMAIL.fullmatch(text) is None:
        message = f"{field.name}: invalid email address: {text}"
        raise CrmError("INVALID_EMAIL_ADDRESS", message, fields=[field.name])
    return text


def _picklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and field.values and text not in field.values:
        message = f"{field.name}: bad value for restricted picklist field: {text}"
        raise CrmError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=[field.name])
    return text


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(field, value)
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise _wrong(field, str(value))
    if number.adjusted() >= field.length - field.scale:
        message = f"{field.name}: value outside of valid range on numeric field: {number:.6g}"
        raise CrmError("NUMBER_OUTSIDE_VALID_RANGE", message, fields=[field.name])
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    return float(rounded) if field.scale else int(rounded)


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(field, value)
    return value


def _moment(field: Field, value: Any) -> str:
    read = moment(value) if isinstance(value, str) else None
    if read is None:
        raise _wrong(field, value)
    return read


def _day(field: Field, value: Any) -> str:
    read = day(value) if isinstance(value, str) else None
    if read is None:
        raise _wrong(field, value)
    return read


READERS: dict[str, Callable[[Field, Any], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    "email": _email,
    "picklist": _picklist,
    "double": _number,
    "boolean": _boolean,
    "datetime": _moment,
    "date": _day,
    "reference": _text,
    "id": _text,
}
