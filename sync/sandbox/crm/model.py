"""Objects and their fields, as data: what a record may hold is looked up, never coded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

TYPES = {
    "string": 255,
    "textarea": 32_768,
    "email": 80,
    "phone": 40,
    "url": 255,
    "picklist": 255,
    "double": 18,
    "datetime": 0,
    "date": 0,
    "boolean": 0,
    "reference": 18,
    "id": 18,
}
ALIASES = {"text": "string", "number": "double", "checkbox": "boolean", "lookup": "reference"}
SYSTEM = (
    {"name": "Id", "type": "id", "readonly": True},
    {"name": "IsDeleted", "type": "boolean", "readonly": True},
    {"name": "CreatedDate", "type": "datetime", "readonly": True},
    {"name": "LastModifiedDate", "type": "datetime", "readonly": True},
    {"name": "SystemModstamp", "type": "datetime", "readonly": True},
)


class DefinitionError(ValueError):
    """A definition of an object that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. A `double` has `length` digits, `scale` of them after the point.

    `object` is what a reference leads to, `relationship` the name its parent goes by; `mirror` is the field
    of a person account's contact that this one shows.
    """

    name: str
    type: str = "string"
    length: int = 0
    scale: int = 2
    required: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    readonly: bool = False
    object: str = ""
    relationship: str = ""
    values: tuple[str, ...] = ()
    mirror: str = ""

    @property
    def indexed(self) -> bool:
        """Whether records are found by this field's value at once."""
        return self.external_id or self.unique

    def norm(self, value: Any) -> Any:
        """The value as uniqueness and equality see it."""
        return value.casefold() if isinstance(value, str) and not self.case_sensitive else value


@dataclass(slots=True)
class SObject:
    """An object; `fields` are by their name in small letters, as names are looked up."""

    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def event(self) -> bool:
        """Whether it is a platform event: published, never stored."""
        return self.name.casefold().endswith("__e")

    def field(self, name: str) -> Field | None:
        """The field of that name, in whatever case."""
        return self.fields.get(name.casefold())

    def parent(self, relationship: str) -> Field | None:
        """The reference whose parent goes by that name."""
        wanted = relationship.casefold()
        found = (one for one in self.fields.values() if one.relationship)
        return next((one for one in found if one.relationship.casefold() == wanted), None)

    def external(self) -> Iterable[Field]:
        """The external ids."""
        return (one for one in self.fields.values() if one.external_id)


def make_field(given: Any) -> Field:
    """Read one field of a definition, or raise `DefinitionError`."""
    known = {one.name for one in fields(Field)} - {"mirror"}
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str) or not given["name"]:
        raise DefinitionError("a field is an object with a name")
    if unknown := set(given) - known:
        raise DefinitionError(f"{given['name']}: unknown member {', '.join(sorted(map(str, unknown)))}")
    kind = ALIASES.get(given.get("type", "string"), given.get("type", "string"))
    if kind not in TYPES:
        raise DefinitionError(f"{given['name']}: type {kind!r} is not one of {sorted({*TYPES, *ALIASES})}")
    values = given.get("values", ())
    told = {**given, "type": kind, "length": given.get("length") or TYPES[kind], "values": tuple(values)}
    if kind == "reference":
        if not given.get("object"):
            raise DefinitionError(f"{given['name']}: a lookup names its object")
        told["relationship"] = given.get("relationship") or relationship_of(given["name"])
    return _checked(Field(**told))


def _checked(made: Field) -> Field:
    """Refuse a member of a wrong type now, before it fails in the middle of a call."""
    for one in fields(Field):
        value, wanted = getattr(made, one.name), type(one.default) if one.name != "name" else str
        if type(value) is not wanted:
            raise DefinitionError(f"{made.name}: {one.name} {value!r} is of the wrong type")
    return made


def relationship_of(name: str) -> str:
    """What the parent of a reference is called: `Order__r` for `Order__c`, `Account` for `AccountId`."""
    return f"{name[:-3]}__r" if name.endswith("__c") else name.removesuffix("Id")
