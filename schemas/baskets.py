"""Reservations of baskets as a storefront sends them: `{"lines": [{"sku": "A", "quantity": 2}]}`."""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from schemas.base import WireSchema, load, parse_object
from schemas.fields import Key

MOST_LINES = 500
MOST_UNITS = 1_000_000
LONGEST_BASKET = 100
LONGEST_SKU = 256


class Line(WireSchema):
    """A line of a basket."""

    sku = Key(LONGEST_SKU, required=True)
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_UNITS))


class Basket(WireSchema):
    """All that a basket holds; what it held before is replaced."""

    lines = fields.List(fields.Nested(Line), required=True, validate=validate.Length(1, MOST_LINES))


class Name(WireSchema):
    """The basket's own id."""

    basket = Key(LONGEST_BASKET, required=True)


class Kept(WireSchema):
    """A reservation as the ledger keeps it; without lines it is a release."""

    site = fields.String(load_default="")
    basket = fields.String(load_default="")
    lines = fields.List(fields.Nested(Line), load_default=list)
    skus = fields.List(fields.String(), load_default=list)


def kept_reservation(site: str, basket: str, text: str | None) -> str:
    """Return what is kept of a request, None being a release; raises `Rejected` event.invalid by field."""
    load(Name(), {"basket": basket}, code="event.invalid")
    lines = [] if text is None else load(Basket(), parse_object(text), code="event.invalid")["lines"]
    return json.dumps({"site": site, "basket": basket, "lines": lines}, ensure_ascii=False)


def read_reservation(body: str) -> tuple[str, str, Mapping[str, int], list[str]]:
    """Return site, basket, units by SKU, and the SKUs whose reservations are over.

    A SKU on several lines has all their units.
    """
    kept: dict[str, Any] = load(Kept(), parse_object(body), code="event.invalid")
    units: dict[str, int] = {}
    for line in kept["lines"]:
        units[line["sku"]] = units.get(line["sku"], 0) + line["quantity"]
    return kept["site"], kept["basket"], units, kept["skus"]
