"""OCAPI Data API jobs: the merchant's import job, which takes its time, fails, and writes a log."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import OcapiError, json_answer
from sync.sandbox.sfcc.feeds import Importer
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.webdav import Folders
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

BASE = "/s/-/dw/data/{version}"
JOB = "orderbridge-inventory"
FOLDER = "Impex/src/orderbridge"
PATTERN = re.compile(r".*\.xml(\.gz)?")


@dataclass(slots=True)
class Execution:
    """One run of the job."""

    number: int
    started: datetime
    ends: datetime
    status: str = "running"
    exit: str = ""
    log: list[str] = field(default_factory=list)


class JobsApi:
    """Starts the one job there is, and tells how its executions are."""

    def __init__(
        self, folders: Folders, importer: Importer, switches: Switches, now: Callable[[], datetime]
    ) -> None:
        self.folders = folders
        self.importer = importer
        self.switches = switches
        self.now = now
        self.executions: list[Execution] = []

    def clear(self) -> None:
        """Forget all executions."""
        self.executions.clear()

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the resource."""
        return [
            gate.data(f"{BASE}/jobs/{{job}}/executions", "POST", self.start),
            gate.data(f"{BASE}/jobs/{{job}}/executions/{{number}}", "GET", self.read),
            gate.data(f"{BASE}/job_execution_search", "POST", self.search),
        ]

    async def start(self, request: Request) -> Response:
        """Start the job unless it is running."""
        self._check(request)
        self.settle()
        if any(one.status == "running" for one in self.executions):
            raise OcapiError(400, "JobAlreadyRunningException", "The job is already running.", jobId=JOB)
        now = self.now()
        ends = now + timedelta(seconds=self.switches["job_seconds"])
        execution = Execution(len(self.executions) + 1, now, ends)
        self.executions.append(execution)
        mark(request, None, "applied")
        return json_answer(_document(execution), 202)

    async def read(self, request: Request) -> Response:
        """Tell how an execution is."""
        self._check(request)
        self.settle()
        number = request.path_params["number"]
        found = [one for one in self.executions if str(one.number) == number]
        if not found:
            raise OcapiError(
                404, "JobExecutionNotFoundException", f"No execution {number}.", executionId=number
            )
        return json_answer(_document(found[0]))

    async def search(self, request: Request) -> Response:
        """List the executions of the job, the newest first; only a query by job id is understood."""
        query = await _term(request)
        if query.get("fields") != ["job_id"]:
            raise OcapiError(400, "MalformedParameterException", "A term query by job_id is expected.")
        self.settle()
        found = self.executions[::-1] if JOB in (query.get("values") or []) else []
        hits = [_document(one) for one in found]
        return json_answer(
            {"_v": "25.6", "_type": "job_execution_search_result", "count": len(hits), "hits": hits}
            | {"start": 0, "total": len(hits)}
        )

    def settle(self) -> None:
        """Let happen what the time has come for."""
        for one in self.executions:
            if one.status == "running" and self.now() >= one.ends:
                self._run(one)

    def _run(self, execution: Execution) -> None:
        files = [name for name in self.folders.inside(FOLDER) if PATTERN.fullmatch(name)]
        good = True
        if self.switches["job_fails"]:
            execution.log.append("ERROR The step failed.")
            good, files = False, []
        for name in files:
            content = self.folders.files.pop(f"{FOLDER}/{name}")
            good = self.importer.run(name, content, execution.log) and good
        failed = "ERROR" if self.switches["job_fails"] else self.switches["import_failed"]
        execution.status, execution.exit = "finished", "OK" if good else failed
        self.folders.files[f"LOGS/jobs/{_log(execution)}"] = "\n".join(execution.log).encode()

    def _check(self, request: Request) -> None:
        job = request.path_params["job"]
        if job != JOB:
            raise OcapiError(404, "JobNotFoundException", f"No job '{job}'.", jobId=job)


async def _term(request: Request) -> dict[str, Any]:
    """The term query of a search; anything else has no fields."""
    try:
        document = await read_json(request)
    except ValueError as error:
        raise OcapiError(400, "BodyDecodingException", f"The body is not JSON: {error}") from error
    for name in ("query", "term_query"):
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _log(execution: Execution) -> str:
    return f"Job-{JOB}-{execution.number}.log"


def _document(one: Execution) -> dict[str, Any]:
    shown: dict[str, Any] = {"_v": "25.6", "_type": "job_execution", "id": str(one.number), "job_id": JOB}
    shown |= {"execution_status": one.status, "start_time": stamp(one.started)}
    # Vendors' tools wait while `status` is RUNNING; it is the exit code afterwards.
    shown |= {"status": one.exit or "RUNNING", "log_file_name": _log(one)}
    if one.status == "finished":
        exit_status = {"code": one.exit, "status": "error" if one.exit == "ERROR" else "ok"}
        shown |= {"end_time": stamp(one.ends), "exit_status": exit_status, "is_log_file_existing": True}
        shown |= {"log_file_path": f"/Sites/LOGS/jobs/{_log(one)}"}
    return shown
