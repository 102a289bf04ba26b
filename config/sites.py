"""The sites file: one TOML table per market, checked whole, turned into core sites."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import get_currency_precision
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.agreement import between_sites
from config.cadence import CadenceSchema
from config.crm import CrmSchema, taken_places
from config.postings import CUSTOM, PostingSchema
from config.privacy import PrivacySchema
from config.publication import PublicationSchema
from config.stock import StockSchema, shared
from config.tables import (
    Country,
    Currency,
    Locale,
    SitesError,
    Table,
    flat,
    is_latin,
    merged,
    read_toml,
    unknown,
)
from sync.core.crm import CrmPolicy
from sync.core.fulfillment import Coming, Stage
from sync.core.privacy import PrivacyPolicy
from sync.core.sites import (
    AddressPolicy,
    Api,
    HoldPolicy,
    LinePolicy,
    PostingPolicy,
    PublicationPolicy,
    Route,
    Service,
    Site,
)

__all__ = ["SitesError", "StockSchema", "load_sites"]

NAMED = validate.Length(1, 120)
VERSION = 'Write it in quotes and like "25.6".'


class ServiceSchema(Table):
    """A line of the shipping crosswalk: the warehouse's courier service."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=120))
    name = fields.String(load_default="")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Service:
        """Return the core value."""
        return Service(**data)


class RouteSchema(Table):
    """A rule of routing: conditions, and what differs from the site's own channel when they fit."""

    store = fields.String(load_default="")
    locale = Locale(load_default="")
    currency = Currency(load_default="")
    channel = fields.String(load_default="", validate=NAMED)
    organisation = fields.String(load_default="", validate=NAMED)
    warehouse_site = fields.String(load_default="", validate=NAMED)

    @validates_schema
    def _has_a_condition(self, data: dict[str, Any], **_: object) -> None:
        if not (data["store"] or data["locale"] or data["currency"]):
            raise ValidationError(
                "Name a store, locale or currency; without any, nothing after it is reached."
            )


class HoldSchema(Table):
    """What an order must have before it is handed over."""

    until = fields.String(load_default="placed", validate=validate.OneOf(["placed", "authorised", "paid"]))
    confirmed = fields.Boolean(load_default=False)
    cooling_off = fields.Float(load_default=0.0, validate=validate.Range(min=0))
    recheck = fields.Float(load_default=60.0, validate=validate.Range(min=1))

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> HoldPolicy:
        """Return the core value."""
        return HoldPolicy(**data)


class LineSchema(Table):
    """How the storefront's lines are to be understood."""

    per_bundle = fields.Boolean(load_default=False)
    virtual_skus = fields.List(fields.String(validate=NAMED), load_default=list)
    virtual_attribute = fields.String(load_default="", validate=CUSTOM)
    text_attribute = fields.String(load_default="", validate=CUSTOM)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> LinePolicy:
        """Return the core value."""
        return LinePolicy(**data | {"virtual_skus": tuple(data["virtual_skus"])})


class AddressPolicySchema(Table):
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


