"""What the CRM says of an object: its fields, and which of them are keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from schemas.base import WireSchema, load


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectField:
    """A field; a key must be an external id, and unique lest two writers make the record twice."""

    name: str
    external_id: bool = False
    unique: bool = False
    createable: bool = True
    updateable: bool = True


class _Field(WireSchema):
    name = fields.String(required=True)
    external_id = fields.Boolean(load_default=False)
    unique = fields.Boolean(load_default=False)
    createable = fields.Boolean(load_default=True)
    updateable = fields.Boolean(load_default=True)


class _Object(WireSchema):
    fields_ = fields.List(fields.Nested(_Field), required=True, data_key="fields")


def read_fields(document: Any) -> Mapping[str, ObjectField]:
    """Return an object's fields by name; raises `Rejected` remote.malformed."""
    read = load(_Object(), document, code="remote.malformed")["fields_"]
    return {one["name"]: ObjectField(**one) for one in read}
