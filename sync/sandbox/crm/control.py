"""The control calls of the CRM: people, objects, merges, records, and the levers."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.crm.calls import check_document
from sync.sandbox.crm.errors import CrmError, not_found
from sync.sandbox.crm.ids import canonical
from sync.sandbox.crm.merging import merge
from sync.sandbox.crm.model import DefinitionError, SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.people import Written
from sync.sandbox.crm.rows import Writer
from sync.sandbox.crm.store import Row
from sync.sandbox.journal import Journal
from sync.sandbox.remote import control_problem, read_json

ROOT = "/_sandbox"


class Control:
    """Changes the org as its people do, behind the API's back."""

    def __init__(self, org: Org, journal: Journal) -> None:
        self.org = org
        self.journal = journal
        self.writer = Writer(org)

    def routes(self) -> list[Route]:
        """What is offered."""
        org = self.org
        levers: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
            "limits": (org.usage.describe, org.usage.change),
            "row-faults": (org.pressure.describe, org.pressure.load),
            "sessions": (
                lambda: {"after": org.sessions.after, "calls": org.sessions.refuse},
                org.sessions.plan,
            ),
        }
        return [
            Route(f"{ROOT}/summary", self.summary),
            Route(f"{ROOT}/contacts", self._adder("Contact"), methods=["POST"]),
            Route(f"{ROOT}/accounts", self._adder("Account"), methods=["POST"]),
            Route(f"{ROOT}/records/{{object}}", self.read),
            Route(f"{ROOT}/records/{{object}}", self.add, methods=["POST"]),
            Route(f"{ROOT}/objects", self.define, methods=["POST"]),
            Route(f"{ROOT}/merge", self.merge, methods=["POST"]),
            Route(f"{ROOT}/events", self.events),
            Route(f"{ROOT}/jwt", self.trust, methods=["PUT"]),
            *(Route(f"{ROOT}/{name}", _reader(lever[0])) for name, lever in levers.items()),
            *(Route(f"{ROOT}/{name}", _changer(*lever), methods=["PUT"]) for name, lever in levers.items()),
        ]

    async def summary(self, _request: Request) -> Response:
        """Count calls and rows beside what every remote counts."""
        return JSONResponse({**self.journal.summary(), **self.org.ledger.summary()})

    async def read(self, request: Request) -> Response:
        """Show the records of an object, those that were deleted too if asked for."""
        try:
            kind = self.org.kind(request.path_params["object"])
        except CrmError:
            return control_problem(f"there is no object {request.path_params['object']}")
        table = self.org.store.tables[kind.name]
        rows = table.rows.values() if request.query_params.get("deleted") == "true" else table.live()
        fields = list(kind.fields.values())
        return JSONResponse([{field.name: self.org.value(row, field) for field in fields} for row in rows])

    async def add(self, request: Request) -> Response:
        """Add records of any object."""
        return await self._add(request, request.path_params["object"])

    def _adder(self, name: str) -> Callable[[Request], Any]:
        async def add(request: Request) -> Response:
            return await self._add(request, name)

        return add

    async def _add(self, request: Request, name: str) -> Response:
        """Add records; one with a known id or external id is changed. `Id` may be given."""
        try:
            given = await _document(request)
            kind = self.org.kind(name)
            with self.org.together():
                added = [self._put(kind, one) for one in (given if isinstance(given, list) else [given])]
        except CrmError as error:
            return control_problem(f"{name}: {error.code}: {error.message}")
        except ValueError as error:
            return control_problem(error)
        self.org.store.commit()
        count = sum(1 for _ in self.org.store.tables[kind.name].live())
        key = {"Contact": "contacts", "Account": "accounts"}.get(kind.name, "records")
        return JSONResponse({key: count, "ids": [row["Id"] for row in added]}, 201)

    def _put(self, kind: SObject, given: Any) -> Row:
        if not isinstance(given, dict):
            raise CrmError("JSON_PARSER_ERROR", "an object with fields is expected")
        people = given.get("Contacts", []) if kind.name == "Account" else []
        fields = {name: value for name, value in given.items() if name not in ("Id", "Contacts")}
        if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
            raise CrmError("JSON_PARSER_ERROR", "Contacts is a list of objects with fields")
        record_id = self._own_id(kind, given.get("Id"))
        values = self.writer.values(kind, self._with_accounts(fields))
        if kind.name == "Contact" and "LastName" not in values:
            values["LastName"] = "Unknown"
        known = self._known(kind, record_id, values)
        row = known or Written(self.org, kind).insert({**values, "Id": record_id})
        if known is not None:
            Written(self.org, kind).update(known, values)
        for person in people:
            self._put(self.org.kind("Contact"), {**person, "AccountId": row["Id"]})
        return row

    def _known(self, kind: SObject, record_id: str, values: Mapping[str, Any]) -> Row | None:
        row = self.org.store.get(kind, record_id)
        if row is not None:
            return row
        for field in kind.external():
            value = values.get(field.name)
            if field.unique and value is not None and (rows := self.org.find(kind, field, value)):
                return rows[0]
        return None

    def _own_id(self, kind: SObject, given: Any) -> str:
        if given is None:
            return ""
        record_id = canonical(given)
        if record_id is None or record_id[:3] != kind.prefix:
            raise CrmError("MALFORMED_ID", f"{given} is no id of {kind.name}: they begin with {kind.prefix}")
        return record_id

    def _with_accounts(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A contact's account that is not there yet is made."""
        record_id = canonical(fields.get("AccountId"))
        account = self.org.kind("Account")
        if (
            record_id is not None
            and record_id[:3] == account.prefix
            and self.org.store.get(account, record_id) is None
        ):
            Written(self.org, account).insert({"Name": f"Account {record_id}", "Id": record_id})
        return fields

    async def define(self, request: Request) -> Response:
        """Make an object, or change its fields."""
        try:
            made = self.org.objects.define(await _document(request))
        except (DefinitionError, ValueError, TypeError) as error:
            return control_problem(error)
        self.org.store.tables[made.name].forget()
        return JSONResponse(
            {
                "object": made.name,
                "prefix": made.prefix,
                "fields": [one.name for one in made.fields.values()],
            },
            201,
        )

    async def merge(self, request: Request) -> Response:
        """Merge a record into another."""
        try:
            given = await _document(request)
            if not isinstance(given, dict):
                raise not_found("an object with object, master and loser is expected")
            names = [str(given.get(name, "")) for name in ("object", "master", "loser")]
            with self.org.together():
                moved = merge(self.org, *names)
        except CrmError as error:
            return control_problem(f"{error.code}: {error.message}")
        except ValueError as error:
            return control_problem(error)
        self.org.store.commit()
        return JSONResponse({"moved": moved})

    async def events(self, request: Request) -> Response:
        """Show the platform events after a replay id."""
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return control_problem(f"since: {since!r} is not a replay id")
        return JSONResponse(self.org.events.since(int(since)))

    async def trust(self, request: Request) -> Response:
        """Take assertions that this public key proves."""
        try:
            key = (await _document(request)).get("public_key", "")
        except (ValueError, AttributeError) as error:
            return control_problem(f"public_key: {error}")
        self.org.sessions.public_key = str(key)
        return Response(status_code=204)


async def _document(request: Request) -> Any:
    """The document of a call; raises ValueError for what cannot be kept as well as for what is none."""
    try:
        document = await read_json(request)
        check_document(document)
    except CrmError as error:
        raise ValueError(error.message) from error
    except RecursionError as error:
        raise ValueError("the document is too deep") from error
    return document


def _reader(describe: Callable[[], Any]) -> Callable[[Request], Any]:
    async def read(_request: Request) -> Response:
        return JSONResponse(describe())

    return read


def _changer(describe: Callable[[], Any], change: Callable[[Any], None]) -> Callable[[Request], Any]:
    async def put(request: Request) -> Response:
        try:
            change(await _document(request))
        except ValueError as error:
            return control_problem(error)
        return JSONResponse(describe())

    return put
