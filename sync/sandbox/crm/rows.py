"""Writing a record: its fields are checked, its parents found, and what came of it is noted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sync.sandbox.crm.errors import CrmError, deleted, no_field, not_found
from sync.sandbox.crm.ids import canonical
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.people import Written
from sync.sandbox.crm.store import Row
from sync.sandbox.crm.values import kept, of_key
from sync.sandbox.journal import Effect


@dataclass(frozen=True, slots=True)
class Done:
    """A row that was written; `notes` are entries among the errors that are none."""

    id: str
    created: bool
    notes: tuple[dict[str, Any], ...] = ()


class SeveralError(Exception):
    """An external id stands for several records."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__(f"{len(rows)} records")
        self.rows = rows


class Writer:
    """Writes records of an org, each row in whole or not at all."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def create(self, kind: SObject, body: Any) -> Done:
        """Add a record, or publish an event."""
        return self._noted(kind, "", body, lambda: self._create(kind, self.values(kind, body)))

    def update(self, kind: SObject, record_id: str, body: Any) -> Done:
        """Change the record with that id."""
        return self._noted(
            kind, record_id, body, lambda: self._update(kind, self.org.record(kind, record_id), body)
        )

    def upsert(self, kind: SObject, field: Field, key: str, body: Any, *, create: bool = True) -> Done:
        """Change the record with that external id, or make it if it may be made.

        Raises `SeveralError` when the id stands for more than one.
        """
        return self._noted(kind, key, body, lambda: self._upsert(kind, field, key, body, create=create))

    def delete(self, kind: SObject, record_id: str) -> Done:
        """Delete the record with that id."""

        def write() -> tuple[Effect, str, Done, CrmError | None]:
            row = self.org.record(kind, record_id)
            error = self._press(kind, row)
            self.org.store.update(kind, row, {"IsDeleted": True, "SystemModstamp": self.org.now()})
            return "deleted", self.org.key_of(kind, row), Done(row["Id"], created=False), error

        return self._noted(kind, record_id, None, write)

    def values(self, kind: SObject, body: Any) -> Row:
        """What a body says, by the fields' own names: references resolved, every value checked."""
        if not isinstance(body, dict):
            raise CrmError("JSON_PARSER_ERROR", "The fields of a record are expected")
        values: Row = {}
        for name, value in body.items():
            if name.casefold() == "attributes":
                continue
            field, read = self._read(kind, name, value)
            if field.readonly:
                message = f"Unable to create/update fields: {field.name}. The field is read-only."
                raise CrmError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=[field.name])
            values[field.name] = read
        return values

    def _read(self, kind: SObject, name: str, value: Any) -> tuple[Field, Any]:
        field = kind.field(name)
        if field is not None:
            return field, self._reference(field, value) if field.type == "reference" else kept(field, value)
        parent = kind.parent(name)
        if parent is None:
            raise no_field(name, kind.name)
        return parent, self._parent(parent, value)

    def _reference(self, field: Field, value: Any) -> str | None:
        text = kept(field, value)
        if text is None:
            return None
        record_id = canonical(text)
        if record_id is None:
            message = f"{field.name}: id value of incorrect type: {str(text)[:40]}"
            raise CrmError("MALFORMED_ID", message, fields=[field.name])
        kind = self.org.kind(field.object)
        if record_id[:3] != kind.prefix:
            message = f"{field.name}: id value of incorrect type: {text}"
            raise CrmError("FIELD_INTEGRITY_EXCEPTION", message, fields=[field.name])
        row = self.org.store.get(kind, record_id)
        if row is None:
            raise CrmError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[field.name])
        if row["IsDeleted"]:
            raise CrmError("ENTITY_IS_DELETED", "entity is deleted", fields=[field.name])
        return record_id

    def _parent(self, field: Field, value: Any) -> str | None:
        """The id of a parent that is given by an external id of its own."""
        if value is None:
            return None
        told = {n: v for n, v in value.items() if n != "attributes"} if isinstance(value, dict) else {}
        if len(told) != 1:
            message = f"{field.relationship}: exactly one external id field is expected"
            raise CrmError("INVALID_FIELD", message, fields=[field.relationship])
        (name, key), kind = next(iter(told.items())), self.org.kind(field.object)
        found = kind.field(name)
        if found is None or not found.external_id:
            raise CrmError("INVALID_FIELD", f"{name} is no external id of {kind.name}", fields=[name])
        rows = self.org.find(kind, found, kept(found, key))
        if len(rows) != 1:
            what = "not found" if not rows else "more than one record found"
            message = f"Foreign key external ID: {key} {what} for field {found.name} in entity {kind.name}"
            raise CrmError("INVALID_FIELD" if not rows else "DUPLICATE_EXTERNAL_ID", message)
        return str(rows[0]["Id"])

    def _create(self, kind: SObject, values: Row) -> tuple[Effect, str, Done, CrmError | None]:
        if kind.event:
            return self._publish(kind, values)
        self._unique(kind, values, "")
        error = self._press(kind, values)
        row = Written(self.org, kind).insert(values)
        return "applied", self.org.key_of(kind, row), Done(row["Id"], created=True), error

    def _publish(self, kind: SObject, values: Row) -> tuple[Effect, str, Done, CrmError | None]:
        self._press(kind, values)
        self.org.usage.event()
        event = self.org.events.publish(kind.name, self.org.now(), values)
        key = next((value for name, value in values.items() if name.endswith("Key__c")), event.event_uuid)
        note = {"statusCode": "OPERATION_ENQUEUED", "message": event.event_uuid, "fields": []}
        return (
            "applied",
            f"{kind.name}:{key}",
            Done(f"{kind.prefix}xx0000000001AAA", created=True, notes=(note,)),
            None,
        )

    def _update(self, kind: SObject, row: Row, body: Any) -> tuple[Effect, str, Done, CrmError | None]:
        values = self.values(kind, body)
        self._unique(kind, values, row["Id"])
        error = self._press(kind, {**row, **values})
        changed = Written(self.org, kind).update(row, values)
        effect: Effect = "changed" if changed else "unchanged"
        return effect, self.org.key_of(kind, row), Done(row["Id"], created=False), error

    def _upsert(
        self, kind: SObject, field: Field, key: str, body: Any, *, create: bool
    ) -> tuple[Effect, str, Done, CrmError | None]:
        value = of_key(field, key)
        if value is None:
            raise CrmError("MISSING_ARGUMENT", f"{field.name} not specified", 400, [field.name])
        rows = self.org.find(kind, field, value)
        if len(rows) > 1:
            raise SeveralError(rows)
        if rows:
            return self._update(kind, rows[0], body)
        if not create or field.type == "id":
            known = self.org.store.get(kind, canonical(key) or "") if field.type == "id" else None
            raise deleted() if known is not None else not_found()
        return self._create(kind, {**self.values(kind, body), field.name: value})

    def _unique(self, kind: SObject, values: Row, own: str) -> None:
        for field in kind.fields.values():
            value = values.get(field.name)
            if not field.unique or value is None:
                continue
            others = [row["Id"] for row in self._holders(kind, field, value) if row["Id"] != own]
            if others:
                message = (
                    f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
                )
                raise CrmError("DUPLICATE_VALUE", message)

    def _holders(self, kind: SObject, field: Field, value: Any) -> list[Row]:
        """Which records have a value; of a person account's contact it is the account."""
        contact = self.org.kind("Contact") if field.mirror else kind
        source = contact.field(field.mirror) if field.mirror else field
        rows = self.org.find(contact, source, value) if source is not None else []
        if not field.mirror:
            return rows
        return [self.org.store.get(kind, row["AccountId"] or "") or row for row in rows]

    def _press(self, kind: SObject, row: Row) -> CrmError | None:
        names = [field.name for field in kind.fields.values() if field.type == "reference"]
        parents = [row[name] for name in names if row.get(name)]
        key = self.org.key_of(kind, {"Id": row.get("Id", ""), **row})
        return self.org.pressure.row(kind.name, key, parents)

    def _noted(
        self,
        kind: SObject,
        key: str,
        body: Any,
        write: Callable[[], tuple[Effect, str, Done, CrmError | None]],
    ) -> Done:
        """Write a row; note what came of it, also when it was refused."""
        mark = self.org.store.mark()
        try:
            effect, name, done, error = write()
        except (CrmError, SeveralError) as refused:
            self.org.store.undo(mark)
            code = refused.code if isinstance(refused, CrmError) else "DUPLICATE_EXTERNAL_ID"
            self.org.ledger.note("refused", f"{kind.name}:{key}", body, code)
            raise
        self.org.ledger.note(effect, name, body, error.code if error is not None else "")
        if error is not None:
            raise error
        return done
