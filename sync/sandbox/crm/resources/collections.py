"""Collections: up to 200 rows of records in one call, each with its own result, in the order given."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from sync.sandbox.crm.calls import Answer, Call, Resource
from sync.sandbox.crm.errors import CrmError, not_found
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.resources.shapes import failed, record, written
from sync.sandbox.crm.rows import Done, SeveralError, Writer

MAX_ROWS = 200
MAX_READ = 2_000
# The first version with upserts of collections.
UPSERT_SINCE = 46
Write = Callable[[dict[str, Any]], Done]
ROLLED_BACK = CrmError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


class _StopError(CrmError):
    """A row of a call that takes all or none was refused."""


class CollectionsApi:
    """`composite/sobjects/…`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.writer = Writer(org)

    def resources(self) -> list[Resource]:
        """What is offered."""
        return [
            Resource("PATCH", "composite/sobjects/{object}/{field}", self.upsert),
            Resource("GET", "composite/sobjects/{object}", self.read),
            Resource("POST", "composite/sobjects/{object}", self.read),
            Resource("POST", "composite/sobjects", self.create),
            Resource("PATCH", "composite/sobjects", self.update),
            Resource("DELETE", "composite/sobjects", self.delete),
        ]

    def upsert(self, call: Call, path: dict[str, str]) -> Answer:
        """Change or make each row's record by its external id."""
        if call.version < UPSERT_SINCE:
            raise not_found()
        kind = self.org.kind(path["object"])
        field = self.org.external(kind, path["field"])
        rows = _rows(call)
        twice = _twice(rows, field, every=self.org.switches["duplicate_in_call"] == "all")

        def write(row: dict[str, Any]) -> Done:
            _typed(row, kind)
            key, rest = _keyed(row, field)
            if id(row) in twice:
                message = f"Duplicate external id specified: {key}"
                self.org.ledger.note("refused", f"{kind.name}:{key}", row, "DUPLICATE_VALUE")
                raise CrmError("DUPLICATE_VALUE", message, fields=[field.name])
            return self.writer.upsert(kind, field, key, rest)

        return self._each(call, rows, write, created=True)

    def create(self, call: Call, _path: dict[str, str]) -> Answer:
        """Add each row's record, or publish its event."""

        def write(row: dict[str, Any]) -> Done:
            if any(name.casefold() == "id" for name in row):
                raise CrmError(
                    "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", 400, ["Id"]
                )
            return self.writer.create(self._kind(row), row)

        return self._each(call, _rows(call), write)

    def update(self, call: Call, _path: dict[str, str]) -> Answer:
        """Change each row's record, by id."""

        def write(row: dict[str, Any]) -> Done:
            record_id = next((row[name] for name in row if name.casefold() == "id"), None)
            if record_id is None:
                raise CrmError("MISSING_ARGUMENT", "Id not specified in an update call")
            rest = {name: value for name, value in row.items() if name.casefold() != "id"}
            return self.writer.update(self._kind(row), str(record_id), rest)

        return self._each(call, _rows(call), write)

    def delete(self, call: Call, _path: dict[str, str]) -> Answer:
        """Delete the records of the ids."""
        ids = [part for part in call.query.get("ids", "").split(",") if part]
        _check_count(len(ids), MAX_ROWS)

        def write(row: dict[str, Any]) -> Done:
            kind = self.org.kind_of(row["id"])
            if kind is None:
                raise CrmError("MALFORMED_ID", f"malformed id {row['id']}")
            return self.writer.delete(kind, row["id"])

        only = call.flag("allOrNone")
        return self._each(call, [{"id": one} for one in ids], write, together=only)

    def read(self, call: Call, path: dict[str, str]) -> Answer:
        """Show the records of the ids; null stands for one that is not there."""
        kind = self.org.kind(path["object"])
        body = call.body if call.method == "POST" and isinstance(call.body, dict) else {}
        ids = body.get("ids") or call.query.get("ids", "").split(",")
        names = body.get("fields") or call.query.get("fields", "").split(",")
        if not isinstance(ids, list) or not isinstance(names, list):
            raise CrmError("JSON_PARSER_ERROR", "ids and fields are lists")
        _check_count(len(ids), MAX_READ)
        shown: list[Any] = []
        for one in ids:
            try:
                row = self.org.record(kind, str(one))
                shown.append(record(self.org, call, kind, row, ",".join(map(str, names))))
            except CrmError as error:
                if error.status != 404:  # noqa: PLR2004 - what is not there is null, all else is refused
                    raise
                shown.append(None)
        return Answer(200, shown)

    def _each(
        self,
        call: Call,
        rows: list[Any],
        write: Write,
        *,
        created: bool = False,
        together: bool | None = None,
    ) -> Answer:
        """Write the rows one by one; when all or none count, the first that fails takes all others back."""
        if together is None:
            together = bool(call.body.get("allOrNone", False))
        results: list[Any] = []
        try:
            with self.org.together():
                for row in rows:
                    try:
                        results.append(written(self._one(row, write), created=created))
                    except CrmError as error:
                        self._unreadable(error)
                        results.append(failed(error))
                _stop(results if together else [])
        except _StopError:
            results = [failed(ROLLED_BACK) if result["success"] else result for result in results]
        return Answer(200, results)

    def _one(self, row: Any, write: Write) -> Done:
        if not isinstance(row, dict):
            raise CrmError("JSON_PARSER_ERROR", "A record is expected in each row")
        try:
            return write(row)
        except SeveralError as several:
            message = f"{several}: more than one record has this external id"
            raise CrmError("DUPLICATE_EXTERNAL_ID", message) from several

    def _unreadable(self, error: CrmError) -> None:
        if error.code == "JSON_PARSER_ERROR" and self.org.switches["unreadable_value"] == "call":
            raise error

    def _kind(self, row: dict[str, Any]) -> SObject:
        name = _type_of(row)
        if self.org.objects.get(name) is None:
            raise CrmError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return self.org.kind(name)


