"""Reading wire data: strict JSON, and schema errors as field paths."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as marshmallow_fields

from sync.core.errors import Rejected

DEEPEST = 64
LONGEST_NUMBER = 64
LARGEST_EXPONENT = 30


class WireSchema(Schema):
    """A JSON object whose members are spelled in camelCase; unknown members are the sender's business."""

    class Meta:
        """Options of marshmallow."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: marshmallow_fields.Field[Any]) -> None:
        """Name the member in the document after the field here."""
        field_obj.data_key = field_obj.data_key or camel(field_name)


def camel(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


def snake(name: str) -> str:
    """Return a camelCase name in snake_case."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def load(schema: Schema, data: Any, *, code: str) -> Any:
    """Return what the schema makes of `data`; raises `Rejected` with every problem by dotted path."""
    try:
        return schema.load(data)
    except ValidationError as error:
        reject(code, problems(error.messages))


def reject(code: str, fields: Mapping[str, str]) -> NoReturn:
    """Raise `Rejected` with a sentence made of the field problems."""
    detail = "; ".join(f"{path}: {reason}" for path, reason in fields.items())
    raise Rejected(code, detail, fields=fields)


def problems(messages: Any) -> dict[str, str]:
    """Flatten marshmallow's nested messages to dotted path → reason, list positions included."""
    return {path or "body": reason for path, reason in _flat(messages, "")}


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # "_schema" is marshmallow's name for the thing itself.
            yield from _flat(inner, path if name == "_schema" else f"{path}.{name}" if path else str(name))
    elif isinstance(messages, list):
        yield path, " ".join(str(message) for message in messages)
    else:
        yield path, str(messages)


def parse_json(text: str) -> Any:
    """Return the JSON value, decimals as `Decimal`; raises `Rejected` event.invalid for anything doubtful.

    Refused: NaN and Infinity, a name given twice in one object, numbers of more than 64 characters or
    with an exponent beyond ±30, nesting deeper than 64.
    """
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
        _check_depth(value)
    except RecursionError:
        reject("event.invalid", {"body": f"nested deeper than {DEEPEST}"})
    except ValueError as error:
        reject("event.invalid", {"body": f"not usable JSON: {error}"})
    return value


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in `text`; raises `Rejected` event.invalid."""
    value = parse_json(text)
    if not isinstance(value, dict):
        reject("event.invalid", {"body": "must be a JSON object"})
    return value


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number is too long")
    number = Decimal(text)
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("a number is too large or too small")
    return number


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(text)


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object has the same name twice")
    return made


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return
    raise ValueError(f"nested deeper than {DEEPEST}")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