class SiteSchema(Table):
    """One market."""

    currency = Currency(required=True)
    locale = Locale(required=True)
    taxation = fields.String(required=True, validate=validate.OneOf(["gross", "net"]))
    country = Country(required=True)
    zone = fields.String(load_default="UTC", validate=validate.OneOf(sorted(available_timezones())))
    ships_to = fields.List(Country(), load_default=list)
    channel = fields.String(required=True, validate=NAMED)
    organisation = fields.String(required=True, validate=NAMED)
    currencies = fields.List(Currency(), load_default=list)
    routes = fields.List(fields.Nested(RouteSchema), load_default=list)
    hold = fields.Nested(HoldSchema, load_default=HoldPolicy)
    addresses = fields.Nested(AddressPolicySchema, load_default=AddressPolicy)
    lines = fields.Nested(LineSchema, load_default=LinePolicy)
    tax_codes = fields.Dict(fields.String(), fields.String(), load_default=dict)
    attributes = fields.Dict(
        fields.String(validate=[NAMED, CUSTOM]), fields.String(validate=NAMED), load_default=dict
    )
    store_attribute = fields.String(load_default="c_fromStoreId", validate=CUSTOM)
    reason_attribute = fields.String(load_default="", validate=CUSTOM)
    stock = fields.Nested(StockSchema, required=True)
    crm = fields.Nested(CrmSchema, load_default=CrmPolicy)
    privacy = fields.Nested(PrivacySchema, load_default=PrivacyPolicy)
    cadence = fields.Nested(CadenceSchema, load_default=lambda: CadenceSchema().load({}))
    shipping_methods = fields.Dict(fields.String(), fields.Nested(ServiceSchema), required=True)
    postings = fields.Nested(PostingSchema, load_default=PostingPolicy)
    publication = fields.Nested(PublicationSchema, load_default=PublicationPolicy)
    stages = fields.Dict(
        fields.String(),
        fields.String(validate=validate.OneOf([*Stage, *Coming])),
        load_default=dict,
    )
    carriers = fields.Dict(fields.String(validate=NAMED), fields.String(validate=NAMED), load_default=dict)
    tracking_urls = fields.Dict(
        fields.String(),
        fields.String(
            validate=validate.Regexp(r"https?://[^\s]*\{number\}", error="Needs {number} in a URL.")
        ),
        load_default=dict,
    )
    payment_methods = fields.Dict(fields.String(), fields.String(), load_default=dict)
    silence = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=0))
    tolerance = fields.Decimal(load_default=0, validate=validate.Range(min=0))
    ready_statuses = fields.List(
        fields.String(validate=validate.OneOf(["ready", "not_exported"])),
        load_default=lambda: ["ready", "not_exported"],
    )

    # The interface that orders are read and written by; stock goes through OCAPI in both cases.
    api = fields.Enum(Api, by_value=True, load_default=Api.SCAPI)
    ocapi_version = fields.String(
        load_default="25.6",
        validate=validate.Regexp(r"\d\d\.\d{1,2}$", error=VERSION),
        error_messages={"invalid": VERSION},
    )

    @validates_schema(pass_original=True)
    def _events_can_be_posted(self, data: dict[str, Any], original: Mapping[str, Any], **_: object) -> None:
        wanted = original.get("postings")
        if data["api"] is Api.OCAPI and isinstance(wanted, Mapping) and wanted.get("events") is True:
            reason = "OCAPI takes no events; leave it out, and the attributes say what they would."
            raise ValidationError({"postings": {"events": [reason]}})
        if data["api"] is Api.OCAPI and data["postings"].endpoint:
            reason = "A custom endpoint belongs to SCAPI; leave it out, or move the site."
            raise ValidationError({"postings": {"endpoint": [reason]}})

    @validates_schema
    def _events_have_a_tracking_page(self, data: dict[str, Any], **_: object) -> None:
        # The storefront refuses an event without a tracking URL, and not every carrier's page is known.
        if data["api"] is Api.SCAPI and data["postings"].events and "*" not in data["tracking_urls"]:
            reason = 'Give a "*" template for carriers without one of their own.'
            raise ValidationError(reason, "tracking_urls")

    @validates_schema
    def _locations_have_names_that_can_be(self, data: dict[str, Any], **_: object) -> None:
        name = data["stock"].inventory_list
        if data["publication"].inventory == "omnichannel" and not re.fullmatch(r"[A-Za-z0-9_-]{2,128}", name):
            reason = "Omnichannel Inventory's locations have 2 to 128 letters, digits, _ or -."
            raise ValidationError({"stock": {"inventory_list": [reason]}})

    @validates_schema
    def _files_create_records(self, data: dict[str, Any], **_: object) -> None:
        if data["stock"].unknown_skus == "refuse" and data["publication"].bulk_from:
            reason = 'A file creates what it names: leave publication.bulk_from out, or say "create".'
            raise ValidationError({"stock": {"unknown_skus": [reason]}})

    @validates_schema
    def _routes_can_be_taken(self, data: dict[str, Any], **_: object) -> None:
        sold_in = {data["currency"], *data["currencies"]}
        rules = data["routes"]
        found = {index: _route_problem(rules, index, sold_in) for index in range(len(rules))}
        problems = {index: [problem] for index, problem in found.items() if problem}
        if problems:
            raise ValidationError({"routes": problems})

    @validates_schema
    def _ids_have_places_of_their_own(self, data: dict[str, Any], **_: object) -> None:
        if taken := taken_places(data["crm"], data["attributes"]):
            raise ValidationError({"crm": taken})

    @validates_schema
    def _letters_can_be_written(self, data: dict[str, Any], **_: object) -> None:
        if data["addresses"].transliterate and not is_latin(data["country"]):
            reason = (
                f"{data['country']} does not write in Latin letters, and only accents can be taken off"
                " letters; leave it false."
            )
            raise ValidationError({"addresses": {"transliterate": [reason]}})


CONDITIONS = ("store", "locale", "currency")


def _route_problem(rules: Sequence[Mapping[str, str]], index: int, sold_in: set[str]) -> str:
    rule = rules[index]
    if rule["currency"] and rule["currency"] not in sold_in:
        return f"The site does not sell in {rule['currency']}; add it to currencies, or drop the rule."
    for earlier, other in enumerate(rules[:index]):
        if all(other[name] in {"", rule[name]} for name in CONDITIONS):
            return f"Is never reached: rule {earlier} takes all of its orders; put the narrower rule first."
    return ""


def load_sites(path: Path) -> dict[str, Site]:
    """Return site name → site; raises `SitesError` with every problem by dotted path."""
    defaults, tables = read_toml(path)
    strangers = defaults.keys() - SiteSchema().fields.keys()
    problems = {f"defaults.{key}": unknown(key, SiteSchema().fields) for key in strangers}
    known = {key: value for key, value in defaults.items() if key not in strangers}
    sites: dict[str, Site] = {}
    for name, table in tables.items():
        try:
            sites[name] = _site(name, merged(known, table))
        except ValidationError as error:
            problems |= {f"sites.{name}.{path}": reason for path, reason in flat(error.messages)}
    problems |= between_sites(sites)
    if problems:
        raise SitesError(problems)
    policies = shared({name: (site.organisation, site.stock) for name, site in sites.items()})
    return {name: replace(site, stock=policies[name]) for name, site in sites.items()}


def _site(name: str, table: Mapping[str, Any]) -> Site:
    data = SiteSchema().load(table)
    data |= {key: tuple(data[key]) for key in ("ready_statuses", "ships_to")}
    data["carriers"] = {code.lower(): shown for code, shown in data["carriers"].items()}
    sold_in = [data["currency"], *data["currencies"]]
    data["currencies"] = {currency: get_currency_precision(currency) for currency in sold_in}
    data["routes"] = tuple(_routes(data.pop("channel"), data.pop("organisation"), data["routes"]))
    return Site(name=name, **data)


def _routes(channel: str, organisation: str, rules: Sequence[Mapping[str, str]]) -> Iterator[Route]:
    home = {"channel": channel, "organisation": organisation}
    for rule in rules:
        yield Route(**home | {name: value for name, value in rule.items() if value})
    yield Route(**home)
