"""What the CRM says of an object: its fields, and which of them are keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from schemas.base import WireSchema, load
from schemas.fields import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectField:
    """A field; a key must be an external id, and unique lest two writers make the record twice.

    `relationship` is what the parent of a look-up is called.
    """

    name: str
    external_id: bool
    unique: bool
    createable: bool
    updateable: bool
    relationship: str

    @property
    def writable(self) -> bool:
        """Whether an upsert may set it."""
        return self.createable and self.updateable


class _Field(WireSchema):
    name = fields.String(required=True)
    external_id = fields.Boolean(load_default=False)
    unique = fields.Boolean(load_default=False)
    createable = fields.Boolean(load_default=False)
    updateable = fields.Boolean(load_default=False)
    relationship = Text(data_key="relationshipName")


class _Object(WireSchema):
    own = fields.List(fields.Nested(_Field), required=True, data_key="fields")


def read_fields(document: Any) -> Mapping[str, ObjectField]:
    """Return an object's fields by name; raises `Rejected` remote.malformed."""
    read = load(_Object(), document, code="remote.malformed")["own"]
    return {one["name"]: ObjectField(**one) for one in read}
