"""Reading the JSON bodies of control calls; each function raises TypeError, ValueError or KeyError."""

from collections.abc import Iterable, Mapping
from typing import Any

from sync.sandbox.orderflow.model import ReturnLine

Body = Mapping[str, Any]


def whole(name: str, value: Any) -> int:
    """Return a whole number as it is."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    return value


def wanted_units(body: Body) -> dict[str, int]:
    """Return the units per SKU that `lines` names; none without it."""
    wanted: dict[str, int] = {}
    for line in body.get("lines", ()):
        quantity = whole("quantity", line["quantity"])
        if quantity < 1:
            raise ValueError("quantity must be at least 1")
        wanted[line["sku"]] = wanted.get(line["sku"], 0) + quantity
    return wanted


def describe(lines: Iterable[ReturnLine], body: Body) -> None:
    """Give the lines the reason, condition and refund that the body names for all of them."""
    for line in lines:
        line.reason = str(body.get("reason", "Unwanted"))
        line.condition = str(body.get("condition", "Unopened"))
        line.refund = bool(body.get("refund", True))