def _stop(results: list[Any]) -> None:
    """End a call that takes all or none when one of its rows was refused."""
    if not all(result["success"] for result in results):
        raise _StopError(ROLLED_BACK.code, ROLLED_BACK.message)


def _rows(call: Call) -> list[Any]:
    rows = call.body.get("records") if isinstance(call.body, dict) else None
    if not isinstance(rows, list):
        raise CrmError("JSON_PARSER_ERROR", "An object is expected with records as a list")
    if not isinstance(call.body.get("allOrNone", False), bool):
        raise CrmError("JSON_PARSER_ERROR", "allOrNone is true or false")
    _check_count(len(rows), MAX_ROWS)
    for row in rows:
        if isinstance(row, dict):
            _type_of(row)
    return rows


def _check_count(count: int, most: int) -> None:
    if count > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise CrmError("EXCEEDED_ID_LIMIT", message)
    if not count:
        raise CrmError("MISSING_ARGUMENT", "at least one record is expected")


def _type_of(row: dict[str, Any]) -> str:
    told = row.get("attributes")
    name = told.get("type") if isinstance(told, dict) else None
    if not isinstance(name, str) or not name:
        raise CrmError("INVALID_TYPE", "Each record needs attributes with its type")
    return name


def _typed(row: dict[str, Any], kind: SObject) -> None:
    name = _type_of(row)
    if name.casefold() != kind.name.casefold():
        raise CrmError("INVALID_TYPE", f"{name} is not {kind.name}: all records of a call are of one type")
    if any(one.casefold() == "id" for one in row):
        raise CrmError(
            "INVALID_FIELD", "The Id field should not be specified in the sobject data.", 400, ["Id"]
        )


def _keyed(row: dict[str, Any], field: Field) -> tuple[str, dict[str, Any]]:
    key = _key(row, field)
    if not isinstance(key, str) or not key.strip():
        raise CrmError("MISSING_ARGUMENT", f"{field.name} not specified", 400, [field.name])
    return key, {name: value for name, value in row.items() if name.casefold() != field.name.casefold()}


def _key(row: dict[str, Any], field: Field) -> Any:
    return next((row[name] for name in row if name.casefold() == field.name.casefold()), None)


def _twice(rows: list[Any], field: Field, *, every: bool) -> set[int]:
    """Which rows name an external id that another row of the call has."""
    keys = {
        id(row): key for row in rows if isinstance(row, dict) and isinstance(key := _key(row, field), str)
    }
    counts = Counter(field.norm(key.strip()) for key in keys.values())
    seen: set[str] = set()
    twice: set[int] = set()
    for row, key in keys.items():
        name = field.norm(key.strip())
        if counts[name] > 1 and (every or name in seen):
            twice.add(row)
        seen.add(name)
    return twice
