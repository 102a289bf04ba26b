"""The objects an org has at the start: people, accounts, and three of its own for orders."""

from typing import Any

from sync.sandbox.crm.model import SYSTEM, DefinitionError, Field, SObject, make_field

PERSON = ("FirstName", "LastName")

_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_STOREFRONT = (
    {"name": "B2C_Customer_ID__c", "length": 250, "external_id": True, "unique": True},
    {"name": "B2C_Customer_No__c"},
    {"name": "B2C_CustomerList_ID__c"},
    {"name": "B2C_CustomerList__c", "type": "reference", "object": "B2C_CustomerList__c"},
    {"name": "B2C_Site_ID__c"},
    {"name": "B2C_UserName__c"},
    {"name": "B2C_Preferred_Locale__c"},
    {"name": "B2C_Date_Created__c", "type": "datetime"},
    {"name": "B2C_Date_Last_Visited__c", "type": "datetime"},
    {"name": "B2C_Integration_Status__c"},
)
_ORDER = {"name": "Order__c", "type": "reference", "object": "OF_Order__c", "required": True}
_ORDER_PEOPLE = (
    {"name": "Contact__c", "type": "reference", "object": "Contact"},
    {"name": "Account__c", "type": "reference", "object": "Account"},
)


def _key(name: str) -> dict[str, Any]:
    return {"name": name, "external_id": True, "unique": True}


def _texts(*names: str) -> tuple[dict[str, Any], ...]:
    return tuple({"name": name} for name in names)


def _times(*names: str) -> tuple[dict[str, Any], ...]:
    return tuple({"name": name, "type": "datetime"} for name in names)


DEFINITIONS: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "Account": (
        "001",
        (
            {"name": "Name", "required": True},
            {"name": "AccountNumber", "length": 40},
            {"name": "Phone", "type": "phone"},
            {"name": "Website", "type": "url"},
            {"name": "ParentId", "type": "reference", "object": "Account"},
            {"name": "MasterRecordId", "type": "reference", "object": "Account", "readonly": True},
            *_texts(*(f"Billing{part}" for part in _ADDRESS)),
        ),
    ),
    "Contact": (
        "003",
        (
            {"name": "Name", "readonly": True},
            {"name": "FirstName", "length": 40},
            {"name": "LastName", "length": 80, "required": True},
            {"name": "Email", "type": "email"},
            {"name": "Phone", "type": "phone"},
            {"name": "MobilePhone", "type": "phone"},
            {"name": "DoNotCall", "type": "boolean"},
            {"name": "AccountId", "type": "reference", "object": "Account"},
            {"name": "MasterRecordId", "type": "reference", "object": "Contact", "readonly": True},
            *_texts(*(f"Mailing{part}" for part in _ADDRESS)),
            *_STOREFRONT,
        ),
    ),
    "AccountContactRelation": (
        "07k",
        (
            {"name": "AccountId", "type": "reference", "object": "Account", "required": True},
            {"name": "ContactId", "type": "reference", "object": "Contact", "required": True},
            {"name": "IsDirect", "type": "boolean", "readonly": True},
            {"name": "IsActive", "type": "boolean"},
            {"name": "Roles"},
        ),
    ),
    "B2C_CustomerList__c": ("a00", ({"name": "Name"}, *_texts("Customer_List_Id__c"))),
    "OF_Order__c": (
        "a01",
        (
            {"name": "Name"},
            _key("Order_Key__c"),
            *_ORDER_PEOPLE,
            *_texts("Order_No__c", "Status__c"),
            *_times("Placed_At__c", "Last_Event_At__c"),
            {"name": "Total__c", "type": "double"},
            {"name": "Currency__c", "length": 3},
        ),
    ),
    "OF_Shipment__c": (
        "a02",
        (
            {"name": "Name"},
            _key("Shipment_Key__c"),
            _ORDER,
            *_texts("Status__c", "Carrier__c", "Tracking_Number__c"),
            {"name": "Tracking_Url__c", "type": "url"},
            *_times("Shipped_At__c", "Delivered_At__c"),
        ),
    ),
    "OF_Event__c": (
        "a03",
        (
            {"name": "Name"},
            _key("Event_Key__c"),
            _ORDER,
            {"name": "Shipment__c", "type": "reference", "object": "OF_Shipment__c"},
            *_texts("Type__c"),
            *_times("Occurred_At__c"),
            {"name": "Text__c", "type": "textarea"},
            {"name": "Quantity__c", "type": "double", "scale": 0},
        ),
    ),
    "OF_Fulfillment__e": (
        "e00",
        (
            *_texts("Event_Key__c", "Order_Key__c", "Order_No__c", "Type__c"),
            *_times("Occurred_At__c"),
            {"name": "Text__c", "type": "textarea"},
        ),
    ),
}


