"""The sites file: one TOML table per market, checked whole, turned into core sites."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.numbers import get_currency_precision, list_currencies
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from sync.core.sites import AddressPolicy, HoldPolicy, PostingPolicy, Route, Service, Site, StockPolicy


class SitesError(Exception):
    """The sites file cannot be used; `problems` maps a dotted path to what is wrong there."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all problems."""
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in problems.items()))
        self.problems = dict(problems)


class ServiceSchema(Schema):
    """A line of the shipping crosswalk: the warehouse's courier service."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=120))
    name = fields.String(load_default="")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Service:
        """Return the core value."""
        return Service(**data)


class StockSchema(Schema):
    """How available to promise is computed."""

    inventory_list = fields.String(required=True)
    warehouses = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    on_order_inventory = fields.Boolean(
        load_default=True,
        validate=validate.Equal(
            comparable=True,
            error="Lists without on-order inventory are not supported: switch it on in the storefront.",
        ),
    )
    safety_stock = fields.Integer(load_default=0, validate=validate.Range(min=0))
    ceiling = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0))
    as_of_margin = fields.Float(load_default=5.0, validate=validate.Range(min=0))

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> StockPolicy:
        """Return the core value."""
        return StockPolicy(**data | {"warehouses": tuple(data["warehouses"])})


class PostingSchema(Schema):
    """What the site wants posted to its storefront."""

    events = fields.Boolean(load_default=True)
    external_status = fields.Boolean(load_default=True)
    shipping_status = fields.Boolean(load_default=True)
    order_status = fields.Boolean(load_default=True)
    attributes = fields.Boolean(load_default=True)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PostingPolicy:
        """Return the core value."""
        return PostingPolicy(**data)


class RouteSchema(Schema):
    """A rule of routing: conditions, and what differs from the site's own channel when they fit."""

    store = fields.String(load_default="")
    locale = fields.String(load_default="")
    currency = fields.String(load_default="")
    channel = fields.String(load_default="")
    organisation = fields.String(load_default="")
    warehouse_site = fields.String(load_default="")

    @validates_schema
    def _has_a_condition(self, data: dict[str, Any], **_: object) -> None:
        if not (data["store"] or data["locale"] or data["currency"]):
            raise ValidationError(
                "Name a store, locale or currency; without any, nothing after it is reached."
            )


class HoldSchema(Schema):
    """What an order must have before it is handed over."""

    until = fields.String(load_default="placed", validate=validate.OneOf(["placed", "authorised", "paid"]))
    confirmed = fields.Boolean(load_default=False)
    cooling_off = fields.Float(load_default=0.0, validate=validate.Range(min=0))
    recheck = fields.Float(load_default=60.0, validate=validate.Range(min=1))

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> HoldPolicy:
        """Return the core value."""
        return HoldPolicy(**data)


class AddressPolicySchema(Schema):
    """How the market writes addresses in the warehouse."""

    # ASSUMPTION: which address line holds city and region is configuration of the Orderflow instance.
    city_line = fields.Integer(load_default=5, validate=validate.Range(2, 6))
    region_line = fields.Integer(load_default=6, validate=validate.Range(2, 6))
    line_length = fields.Integer(load_default=120, validate=validate.Range(20, 255))
    required = fields.List(
        fields.String(validate=validate.OneOf(["phone", "email", "company", "region", "address2"])),
        load_default=list,
    )
    transliterate = fields.Boolean(load_default=False)

    @validates_schema
    def _lines_differ(self, data: dict[str, Any], **_: object) -> None:
        if data["city_line"] == data["region_line"]:
            raise ValidationError("City and region need a line each.", "region_line")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> AddressPolicy:
        """Return the core value."""
        return AddressPolicy(**data | {"required": tuple(data["required"])})


