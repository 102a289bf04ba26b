"""The `postings` table of a site: what its storefront is told, and where."""

from collections import Counter
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.tables import Table
from sync.core.sites import PostingPolicy, ShippingRefund

CUSTOM = validate.Regexp(r"$|c_[A-Za-z0-9_]+$", error="Custom attributes begin with c_.")
NAMES = ("reference", "shipments", "returns", "picked", "packed", "stages", "adjustments")
# What an endpoint's path may hold in braces; the order must be in it.
PLACES = {"organization", "site", "order_no"}


def _is_path(path: str) -> None:
    parts = path.replace("}", "{").split("{")
    if path and not path.startswith("/"):
        raise ValidationError("Write a path of the storefront's own address, beginning with a slash.")
    if path and "order_no" not in parts[1::2]:
        raise ValidationError("Must hold {order_no}.")
    strangers = set(parts[1::2]) - PLACES
    if strangers:
        known = ", ".join(sorted(f"{{{name}}}" for name in PLACES))
        raise ValidationError(f"There is no {{{min(strangers)}}}; there are {known}.")


class PostingSchema(Table):
    """What the site wants posted to its storefront."""

    events = fields.Boolean(load_default=True)
    external_status = fields.Boolean(load_default=True)
    shipping_status = fields.Boolean(load_default=True)
    order_status = fields.Boolean(load_default=True)
    attributes = fields.Boolean(load_default=True)
    shipping_refund = fields.Enum(ShippingRefund, by_value=True, load_default=ShippingRefund.LAST_UNIT)
    reference_attribute = fields.String(load_default="c_ofOrderRef", validate=CUSTOM)
    shipments_attribute = fields.String(load_default="c_ofShipments", validate=CUSTOM)
    returns_attribute = fields.String(load_default="c_ofReturns", validate=CUSTOM)
    picked_attribute = fields.String(load_default="c_ofPickedAt", validate=CUSTOM)
    packed_attribute = fields.String(load_default="c_ofPackedAt", validate=CUSTOM)
    # Below this not even one shipment without its parcels is sure to fit.
    attribute_length = fields.Integer(load_default=4000, validate=validate.Range(1000, 100_000))
    endpoint = fields.String(load_default="", validate=_is_path)
    stages_attribute = fields.String(load_default="c_ofStages", validate=CUSTOM)
    adjustments_attribute = fields.String(load_default="c_ofAdjustments", validate=CUSTOM)

    @validates_schema
    def _attributes_differ(self, data: dict[str, Any], **_: object) -> None:
        used = Counter(data[f"{name}_attribute"] for name in NAMES)
        twice = {name: used[data[f"{name}_attribute"]] for name in NAMES if data[f"{name}_attribute"]}
        problems = {
            f"{name}_attribute": ["Another of these attributes has the same name."]
            for name, times in twice.items()
            if times > 1
        }
        if problems:
            raise ValidationError(problems)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PostingPolicy:
        """Return the core value."""
        return PostingPolicy(**data)
