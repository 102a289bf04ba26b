"""Single records: by id, and by external id."""

from typing import Any
from urllib.parse import quote

from sync.sandbox.crm.calls import Answer, Call, Resource
from sync.sandbox.crm.errors import CrmError, not_found
from sync.sandbox.crm.model import SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.resources.shapes import address, record, written
from sync.sandbox.crm.rows import SeveralError, Writer
from sync.sandbox.crm.store import Row
from sync.sandbox.crm.values import of_key

# Since this version an update by external id answers with a body.
UPDATE_HAS_BODY = 46


class RecordsApi:
    """`sobjects/{object}/…`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.writer = Writer(org)

    def resources(self) -> list[Resource]:
        """What is offered."""
        return [
            Resource("POST", "sobjects/{object}", self.create),
            Resource("GET", "sobjects/{object}/{id}", self.read),
            Resource("PATCH", "sobjects/{object}/{id}", self.update),
            Resource("DELETE", "sobjects/{object}/{id}", self.delete),
            Resource("GET", "sobjects/{object}/{field}/{key}", self.read_external),
            Resource("PATCH", "sobjects/{object}/{field}/{key}", self.upsert),
            Resource("DELETE", "sobjects/{object}/{field}/{key}", self.delete_external),
        ]

    def create(self, call: Call, path: dict[str, str]) -> Answer:
        """Add a record, or publish an event."""
        kind = self.org.kind(path["object"])
        _refuse_named(call.body, "Id")
        done = self.writer.create(kind, call.body)
        return Answer(201, written(done, created=False), {"location": address(call, kind, done.id)})

    def read(self, call: Call, path: dict[str, str]) -> Answer:
        """Show a record."""
        kind = self.org.kind(path["object"])
        row = self.org.record(kind, path["id"])
        return Answer(200, record(self.org, call, kind, row, call.query.get("fields", "")))

    def update(self, call: Call, path: dict[str, str]) -> Answer:
        """Change a record."""
        _refuse_named(call.body, "Id")
        self.writer.update(self.org.kind(path["object"]), path["id"], call.body)
        return Answer(204)

    def delete(self, _call: Call, path: dict[str, str]) -> Answer:
        """Delete a record."""
        self.writer.delete(self.org.kind(path["object"]), path["id"])
        return Answer(204)

    def read_external(self, call: Call, path: dict[str, str]) -> Answer:
        """Show the record with that external id."""
        kind = self.org.kind(path["object"])
        rows = self._rows(kind, path)
        if len(rows) > 1:
            return _several(call, kind, SeveralError(rows))
        if not rows:
            raise not_found()
        return Answer(200, record(self.org, call, kind, rows[0], call.query.get("fields", "")))

    def upsert(self, call: Call, path: dict[str, str]) -> Answer:
        """Change the record with that external id, or make it."""
        kind = self.org.kind(path["object"])
        field = self.org.external(kind, path["field"])
        _refuse_named(call.body, "Id", field.name)
        create = not call.flag("updateOnly")
        try:
            done = self.writer.upsert(kind, field, path["key"], call.body, create=create)
        except SeveralError as several:
            return _several(call, kind, several)
        if not done.created and call.version < UPDATE_HAS_BODY:
            return Answer(204)
        return Answer(201 if done.created else 200, written(done))

    def delete_external(self, call: Call, path: dict[str, str]) -> Answer:
        """Delete the record with that external id."""
        kind = self.org.kind(path["object"])
        rows = self._rows(kind, path)
        if len(rows) > 1:
            return _several(call, kind, SeveralError(rows))
        if not rows:
            raise not_found()
        self.writer.delete(kind, rows[0]["Id"])
        return Answer(204)

    def _rows(self, kind: SObject, path: dict[str, str]) -> list[Row]:
        field = self.org.external(kind, path["field"])
        return self.org.find(kind, field, of_key(field, path["key"]))


def _several(call: Call, kind: SObject, several: SeveralError) -> Answer:
    return Answer(300, [quote(address(call, kind, row["Id"])) for row in several.rows])


def _refuse_named(body: Any, *names: str) -> None:
    """Refuse fields that the address tells already."""
    given = {str(name).casefold() for name in body} if isinstance(body, dict) else set()
    for name in names:
        if name.casefold() in given:
            message = f"The {name} field should not be specified in the sobject data."
            raise CrmError("INVALID_FIELD", message, fields=[name])
