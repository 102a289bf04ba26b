"""The merchant's job: OCAPI Data API 25.6, started once for a file and asked how it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from sync.clients.failures import failure, slug
from sync.clients.http import Answer, Call
from sync.clients.sfcc_token import Authorized
from sync.core.errors import Retryable

RECENT = 50
BUSY = "JobAlreadyRunningException"


@dataclass(frozen=True, slots=True)
class Execution:
    """A run of the job; `exit` is empty until it is over, `log` is empty where there is none."""

    number: str
    started: datetime | None
    exit: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Executions below `url`, the Data API's address."""

    api: Authorized
    url: str

    def since(self, job: str, moment: datetime) -> Execution | None:
        """Return the first execution that was started after a moment by the server's clock."""
        query = {"term_query": {"fields": ["job_id"], "operator": "is", "values": [job]}}
        sorts = [{"field": "start_time", "sort_order": "desc"}]
        body = {"query": query, "sorts": sorts, "count": RECENT, "select": "(**)"}
        answer = self._checked(self.api.send(Call("POST", f"{self.url}/job_execution_search", json=body)))
        hits = answer.json().get("hits") or []
        later = [one for one in map(_execution, hits) if one.started is not None and one.started >= moment]
        return min(later, key=lambda one: one.started or moment, default=None)

    def look(self, job: str) -> None:
        """Ask for executions; raises what a caller without the right to it is told."""
        self.since(job, datetime.now(UTC))

    def start(self, job: str) -> Execution | None:
        """Start the job and return its execution, None while another one is under way.

        Raises `OutcomeUnknown` when it may have been started all the same.
        """
        call = Call("POST", f"{self.url}/jobs/{quote(job, safe='')}/executions", json={}, changing=True)
        answer = self.api.send(call)
        if answer.status == HTTPStatus.BAD_REQUEST and slug(answer.content) == BUSY:
            return None
        return _execution(self._checked(answer, changing=True).json())

    def read(self, job: str, number: str) -> Execution:
        """Return an execution as it is now."""
        names = quote(job, safe=""), quote(number, safe="")
        url = f"{self.url}/jobs/{names[0]}/executions/{names[1]}"
        return _execution(self._checked(self.api.send(Call("GET", url))).json())

    def _checked(self, answer: Answer, *, changing: bool = False) -> Answer:
        if not answer.ok:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content, changing=changing)
        return answer


def _execution(document: Any) -> Execution:
    try:
        over = document["execution_status"] in {"finished", "aborted"}
        told = document.get("exit_status") or {}
        return Execution(
            number=str(document["id"]),
            started=_moment(document),
            exit=str(told.get("code") or told.get("status") or document["execution_status"]) if over else "",
            log=str(document.get("log_file_path") or "") if document.get("is_log_file_existing") else "",
        )
    except (KeyError, TypeError, AttributeError):
        raise Retryable("remote.malformed", "a job execution without id or status") from None


def _moment(document: Mapping[str, Any]) -> datetime | None:
    text = document.get("start_time")
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