class SiteSchema(Schema):
    """One market."""

    currency = fields.String(
        required=True, validate=validate.OneOf(sorted(list_currencies()), error="Not ISO 4217.")
    )
    locale = fields.String(required=True)
    taxation = fields.String(required=True, validate=validate.OneOf(["gross", "net"]))
    country = fields.String(
        required=True, validate=validate.Regexp(r"[A-Z]{2}$", error="Not ISO 3166-1 alpha-2.")
    )
    channel = fields.String(required=True)
    organisation = fields.String(required=True)
    currencies = fields.List(
        fields.String(validate=validate.OneOf(sorted(list_currencies()), error="Not ISO 4217.")),
        load_default=list,
    )
    routes = fields.List(fields.Nested(RouteSchema), load_default=list)
    hold = fields.Nested(HoldSchema, load_default=HoldPolicy)
    addresses = fields.Nested(AddressPolicySchema, load_default=AddressPolicy)
    tax_codes = fields.Dict(fields.String(), fields.String(), load_default=dict)
    attributes = fields.Dict(
        fields.String(
            validate=validate.Regexp(r"c_[A-Za-z0-9_]+$", error="Custom attributes begin with c_.")
        ),
        fields.String(validate=validate.Length(1, 120)),
        load_default=dict,
    )
    store_attribute = fields.String(load_default="c_fromStoreId")
    reason_attribute = fields.String(
        load_default="", validate=validate.Regexp(r"$|c_", error="Custom attributes begin with c_.")
    )
    stock = fields.Nested(StockSchema, required=True)
    shipping_methods = fields.Dict(fields.String(), fields.Nested(ServiceSchema), required=True)
    postings = fields.Nested(PostingSchema, load_default=PostingPolicy)
    stages = fields.Dict(
        fields.String(),
        fields.String(validate=validate.OneOf(["accepted", "picked", "packed", "shipped", "canceled"])),
        load_default=dict,
    )
    tracking_urls = fields.Dict(
        fields.String(),
        fields.String(
            validate=validate.Regexp(r"https?://[^\s]*\{number\}", error="Needs {number} in a URL.")
        ),
        load_default=dict,
    )
    payment_methods = fields.Dict(fields.String(), fields.String(), load_default=dict)
    tolerance = fields.Decimal(load_default=0, validate=validate.Range(min=0))
    ready_statuses = fields.List(
        fields.String(validate=validate.OneOf(["ready", "not_exported"])),
        load_default=lambda: ["ready", "not_exported"],
    )

    @validates_schema
    def _events_have_a_tracking_page(self, data: dict[str, Any], **_: object) -> None:
        # The storefront refuses an event without a tracking URL, and not every carrier's page is known.
        if data["postings"].events and "*" not in data["tracking_urls"]:
            reason = 'Give a "*" template for carriers without one of their own.'
            raise ValidationError(reason, "tracking_urls")


def load_sites(path: Path) -> dict[str, Site]:
    """Return site name → site; raises `SitesError` with every problem by dotted path."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SitesError({str(path): f"cannot be read: {error}"}) from error
    defaults, tables = document.get("defaults", {}), document.get("sites", {})
    if not isinstance(tables, dict) or not tables:
        raise SitesError({"sites": f"{path} has no [sites.NAME] table"})
    problems: dict[str, str] = {}
    sites: dict[str, Site] = {}
    for name, table in tables.items():
        try:
            sites[name] = _site(name, _merged(defaults, table))
        except ValidationError as error:
            problems |= {f"sites.{name}.{path}": reason for path, reason in _flatten(error.messages)}
    problems |= _disagreements(sites)
    if problems:
        raise SitesError(problems)
    return sites


def _merged(defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A site's sub-table adds to the defaults' sub-table of the same name, key by key."""
    both = {
        key: defaults[key] | table[key]
        for key in defaults.keys() & table.keys()
        if isinstance(table[key], dict)
    }
    return {**defaults, **table, **both}


def _site(name: str, table: Mapping[str, Any]) -> Site:
    data = SiteSchema().load(table)
    data["ready_statuses"] = tuple(data["ready_statuses"])
    sold_in = [data["currency"], *data["currencies"]]
    data["currencies"] = {currency: get_currency_precision(currency) for currency in sold_in}
    data["routes"] = tuple(_routes(data.pop("channel"), data.pop("organisation"), data["routes"]))
    return Site(name=name, **data)


def _routes(channel: str, organisation: str, rules: Sequence[Mapping[str, str]]) -> Iterator[Route]:
    home = {"channel": channel, "organisation": organisation}
    for rule in rules:
        yield Route(**home | {name: value for name, value in rule.items() if value})
    yield Route(**home)


def _flatten(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, dict):
        return [pair for key, value in messages.items() for pair in _flatten(value, f"{prefix}{key}.")]
    return [(prefix.rstrip("."), " ".join(map(str, messages)))]


def _disagreements(sites: Mapping[str, Site]) -> dict[str, str]:
    """Sites that share an inventory list must compute it alike, or the last one to publish would win."""
    problems: dict[str, str] = {}
    first: dict[str, Site] = {}
    for site in sites.values():
        other = first.setdefault(site.stock.inventory_list, site)
        if (other.stock, other.organisation) != (site.stock, site.organisation):
            problems[f"sites.{site.name}.stock"] = (
                f"shares list '{site.stock.inventory_list}' with {other.name}, "
                "but not its stock rules or organisation"
            )
    return problems
