"""One call to the storefront, as a value."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """One kind of call to the storefront."""

    EXPORT_STATUS = "export_status"
    EXTERNAL_STATUS = "external_status"
    SHIPPING_STATUS = "shipping_status"
    ORDER_STATUS = "order_status"
    ATTRIBUTES = "attributes"
    FULFILLMENT = "fulfillment"
    ADJUSTMENT = "adjustment"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Posting:
    """One call to the storefront; `key` is unique within the order and stable over re-computation."""

    kind: Kind
    key: str
    value: Mapping[str, object]


def overtakes(later: Posting, earlier: Posting) -> bool:
    """Tell whether the later posting set everything that the earlier one would now set back."""
    if later.kind is not earlier.kind or later.kind in {Kind.FULFILLMENT, Kind.ADJUSTMENT}:
        return False
    return earlier.value.keys() <= later.value.keys()


def status_posting(kind: Kind, value: str) -> Posting:
    """Return the posting that sets a status."""
    return Posting(kind, f"{kind}:{value}", {"status": value})


def attributes_posting(values: Mapping[str, str | None]) -> Posting:
    """Return the posting that sets custom attributes, None clears one; its key is their content."""
    return _by_content(Kind.ATTRIBUTES, values)


def facts_posting(document: Mapping[str, object]) -> Posting:
    """Return the posting of all facts as one document; its key is their content."""
    return _by_content(Kind.FACTS, document)


def as_json(value: object) -> str:
    """Return the one way to write a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _by_content(kind: Kind, value: Mapping[str, object]) -> Posting:
    digest = hashlib.sha256(as_json(value).encode()).hexdigest()[:16]
    return Posting(kind, f"{kind}:{digest}", value)
