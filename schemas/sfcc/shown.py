"""Inventory records as they are read back: OCAPI Data 25.6, Inventory Lists, Omnichannel availability v1."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast, get_args

from schemas.sfcc.inventory import CAMEL
from sync.core.errors import Retryable
from sync.core.inventory import Handling, Manner, Shown
from sync.core.times import moment

_HANDLING = get_args(Handling)


def record_shown(document: Any) -> tuple[str, Shown]:
    """Return SKU and content of an OCAPI record; raises `Retryable` remote.malformed."""
    found = _object(document)
    allocation = _object(found.get("allocation", {}))
    manner = Manner(
        perpetual=_flag(found.get("perpetual_flag")),
        handling=_handling(found.get("pre_order_back_order_handling")),
        future_units=_whole(found.get("pre_order_back_order_allocation")),
        in_stock_date=_time(found, "in_stock_date"),
    )
    return _sku(found, "product_id"), Shown(
        units=_number(allocation, "amount"),
        at=_time(allocation, "reset_date"),
        changed=_time(found, "last_modified"),
        manner=manner,
    )


def listed_shown(document: Any) -> tuple[str, Shown]:
    """Return the same of a record in the names of the newer Inventory Lists API."""
    found = dict(_object(document))
    allocation = dict(_object(found.get("allocation", {})))
    allocation["reset_date"] = allocation.get("resetDate")
    names = {**CAMEL, "product_id": "productId", "last_modified": "lastModified"}
    renamed = {old: found[new] for old, new in names.items() if new in found}
    return record_shown({**renamed, "allocation": allocation})


def availability_shown(document: Any, location: str) -> dict[str, Shown]:
    """Return SKU → content at a location, out of an answer of `get-availability`."""
    places = _object(document).get("locations")
    rows = [
        row
        for place in (places if isinstance(places, list) else [])
        if _object(place).get("id") == location
        for row in place.get("records") or []
    ]
    return {
        _sku(row, "sku"): Shown(units=_number(row, "onHand"), at=_time(row, "effectiveDate"))
        for row in map(_object, rows)
        if "sku" in row
    }


def _object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise _malformed("an object is expected")


def _sku(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise _malformed(f"{name} is missing")


def _number(row: Mapping[str, Any], name: str) -> Decimal:
    """A record may have been made without a number: it offers nothing."""
    value = row.get(name)
    if value is None:
        return Decimal(0)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    raise _malformed(f"{name} is not a number")


def _whole(value: Any) -> int | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value):
        return int(value)
    return None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _handling(value: Any) -> Handling | None:
    return cast("Handling", value) if value in _HANDLING else None


def _time(row: Mapping[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if value is None:
        return None
    try:
        return moment(str(value))
    except ValueError:
        raise _malformed(f"{name} is not a time") from None


def _malformed(what: str) -> Retryable:
    return Retryable("remote.malformed", f"an inventory record cannot be read: {what}")
