"""The `stock` table of a site: where it publishes, from which warehouses, and by which rules."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.postings import CUSTOM
from config.tables import Table
from sync.core.inventory import Handling, Percent, Share, StockPolicy, StockRule
from sync.core.inventory.policy import Safety

# What one rule can hold of a SKU; the storefront's own limit is 256, a warehouse's may be higher.
LONGEST_SKU = 300
MOST_UNITS = 1_000_000_000
LAST_PRIORITY = 1000
# Seconds; a basket that holds goods for longer than a day holds them from everybody.
LONGEST_RESERVATION = 86_400
WHOLE = 100

_NAMED = validate.Length(1, 120)
_SKU = validate.Length(1, LONGEST_SKU)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")


class Withheld(fields.Field[Safety]):
    """A safety stock: whole units, or a text like "2.5%"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Safety:
        del attr, data
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_UNITS:
            return value
        if (percent := _percent(value)) is not None:
            return percent
        raise ValidationError('Write units like 2, or a percentage from "0%" to "100%".')


class Divided(fields.Field[Share]):
    """How stock is divided between lists: "pool", a quota like "40%", or a priority like 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Share:
        del attr, data
        if value == "pool":
            return Share()
        if (percent := _percent(value)) is not None:
            return Share(kind="quota", quota=percent)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LAST_PRIORITY:
            return Share(kind="priority", priority=value)
        raise ValidationError('Write "pool", a quota like "40%", or a priority like 1.')


def _percent(value: Any) -> Percent | None:
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return Percent(Decimal(match[1])) if match and Decimal(match[1]) <= WHOLE else None


class Moment(fields.Field[datetime]):
    """A date or time as TOML has them; without a zone it is UTC, a date is its first instant."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        del attr, data
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise ValidationError(
                "Write a date like 2026-03-01, or a time like 2026-03-01T12:00:00Z."
            ) from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class RuleSchema(Table):
    """A rule for a SKU, a class of them, or a warehouse."""

    sku = fields.String(load_default="", validate=_SKU)
    sku_class = fields.String(load_default="", data_key="class", validate=_NAMED)
    warehouse = fields.String(load_default="", validate=_NAMED)
    safety = Withheld(load_default=None, data_key="safety_stock")
    ceiling = fields.Integer(load_default=None, strict=True, validate=validate.Range(0, MOST_UNITS))
    perpetual = fields.Boolean(load_default=None)
    handling = fields.String(load_default=None, validate=validate.OneOf(get_args(Handling)))
    future_units = fields.Integer(load_default=None, strict=True, validate=validate.Range(0, MOST_UNITS))
    in_stock_date = Moment(load_default=None)

    @validates_schema
    def _says_for_what(self, data: dict[str, Any], **_: object) -> None:
        values = {name for name in _VALUES if data[name] is not None}
        if not (data["sku"] or data["sku_class"] or data["warehouse"]):
            raise ValidationError("Name a sku, class or warehouse; what holds for all is a key of the table.")
        if data["sku"] and data["sku_class"]:
            raise ValidationError("Name a sku or a class; a SKU's own rule goes before its class's.", "class")
        if not values:
            raise ValidationError("Says nothing: give it a safety_stock, ceiling, perpetual or handling.")
        if data["warehouse"] and values != {"safety"}:
            raise ValidationError("A warehouse has a safety_stock only; the rest is a list's.", "warehouse")

    @validates_schema
    def _futures_are_whole(self, data: dict[str, Any], **_: object) -> None:
        if data["handling"] in {"preorder", "backorder"} and data["future_units"] is None:
            raise ValidationError("Say how many units may be ordered before they are there.", "future_units")
        if data["handling"] in {None, "none"} and data["future_units"]:
            raise ValidationError('Needs handling = "preorder" or "backorder".', "future_units")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> StockRule:
        """Return the core value; a handling that is switched off takes its units with it."""
        if data["handling"] == "none":
            data["future_units"] = 0
        return StockRule(**data)


_VALUES = ("safety", "ceiling", "perpetual", "handling", "future_units", "in_stock_date")


class StockSchema(Table):
    """How available to promise is computed."""

    inventory_list = fields.String(required=True)
    warehouses = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    on_order_inventory = fields.Boolean(
        load_default=True,
        validate=validate.Equal(
            comparable=True,
            error="Lists without on-order inventory are not supported, since their numbers would hang on "
            "clocks and on orders that no list tells of yet: switch it on in the storefront.",
        ),
    )
    safety_stock = Withheld(load_default=0)
    ceiling = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0))
    as_of_margin = fields.Float(load_default=5.0, validate=validate.Range(min=0))
    rules = fields.List(fields.Nested(RuleSchema), load_default=list)
    classes = fields.Dict(
        fields.String(validate=_NAMED),
        fields.List(fields.String(validate=_SKU), validate=validate.Length(min=1)),
        load_default=dict,
    )
    renamed = fields.Dict(fields.String(validate=_NAMED), fields.String(validate=_NAMED), load_default=dict)
    uncounted = fields.String(load_default="wait", validate=validate.OneOf(["wait", "zero"]))
    disappeared = fields.String(load_default="keep", validate=validate.OneOf(["keep", "zero"]))
    disappeared_after = fields.Integer(load_default=3, strict=True, validate=validate.Range(1, 1000))
    unknown_skus = fields.String(load_default="create", validate=validate.OneOf(["create", "refuse"]))
    share = Divided(load_default=Share())
    reservations = fields.Float(load_default=0.0, validate=validate.Range(0, LONGEST_RESERVATION))
    basket_attribute = fields.String(load_default="", validate=CUSTOM)

    @validates_schema
    def _names_are_known(self, data: dict[str, Any], **_: object) -> None:
        problems: dict[int, dict[str, list[str]]] = {}
        for index, rule in enumerate(data["rules"]):
            if rule.sku_class and rule.sku_class not in data["classes"]:
                problems[index] = {"class": [f"There is no class '{rule.sku_class}' in the table's classes."]}
            if rule.warehouse and rule.warehouse not in data["warehouses"]:
                problems[index] = {"warehouse": [f"'{rule.warehouse}' is none of the table's warehouses."]}
        if problems:
            raise ValidationError({"rules": problems})

    @validates_schema
    def _renamed_lead_somewhere(self, data: dict[str, Any], **_: object) -> None:
        for old, new in data["renamed"].items():
            if new not in data["warehouses"] or old in data["warehouses"]:
                reason = "The old name leads to one of the table's warehouses, and is none of them itself."
                raise ValidationError({"renamed": {old: [reason]}})

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> StockPolicy:
        """Return the core value."""
        data["classes"] = {name: tuple(entries) for name, entries in data["classes"].items()}
        return StockPolicy(**data | {name: tuple(data[name]) for name in ("warehouses", "rules")})


def shared(policies: Mapping[str, tuple[str, StockPolicy]]) -> dict[str, StockPolicy]:
    """Return site → policy, each told of the lists that sell from the same warehouses of its organisation.

    `policies` are by site, with its organisation.
    """
    found = {}
    for site, (organisation, policy) in policies.items():
        others = {
            other.inventory_list: other
            for owner, other in policies.values()
            if owner == organisation
            and other.inventory_list != policy.inventory_list
            and set(other.warehouses) & set(policy.warehouses)
        }
        seniors = [one for one in others.values() if 0 < one.share.priority < policy.share.priority]
        seniors.sort(key=lambda one: one.share.priority)
        share = replace(policy.share, seniors=tuple(seniors), others=tuple(sorted(others)))
        found[site] = replace(policy, share=share)
    return found
