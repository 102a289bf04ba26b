"""One normalizer for both spellings of SFCC documents: OCAPI's snake_case becomes SCAPI's camelCase."""

from collections.abc import Mapping
from typing import Any

from schemas.base import camel, snake
from schemas.sfcc import CUSTOM_PREFIX


def is_ocapi(document: Mapping[str, Any]) -> bool:
    """Tell whether a document is spelled the OCAPI way."""
    return "order_no" in document


def normalized(value: Any) -> Any:
    """Return the JSON value with every name in camelCase; custom attributes keep theirs."""
    if isinstance(value, list):
        return [normalized(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    # `_type`, `_v` and the like are OCAPI's notes about the document.
    return {_name(name): normalized(inner) for name, inner in value.items() if not name.startswith("_")}


def own_path(path: str, *, ocapi: bool) -> str:
    """Return a camelCase path in the spelling of the document it came from."""
    if not ocapi:
        return path
    return ".".join(part if part.startswith(CUSTOM_PREFIX) else snake(part) for part in path.split("."))


def _name(name: str) -> str:
    return name if name.startswith(CUSTOM_PREFIX) else camel(name)
