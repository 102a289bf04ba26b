"""Omnichannel Inventory: on hand by location, batch updates and file imports."""

import email.parser
import gzip
import io
import json
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.journal import Journal
from sync.sandbox.remote import mark
from sync.sandbox.sfcc.answers import ScapiError, json_answer, no_content, object_of
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.locations import Locations
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

AVAILABILITY = "/inventory/availability/v1/organizations/{organization}/availability-records/actions"
IMPEX = "/inventory/impex/v1/organizations/{organization}/availability-records/imports"
UPLOADS = "/_oci/uploads"
LARGEST = 100 * 1024 * 1024
MOST = 100
DAY_MINUTES = 24 * 60


@dataclass(slots=True)
class Import:
    """A file on its way."""

    until: datetime
    content: bytes | None = None
    uploaded: datetime | None = None
    status: str = "PENDING"
    read: int = 0
    results: list[dict[str, str]] = field(default_factory=list)


class Omnichannel:
    """The calls on availability records, and the shelf of every location."""

    def __init__(self, switches: Switches, journal: Journal, now: Callable[[], datetime]) -> None:
        self.switches = switches
        self.journal = journal
        self.now = now
        self.locations = Locations(switches, self._tell)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.locations.clear()
        self.imports: dict[str, Import] = {}

    def routes(self, gate: Gate, tenant_group: str) -> list[Route]:
        """The routes of both resources, and of the links they give."""
        write = frozenset({"sfcc.inventory.availability.rw"})
        read = write | {"sfcc.inventory.availability"}
        impex = frozenset({"sfcc.inventory.impex-inventory.rw"})
        return [
            gate.stock(f"{AVAILABILITY}/batch-update", "POST", self.update, write, tenant_group),
            gate.stock(f"{AVAILABILITY}/get-availability", "POST", self.availability, read, tenant_group),
            gate.stock(IMPEX, "POST", self.begin, impex, tenant_group),
            gate.stock(f"{IMPEX}/{{number}}/status", "GET", self.status, impex, tenant_group),
            Route(f"{UPLOADS}/{{number}}", self.upload, methods=["POST"]),
            Route(f"{UPLOADS}/{{number}}/results", self.results),
            Route("/_sandbox/omnichannel", self.look),
        ]

    async def update(self, request: Request) -> Response:
        """Write records; the good ones of a batch are applied."""
        records = (await object_of(request)).get("records")
        if not isinstance(records, list) or not 1 <= len(records) <= MOST:
            raise ScapiError(400, "bad-request", f"1 to {MOST} records are expected.")
        ends = [(record, self.locations.write(record)) for record in records]
        mark(request, None, "read")
        errors = [
            {name: record.get(name) if isinstance(record, dict) else None for name in ("recordId", "sku")}
            | {"message": reason}
            for record, reason in ends
            if reason
        ]
        return json_answer({"errors": errors} if errors else {})

    async def availability(self, request: Request) -> Response:
        """Tell what is on hand."""
        self.settle()
        asked = await object_of(request)
        skus, names = (_names(asked, member) for member in ("skus", "locations"))
        found = [[self.locations.shown(name, sku) for sku in skus] for name in names]
        rows = [
            {"id": name, "records": [row for row in records if row is not None]}
            for name, records in zip(names, found, strict=True)
        ]
        return json_answer({"locations": rows, "groups": []})

    async def begin(self, request: Request) -> Response:
        """Give a link for an upload."""
        asked = await object_of(request)
        if asked.get("fileFormat") != "JSON" or asked.get("fileEncoding") != "GZIP":
            raise ScapiError(400, "bad-request", "fileFormat JSON and fileEncoding GZIP are expected.")
        minutes = asked.get("linkDuration", 60)
        if type(minutes) is not int or not 1 <= minutes <= DAY_MINUTES:
            raise ScapiError(400, "bad-request", f"linkDuration: 1 to {DAY_MINUTES} minutes are expected.")
        number = str(uuid.uuid4())
        until = self.now() + timedelta(minutes=minutes)
        self.imports[number] = Import(until)
        base = str(request.base_url).rstrip("/")
        here = str(request.url.replace(query=""))
        shown = {"importId": number, "uploadLink": f"{base}{UPLOADS}/{number}", "uploadMethod": "POST"}
        shown |= {"importStatusLink": f"{here}/{number}/status", "uploadLinkExpirationUTC": stamp(until)}
        return json_answer(shown, 201)

    async def upload(self, request: Request) -> Response:
        """Take a file, and begin to work it."""
        found = self.imports.get(request.path_params["number"])
        if found is None or self.switches["upload_link_expired"] or self.now() >= found.until:
            return Response(status_code=403)
        content = _part(request.headers.get("content-type", ""), await request.body())
        if content is None:
            return Response("fileUpload is missing", 400)
        found.content = content
        found.uploaded = self.now()
        request.state.shown_body = f"{len(found.content or b'')} bytes"
        return no_content()

    async def status(self, request: Request) -> Response:
        """Tell how an import is."""
        self.settle()
        number = request.path_params["number"]
        if number not in self.imports:
            raise ScapiError(404, "not-found", f"No import {number}.")
        base = str(request.base_url).rstrip("/")
        return json_answer(
            {"importId": number, "status": self.imports[number].status, **_counts(self.imports[number])}
            | {"resultsLink": f"{base}{UPLOADS}/{number}/results"}
        )

    async def results(self, request: Request) -> Response:
        """Tell what was refused, one record a line."""
        found = self.imports.get(request.path_params["number"])
        lines = [json.dumps(row) for row in found.results] if found else []
        return Response("\n".join(lines), 200 if found else 404)

    async def look(self, request: Request) -> Response:
        """The shelf of a location, for tests."""
        self.settle()
        shelf = self.locations.shelves.get(request.query_params.get("location", ""), {})
        return json_answer({sku: {**row, "at": row["effectiveDate"]} for sku, row in sorted(shelf.items())})

    def settle(self) -> None:
        """Let happen what the time has come for."""
        wait = timedelta(seconds=self.switches["job_seconds"])
        for one in self.imports.values():
            if one.status in {"PENDING", "RUNNING"} and one.uploaded is not None:
                one.status = "RUNNING"
                if self.now() >= one.uploaded + wait:
                    self._run(one)

    def _run(self, one: Import) -> None:
        if self.switches["job_fails"]:
            one.status = "FAILED"
            return
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(one.content or b"")) as lines:
                self._work(one, lines)
        except (OSError, EOFError, zlib.error):
            # Commits are per record: what came before the damage stays.
            one.status = "FAILED"
            return
        one.status = "COMPLETED_WITH_PARTIAL_FAILURES" if one.results else "COMPLETED_WITHOUT_ERRORS"

    def _work(self, one: Import, lines: Iterable[bytes]) -> None:
        header: dict[str, Any] = {}
        for line in filter(bytes.strip, lines):
            record = _record(line)
            if set(record) == {"location", "mode"}:
                # The older layout names the location once, before its records.
                header = {"location": record["location"]}
                continue
            one.read += 1
            if reason := self.locations.write(header | record):
                one.results.append({"sku": record.get("sku", ""), "status": "ERROR", "message": reason})

    def _tell(self, location: str, sku: str, units: Any) -> None:
        self.journal.record(
            method="WRITE",
            path=f"/availability-records/{location}/{sku}",
            idempotency_key=None,
            status=200,
            body=str(units),
            effect="applied",
            route="/availability-records/{location}/{sku}",
        )


def _names(asked: dict[str, Any], member: str) -> list[str]:
    names = asked.get(member, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ScapiError(400, "bad-request", f"{member}: a list of texts is expected.")
    return names


def _record(line: bytes) -> dict[str, Any]:
    """One line of a file; one that is no JSON object has no members, and is refused for that."""
    try:
        record = json.loads(line, parse_float=Decimal)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _counts(one: Import) -> dict[str, int]:
    refused = len(one.results)
    return {"recordsRead": one.read, "recordsProcessed": one.read - refused, "recordsSkipped": refused}


def _part(kind: str, body: bytes) -> bytes | None:
    """The content of the part named fileUpload."""
    document = email.parser.BytesParser().parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    for part in document.walk():
        if part.get_param("name", header="content-disposition") == "fileUpload":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else None
    return None
