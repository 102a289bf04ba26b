"""The `crm.records` table of a site: which objects and fields of the CRM an order's story goes to."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from config.tables import Table
from sync.core.agent_policy import EVENT, ORDER, SHIPMENT, AgentPolicy, Level, Names, Personal

NAME = validate.Regexp(r"[A-Za-z][A-Za-z0-9_]{0,79}$", error="Write an API name like Order_Key__c.")
NAME_OR_NONE = validate.Regexp(
    r"$|[A-Za-z][A-Za-z0-9_]{0,79}$", error="Write an API name like Text__c, or nothing."
)
USUAL = AgentPolicy()
# A text shorter than this tells nobody anything; a long text area holds no more.
TEXT = validate.Range(40, 131_072)


class NamesSchema(Table):
    """An object and its fields; one that is named like nothing is left out."""

    level: Level

    @validates_schema
    def _fields_differ(self, data: dict[str, Any], **_: object) -> None:
        used = Counter(value for name, value in data.items() if value and name != "object")
        twice = {
            name: ["Another value goes to the same field."]
            for name, value in data.items()
            if name != "object" and used[value] > 1
        }
        if twice:
            raise ValidationError(twice)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Names | None:
        """Return the core value; None for an object that is not written."""
        kind, own = data.pop("object"), {name: data.pop(name) for name in ("key", "parent") if name in data}
        return Names(level=self.level, kind=kind, **own, fields=data) if kind else None


def names_schema(names: Names, *, needed: bool) -> type[Schema]:
    """Return the table of an object with the fields that `names` has, which are its defaults."""
    own: dict[str, fields.Field[Any]] = {
        "object": fields.String(load_default=names.kind, validate=NAME if needed else NAME_OR_NONE),
        "key": fields.String(load_default=names.key, validate=NAME),
    }
    if names.parent:
        own["parent"] = fields.String(load_default=names.parent, validate=NAME)
    members = {
        name: fields.String(load_default=usual, validate=NAME_OR_NONE) for name, usual in names.fields.items()
    }
    return type("Names", (NamesSchema,), {**own, **members, "level": names.level})


class RecordsSchema(Table):
    """What is written for agents."""

    # ASSUMPTION: the names of objects, external ids, relationship and fields are the merchant's own.
    order = fields.Nested(names_schema(ORDER, needed=True), load_default=ORDER)
    shipment = fields.Nested(names_schema(SHIPMENT, needed=False), load_default=SHIPMENT)
    event = fields.Nested(names_schema(EVENT, needed=False), load_default=EVENT)
    personal = fields.List(fields.Enum(Personal, by_value=True), load_default=list)
    settle = fields.Float(load_default=USUAL.settle, validate=validate.Range(0, 86_400))
    text_length = fields.Integer(load_default=USUAL.text_length, strict=True, validate=TEXT)

    @post_load
    def build(self, data: Mapping[str, Any], **_: object) -> AgentPolicy:
        """Return the core value."""
        return AgentPolicy(**{**data, "personal": frozenset(data["personal"])})
