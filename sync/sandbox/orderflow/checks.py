"""Checks of property values; each raises Rejected with a sentence that names the property."""

import re
from datetime import date, datetime

from sync.sandbox.orderflow.imports import Rejected

REFERENCE_LENGTH = 120
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_QUANTITY = re.compile(r"0*[1-9]\d{0,8}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d)?")
# Orders name amounts by these endings, whatever comes before.
_AMOUNTS = ("PriceNet", "PriceGross", "PriceTax", "Tax", "priceNet", "priceGross")
_NUMBERS = {"tax", "weight", "length", "width", "height", "area", "volume"}
# An order is authorised at a time; a return (`return.authorised`) is or is not.
_MOMENTS = {"placed", "authorised", "exported", "shipment.earliestShipDate", "return.returnDate"}


def reference(name: str, value: str) -> str:
    """Return a reference of at most 120 characters."""
    if not value:
        raise Rejected(f"Property '{name}' is missing")
    if len(value) > REFERENCE_LENGTH:
        raise Rejected(f"Property '{name}' is longer than {REFERENCE_LENGTH} characters")
    return value


def quantity(name: str, value: str | None) -> int:
    """Return a positive whole number."""
    if not value or not _QUANTITY.fullmatch(value.strip()):
        raise Rejected(f"Property '{name}' must be a positive whole number, not '{value or ''}'")
    return int(value)


def link(name: str, value: str | None, target: str) -> None:
    """Accept a reference to the thing of this import: `entity:order` or the bare word; absent is fine."""
    if value and value.strip() not in (target, f"entity:{target}"):
        raise Rejected(f"Property '{name}' refers to unknown entity '{value}'")


def known_formats(properties: dict[str, str], prefix: str = "") -> None:
    """Check every amount, number and time among the properties; empty values pass.

    Amounts have a decimal point and no thousands separator; times are `YYYY-MM-DD`, alone or followed by a
    blank or `T` and `HH:MM:SS`.
    """
    for name, value in properties.items():
        last = name.rpartition(".")[2]
        if not value:
            continue
        if (last.endswith(_AMOUNTS) or last in _NUMBERS) and not _DECIMAL.fullmatch(value.strip()):
            raise Rejected(f"Property '{prefix}{name}' is not a number: '{value}'")
        if f"{prefix}{name}" in _MOMENTS and not _is_moment(value.strip()):
            raise Rejected(f"Property '{prefix}{name}' is not a time: '{value}'")


def _is_moment(value: str) -> bool:
    if not _MOMENT.fullmatch(value):
        return False
    try:
        date.fromisoformat(value[:10])
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
