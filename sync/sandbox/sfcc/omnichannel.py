"""Omnichannel Inventory: on hand by location, batch updates and file imports."""

import email.parser
import gzip
import io
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.journal import Journal
from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import ScapiError, json_answer, no_content
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

AVAILABILITY = "/inventory/availability/v1/organizations/{organization}/availability-records/actions"
IMPEX = "/inventory/impex/v1/organizations/{organization}/availability-records/imports"
UPLOADS = "/_oci/uploads"
LARGEST = 100 * 1024 * 1024
MOST = 100
LOCATION = re.compile(r"[A-Za-z0-9_-]{2,128}")


@dataclass(slots=True)
class Import:
    """A file on its way."""

    begun: datetime
    content: bytes | None = None
    uploaded: datetime | None = None
    status: str = "PENDING"
    results: list[dict[str, str]] = field(default_factory=list)


class Omnichannel:
    """The calls on availability records, and the shelf of every location."""

    def __init__(self, switches: Switches, journal: Journal, now: Callable[[], datetime]) -> None:
        self.switches = switches
        self.journal = journal
        self.now = now
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.shelves: dict[str, dict[str, dict[str, Any]]] = {}
        self.imports: dict[str, Import] = {}
        self.seen: set[str] = set()

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
        records = (await read_json(request)).get("records")
        if not isinstance(records, list) or not 1 <= len(records) <= MOST:
            raise ScapiError(400, "bad-request", f"1 to {MOST} records are expected.")
        ends = [(record, self._write(record)) for record in records]
        mark(request, None, "read")
        errors = [
            {"recordId": record.get("recordId"), "sku": record.get("sku"), "message": reason}
            for record, reason in ends
            if reason
        ]
        return json_answer({"errors": errors} if errors else {})

    async def availability(self, request: Request) -> Response:
        """Tell what is on hand."""
        self.settle()
        asked = await read_json(request)
        rows = [
            {
                "id": name,
                "records": [self.shelves.get(name, {}).get(sku, {}) for sku in asked.get("skus", [])],
            }
            for name in asked.get("locations", [])
        ]
        return json_answer({"locations": rows, "groups": []})

    async def begin(self, request: Request) -> Response:
        """Give a link for an upload."""
        asked = await read_json(request)
        if asked.get("fileFormat") != "JSON" or asked.get("fileEncoding") != "GZIP":
            raise ScapiError(400, "bad-request", "fileFormat JSON and fileEncoding GZIP are expected.")
        number = str(uuid.uuid4())
        self.imports[number] = Import(self.now())
        base = str(request.base_url).rstrip("/")
        until = self.now() + timedelta(minutes=int(asked.get("linkDuration", 60)))
        shown = {"importId": number, "uploadLink": f"{base}{UPLOADS}/{number}", "uploadMethod": "POST"}
        return json_answer(shown | {"uploadLinkExpirationUTC": stamp(until)}, 201)

    async def upload(self, request: Request) -> Response:
        """Take a file, and begin to work it."""
        found = self.imports.get(request.path_params["number"])
        if found is None or self.switches["upload_link_expired"]:
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
            {"importId": number, "status": self.imports[number].status}
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
        shelf = self.shelves.get(request.query_params.get("location", ""), {})
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
        with gzip.GzipFile(fileobj=io.BytesIO(one.content or b"")) as lines:
            for line in lines:
                record = json.loads(line)
                if reason := self._write(record):
                    one.results.append({"sku": record.get("sku", ""), "status": "ERROR", "message": reason})
        one.status = "COMPLETED_WITH_PARTIAL_FAILURES" if one.results else "COMPLETED_WITHOUT_ERRORS"

    def _write(self, record: dict[str, Any]) -> str:
        """Write one record unless it is known or older than what is there; return what is wrong with it."""
        location, sku = record.get("location", ""), record.get("sku", "")
        units = record.get("onHand")
        if not LOCATION.fullmatch(location) or not record.get("recordId"):
            return "location or recordId cannot be used"
        if not sku or sku in self.switches["unknown_products"].split(","):
            return f"no product '{sku}'"
        if isinstance(units, bool) or not isinstance(units, int | float) or units < 0:
            return "onHand must not be negative"
        try:
            at = datetime.fromisoformat(record.get("effectiveDate", ""))
        except ValueError:
            return "effectiveDate is missing"
        shelf = self.shelves.setdefault(location, {})
        # ASSUMPTION: a record that is older than the one there is ignored; the exact rule is not documented.
        newer = sku not in shelf or at >= datetime.fromisoformat(shelf[sku]["effectiveDate"])
        if newer and record["recordId"] not in self.seen:
            self.seen.add(record["recordId"])
            shelf[sku] = {"sku": sku, "onHand": units, "effectiveDate": stamp(at)}
            self._tell(location, sku, units)
        return ""

    def _tell(self, location: str, sku: str, units: float) -> None:
        self.journal.record(
            method="WRITE",
            path=f"/availability-records/{location}/{sku}",
            idempotency_key=None,
            status=200,
            body=str(units),
            effect="applied",
            route="/availability-records/{location}/{sku}",
        )


def _part(kind: str, body: bytes) -> bytes | None:
    """The content of the part named fileUpload."""
    document = email.parser.BytesParser().parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    for part in document.walk():
        if part.get_param("name", header="content-disposition") == "fileUpload":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else None
    return None
