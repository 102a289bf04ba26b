"""The manner of an offer ⇄ JSON, as the publications keep it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sync.core.inventory import Manner


def manner_row(manner: Manner) -> dict[str, Any]:
    """Return the manner as JSON values; `manner_of` is its exact inverse."""
    at = manner.in_stock_date
    return asdict(manner) | {"in_stock_date": at.isoformat() if at else None}


def manner_of(stored: dict[str, Any] | None) -> Manner:
    """Return the manner that `manner_row` was given; rows of before know of none."""
    known = stored or {}
    at = known.get("in_stock_date")
    return Manner(**known | {"in_stock_date": datetime.fromisoformat(at) if at else None})
