"""One normalizer for both spellings of SFCC documents: OCAPI's snake_case becomes SCAPI's camelCase."""

from collections.abc import Mapping
from typing import Any

from schemas.base import camel
from sync.core.spelling import CUSTOM_PREFIX


def is_ocapi(document: Mapping[str, Any]) -> bool:
    """Tell whether a document is spelled the OCAPI way, also one that lacks the order's number."""
    if "orderNo" in document:
        return False
    return "order_no" in document or any(
        "_" in name for name in document if not name.startswith(CUSTOM_PREFIX)
    )


def normalized(value: Any) -> Any:
    """Return the JSON value with every name in camelCase; custom attributes keep theirs."""
    if isinstance(value, list):
        return [normalized(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    # `_type`, `_v` and the like are OCAPI's notes about the document.
    return {_name(name): normalized(inner) for name, inner in value.items() if not name.startswith("_")}


def _name(name: str) -> str:
    return name if name.startswith(CUSTOM_PREFIX) else camel(name)