def _small(name: Any) -> str:
    return str(name).casefold()


class Objects:
    """All objects of an org; more can be defined, and the fields of each changed."""

    def __init__(self) -> None:
        self._all: dict[str, SObject] = {}
        self.reset()

    def reset(self) -> None:
        """Have the objects of the start again."""
        self._all.clear()
        for name, (prefix, given) in DEFINITIONS.items():
            self._add(SObject(name, prefix), given)

    def get(self, name: str) -> SObject | None:
        """The object of that name, in whatever case."""
        return self._all.get(name.casefold())

    def all(self) -> list[SObject]:
        """Every object."""
        return list(self._all.values())

    def define(self, given: Any) -> SObject:
        """Make an object, or add `fields` to it (replacing equal names) and `remove` some; return it.

        Raises `DefinitionError` before anything has changed.
        """
        name = given.get("name") if isinstance(given, dict) else None
        if not isinstance(name, str) or not name.isidentifier():
            raise DefinitionError("an object is expected with a name, and fields as a list")
        fields, remove = given.get("fields", []), given.get("remove", [])
        if not isinstance(fields, list) or not isinstance(remove, list):
            raise DefinitionError("fields and remove are lists")
        made = [make_field(one) for one in fields]
        own = {str(one["name"]).casefold() for one in SYSTEM}
        if taken := own.intersection([*(one.name.casefold() for one in made), *map(_small, remove)]):
            raise DefinitionError(f"{min(taken)} belongs to every object")
        if missing := [one.object for one in made if one.object and self._unknown(one.object, name)]:
            raise DefinitionError(f"there is no object {missing[0]}")
        known = self.get(name)
        if known is None:
            known = self._add(SObject(name, self._prefix(given)), ({"name": "Name"},))
        known.fields.update({one.name.casefold(): one for one in made})
        for gone in remove:
            known.fields.pop(_small(gone), None)
        return known

    def _unknown(self, wanted: str, being_made: str) -> bool:
        return wanted.casefold() != being_made.casefold() and self.get(wanted) is None

    def _add(self, made: SObject, given: tuple[dict[str, Any], ...]) -> SObject:
        made.fields = {one["name"].casefold(): make_field(one) for one in (*SYSTEM, *given)}
        self._all[made.name.casefold()] = made
        return made

    def _prefix(self, given: dict[str, Any]) -> str:
        taken = {one.prefix for one in self._all.values()}
        prefix = given.get("prefix") or next(
            made for number in range(16, 999) if (made := f"a{number:02}"[-3:]) not in taken
        )
        if not isinstance(prefix, str) or not (prefix.isascii() and prefix.isalnum()) or len(prefix) != 3:  # noqa: PLR2004
            raise DefinitionError("prefix is three letters or digits")
        if prefix in taken:
            raise DefinitionError(f"prefix {prefix} is taken")
        return prefix


PERSON_FLAG = {"name": "IsPersonAccount", "type": "boolean", "readonly": True}
PERSON_CONTACT = {"name": "PersonContactId", "type": "reference", "object": "Contact", "readonly": True}


def with_person(kind: SObject, contact: SObject) -> SObject:
    """Accounts and contacts as an org with person accounts has them.

    The fields of such an account's contact are its own too: `LastName`, `PersonEmail`, and `__pc` for `__c`.
    """
    shown = SObject(kind.name, kind.prefix, dict(kind.fields))
    own = [PERSON_FLAG]
    if kind.name != contact.name:
        own.append(PERSON_CONTACT)
        mirrored = {name: name for name in PERSON} | {
            "PersonEmail": "Email",
            "PersonMobilePhone": "MobilePhone",
        }
        customs = (one.name for one in contact.fields.values() if one.name.endswith("__c"))
        mirrored |= {f"{name[:-3]}__pc": name for name in customs}
        sources = {name: contact.field(source) for name, source in mirrored.items()}
        shown.fields |= {
            name.casefold(): _mirrored(name, found) for name, found in sources.items() if found is not None
        }
    made = [make_field(one) for one in own]
    shown.fields |= {one.name.casefold(): one for one in made}
    return shown


def _mirrored(name: str, found: Field) -> Field:
    return Field(
        name=name,
        type=found.type,
        length=found.length,
        scale=found.scale,
        external_id=found.external_id,
        unique=found.unique,
        case_sensitive=found.case_sensitive,
        object=found.object,
        relationship=f"{name[:-4]}__pr" if found.relationship else "",
        values=found.values,
        mirror=found.name,
    )
