"""How records look on the wire."""

from typing import Any

from sync.sandbox.crm.calls import Call
from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.model import SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.rows import Done
from sync.sandbox.crm.store import Row


def address(call: Call, kind: SObject, record_id: str) -> str:
    """The path of a record."""
    return f"{call.root}/sobjects/{kind.name}/{record_id}"


def attributes(call: Call, kind: SObject, row: Row) -> dict[str, str]:
    """What every record carries first."""
    return {"type": kind.name, "url": address(call, kind, row["Id"])}


def record(org: Org, call: Call, kind: SObject, row: Row, names: str = "") -> dict[str, Any]:
    """A record with all of its fields, or with those that are named, joined by commas."""
    wanted = [name for part in names.split(",") if (name := part.strip())]
    fields = list(kind.fields.values())
    if wanted:
        known = {name: kind.field(name) for name in wanted}
        fields = [field for field in known.values() if field is not None]
        if unknown := [name for name, field in known.items() if field is None]:
            raise CrmError("INVALID_FIELD", f"No such column '{unknown[0]}' on entity '{kind.name}'")
    shown = {field.name: org.value(row, field) for field in fields}
    return {"attributes": attributes(call, kind, row), "Id": row["Id"], **shown}


def written(done: Done, *, created: bool = True) -> dict[str, Any]:
    """What became of one row."""
    told = {"id": done.id, "success": True, "errors": list(done.notes)}
    return {**told, "created": done.created} if created else told


def failed(error: CrmError) -> dict[str, Any]:
    """What a row that was refused is told."""
    return {"success": False, "errors": error.row()}
