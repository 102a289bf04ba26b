"""What a written record brings with it: names put together, a person account's contact, relations."""

from typing import Any

from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.model import SObject
from sync.sandbox.crm.objects import PERSON
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.store import Row

RELATION = "AccountContactRelation"
NAMES = ("FirstName", "LastName", "Name")


class Written:
    """Puts checked values of one object into the store."""

    def __init__(self, org: Org, kind: SObject) -> None:
        self.org = org
        self.kind = kind

    def insert(self, values: Row) -> Row:
        """Add a record with all that belongs to it; `Id` may be given."""
        person, own = self._parted(values)
        if person:
            own["Name"] = _full_name(person)
        self._require(own, person=bool(person))
        now = self.org.now()
        stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        row = self.org.store.insert(self.kind, {**own, **stamps}, own.pop("Id", ""))
        if self.kind.name == "Contact":
            row["Name"] = _full_name(row)
            self._relate(row)
        elif "name" in self.kind.fields and row["Name"] is None:
            row["Name"] = row["Id"]
        if person:
            self._personify(row, person)
        return row

    def update(self, row: Row, values: Row) -> bool:
        """Change a record; return whether anything differs."""
        person, own = self._parted(values)
        contact = self._contact_of(row) if person else None
        if person and contact is None:
            message = f"{next(iter(person))} is a field of person accounts, which {row['Id']} is not"
            raise CrmError("INVALID_FIELD_FOR_INSERT_UPDATE", message)
        changed = self._change(self.kind, row, own)
        if contact is not None:
            changed |= Written(self.org, self.org.kind("Contact")).update(contact, person)
            self.org.store.update(self.kind, row, {"Name": _full_name(contact)})
        return changed

    def _change(self, kind: SObject, row: Row, values: Row) -> bool:
        changes = {name: value for name, value in values.items() if row.get(name) != value}
        if not changes:
            return False
        self._require({**row, **changes}, person=bool(row.get("IsPersonAccount")))
        now = self.org.now()
        self.org.store.update(kind, row, {**changes, "LastModifiedDate": now, "SystemModstamp": now})
        if kind.name == "Contact":
            if set(changes) & set(NAMES):
                self.org.store.update(kind, row, {"Name": _full_name(row)})
            if "AccountId" in changes:
                self._relate(row)
        return True

    def _parted(self, values: Row) -> tuple[Row, Row]:
        """The values of a person account's contact, by the contact's names, and the record's own."""
        person, own = {}, {}
        for name, value in values.items():
            field = self.kind.field(name)
            if field is not None and field.mirror:
                person[field.mirror] = value
            else:
                own[name] = value
        return person, own

    def _require(self, row: Row, *, person: bool) -> None:
        needed = [field.name for field in self.kind.fields.values() if field.required and not field.mirror]
        missing = [name for name in needed if row.get(name) is None]
        if person and not row.get("Name"):
            missing = ["LastName"]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise CrmError("REQUIRED_FIELD_MISSING", message, fields=missing)

    def _contact_of(self, row: Row) -> Row | None:
        return self.org.store.get(self.org.kind("Contact"), row.get("PersonContactId") or "")

    def _personify(self, row: Row, person: Row) -> None:
        """Give a person account its contact."""
        self.org.store.update(self.kind, row, {"IsPersonAccount": True})
        contact = Written(self.org, self.org.kind("Contact")).insert({**person, "AccountId": row["Id"]})
        self.org.store.update(self.kind, row, {"PersonContactId": contact["Id"]})
        self.org.store.update(self.org.kind("Contact"), contact, {"IsPersonAccount": True})

    def _relate(self, contact: Row) -> None:
        """Keep the direct relation between a contact and its account, which persons have none of."""
        kind = self.org.objects.get(RELATION)
        account = self.org.store.get(self.org.kind("Account"), contact["AccountId"] or "") or {}
        if kind is None or account.get("IsPersonAccount") or not self.org.switches["relations"]:
            return
        mine = [one for one in self.org.store.tables[RELATION].live() if one["ContactId"] == contact["Id"]]
        for one in mine:
            if one["IsDirect"] and one["AccountId"] != contact["AccountId"]:
                self.org.store.update(kind, one, {"IsDeleted": True})
        known = [one for one in mine if one["AccountId"] == contact["AccountId"]]
        if known:
            self.org.store.update(kind, known[0], {"IsDirect": True})
        elif contact["AccountId"]:
            ends = {"AccountId": contact["AccountId"], "ContactId": contact["Id"]}
            Written(self.org, kind).insert({**ends, "IsDirect": True, "IsActive": True})


def _full_name(person: dict[str, Any]) -> str:
    return " ".join(person[name] for name in PERSON if person.get(name))
