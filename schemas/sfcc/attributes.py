"""Custom attributes: values of any kind, by names that only the site's configuration knows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from schemas.base import reject
from schemas.fields import clean

LONGEST = 4000


def as_text(value: Any) -> str:
    """Return a text, number, truth value or list of these as text, null as the empty string.

    Raises `ValidationError` for an object, and for a text of more than 4000 characters.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, list):
        return as_text(",".join(as_text(inner) for inner in value))
    if not isinstance(value, str):
        raise ValidationError("has no form as text")
    if len(value) > LONGEST:
        raise ValidationError(f"is longer than {LONGEST} characters")
    return clean(value, breaks=True)


def is_true(value: Any) -> bool:
    """Tell whether an attribute says yes: as a truth value, or as the word of a form."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def attributes(given: Mapping[str, Any], wanted: Mapping[str, str], path: str = "") -> dict[str, str]:
    """Return the wanted attributes that have a value; raises `Rejected` order.invalid with every problem."""
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in wanted:
        try:
            found[name] = as_text(given.get(name))
        except ValidationError as error:
            problems[f"{path}{name}"] = str(error.messages[0])
    if problems:
        reject("order.invalid", problems)
    return {name: value for name, value in found.items() if value}
