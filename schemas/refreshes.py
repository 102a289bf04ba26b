"""A storefront's wish for fresh counts: `{"type": "stock.refresh_requested", "skus": ["A", "B"]}`."""

from typing import Any

from marshmallow import fields, validate

from schemas.base import WireSchema, load
from schemas.baskets import LONGEST_SKU
from schemas.fields import Key

REFRESH_REQUEST = "stock.refresh_requested"
MOST_SKUS = 500


class Refresh(WireSchema):
    """The SKUs whose counts shall be asked for; one named twice is asked for once."""

    skus = fields.List(
        Key(LONGEST_SKU),
        required=True,
        validate=validate.Length(1, MOST_SKUS, error=f"must name 1 to {MOST_SKUS} SKUs"),
    )


def refreshed(event: dict[str, Any]) -> tuple[str, ...]:
    """Return the SKUs of such an event, sorted; raises `Rejected` event.invalid by field."""
    return tuple(sorted(set(load(Refresh(), event, code="event.invalid")["skus"])))
