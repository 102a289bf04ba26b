"""The org: its objects, its records, and everything else that a call may touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sync.sandbox.crm.assumptions import switches as all_switches
from sync.sandbox.crm.errors import CrmError, deleted, not_found
from sync.sandbox.crm.events import EventLog
from sync.sandbox.crm.ids import canonical
from sync.sandbox.crm.ledger import Ledger
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.objects import Objects, with_person
from sync.sandbox.crm.pressure import Pressure
from sync.sandbox.crm.sessions import Sessions
from sync.sandbox.crm.store import Row, Store
from sync.sandbox.crm.usage import Usage
from sync.sandbox.crm.values import shown
from sync.sandbox.journal import Journal
from sync.sandbox.options import SandboxOptions
from sync.sandbox.world import World


class Org:
    """One Salesforce org in memory."""

    def __init__(self, options: SandboxOptions, journal: Journal, world: World) -> None:
        self.world = world
        self.switches = all_switches()
        self.objects = Objects()
        self.store = Store()
        self.ledger = Ledger(journal)
        self.pressure = Pressure()
        self.usage = Usage()
        self.sessions = Sessions(options, world)
        self.events = EventLog()
        self.cursors: dict[str, list[Row]] = {}

    def reset(self) -> None:
        """Be as at the start; sessions that were opened go on."""
        self.objects.reset()
        self.usage.reset()
        self.sessions.reset()
        self.store.clear()
        self.ledger.clear()
        self.pressure.clear()
        self.events.clear()
        self.cursors.clear()

    def now(self) -> str:
        """The present moment as records hold it."""
        return shown(self.world.now())

    def kind(self, name: str) -> SObject:
        """The object of that name as the org has it; raises NOT_FOUND."""
        found = self.objects.get(name)
        if found is None:
            raise not_found()
        contact = self.objects.get("Contact")
        if not self.switches["person_accounts"] or contact is None:
            return found
        return with_person(found, contact) if found.name in ("Account", "Contact") else found

    def kind_of(self, record_id: str) -> SObject | None:
        """The object that an id belongs to, by its first three letters."""
        known = (one for one in self.objects.all() if one.prefix == record_id[:3])
        return next(known, None)

    def record(self, kind: SObject, record_id: str) -> Row:
        """The live record of an id of 15 or 18 characters; raises NOT_FOUND or ENTITY_IS_DELETED."""
        row = self.store.get(kind, canonical(record_id) or "")
        if row is None:
            raise not_found()
        if row["IsDeleted"]:
            raise deleted()
        return row

    def external(self, kind: SObject, name: str) -> Field:
        """The external id field of that name; raises NOT_FOUND."""
        field = kind.field(name)
        if field is None or not (field.external_id or field.type == "id"):
            raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
        return field

    def find(self, kind: SObject, field: Field, value: Any) -> list[Row]:
        """The live records with that value of a field that is found by."""
        if field.type == "id":
            row = self.store.get(kind, canonical(value) or "")
            return [row] if row is not None and not row["IsDeleted"] else []
        if field.mirror:
            contacts = self.objects.get("Contact")
            source = contacts.field(field.mirror) if contacts is not None else None
            if contacts is None or source is None:
                return []
            people = self.store.find(contacts, source, value)
            accounts = (self.store.get(kind, person["AccountId"] or "") for person in people)
            return [one for one in accounts if one is not None and one.get("IsPersonAccount")]
        return self.store.find(kind, field, value)

    def value(self, row: Row, field: Field) -> Any:
        """What a record shows in a field; a person account shows what its contact holds."""
        if not field.mirror:
            return row.get(field.name, False if field.type == "boolean" else None)
        contacts = self.objects.get("Contact")
        person = self.store.get(contacts, row.get("PersonContactId") or "") if contacts is not None else None
        return person.get(field.mirror) if person is not None else None

    def parent(self, row: Row, field: Field) -> tuple[SObject, Row] | None:
        """The record that a reference leads to, and its object."""
        record_id = self.value(row, field)
        kind = self.objects.get(field.object)
        found = self.store.get(kind, record_id) if record_id and kind is not None else None
        return (self.kind(field.object), found) if found is not None and not found["IsDeleted"] else None

    def key_of(self, kind: SObject, row: Row) -> str:
        """Under which key the journal knows a record: its external id, or else its own."""
        values = (row.get(field.name) for field in kind.external())
        return f"{kind.name}:{next((value for value in values if value is not None), row['Id'])}"

    @contextmanager
    def together(self) -> Iterator[None]:
        """Take back every write of the block when it raises `CrmError`, which passes."""
        mark, line = self.store.mark(), self.ledger.mark()
        events = self.events.mark()
        try:
            yield
        except CrmError:
            self.store.undo(mark)
            self.ledger.undo(line)
            self.events.undo(events)
            raise
