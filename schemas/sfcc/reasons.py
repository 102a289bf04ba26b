"""How a problem of an order document is told: the value it is about, what is wrong, and the cure."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.addresses import masked

LONGEST = 40
# Members whose texts are codes and names of things, never a person's; all other texts are masked.
_OPEN = frozenset(
    {
        *(
            "currency",
            "customerLocale",
            "taxation",
            "status",
            "siteId",
            "orderNo",
            "countryCode",
            "stateCode",
        ),
        *("creationDate", "placeDate", "itemId", "productId", "shipmentId", "id", "paymentMethodId"),
        *("promotionId", "taxClassId"),
    }
)
# What stands between a reason and its cure; a reason that has it is complete.
_CURE = "; "
_TOO_LONG = re.compile(r"longer|\d characters")


def explained(reasons: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, str]:
    """Return the reasons, those without a cure with the offending value before and a cure behind.

    `document` is in camelCase, as the paths are. A person's own words are masked.
    """
    return {path: _whole(path, reason, document) for path, reason in reasons.items()}


def _whole(path: str, reason: str, document: Mapping[str, Any]) -> str:
    if _CURE in reason:
        return reason
    value = _at(path, document)
    if value in (None, "", []):
        return f"{reason}{_CURE}add it to the order"
    return f"{_shown(path, value)} {reason}{_CURE}{_cure(reason)}"


def _at(path: str, document: Mapping[str, Any]) -> Any:
    value: Any = document
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _shown(path: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    personal = _name(path) not in _OPEN
    if isinstance(value, int | Decimal) and not (personal and "ddress" in path):
        return _short(f"{value:f}" if isinstance(value, Decimal) else str(value))
    return masked(str(value)) if personal else f"'{_short(str(value))}'"


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _short(text: str) -> str:
    tidy = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return tidy if len(tidy) <= LONGEST else f"{tidy[:LONGEST]}… ({len(tidy)} characters)"


def _cure(reason: str) -> str:
    if _TOO_LONG.search(reason):
        return "shorten it"
    return "correct it on the order"
