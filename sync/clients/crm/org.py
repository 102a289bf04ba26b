"""Calls of an org's REST API: with a session, within the day's calls, and failures as the core knows them."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from schemas.crm.faults import faults, told
from sync.clients.crm.login import Session, Sessions
from sync.clients.crm.usage import Usage
from sync.clients.failures import failure
from sync.clients.http import Answer, Call, Connection
from sync.core.errors import Alarm, OrderbridgeError, Retryable

JSON = {"Content-Type": "application/json; charset=utf-8"}
USED_UP = "REQUEST_LIMIT_EXCEEDED"
# Refusals with 400 that pass by themselves.
PASSING = ("UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "SERVER_UNAVAILABLE")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A call of the API by its path, which may hold a query; shown without either.

    `optional`: it is not made when few of the day's calls are left. A `body` changes something.
    """

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    optional: bool = False

    def __repr__(self) -> str:
        return f"ApiRequest({self.method})"


class Org:
    """An org behind its REST API; safe to share between threads."""

    def __init__(self, connection: Connection, sessions: Sessions, usage: Usage, version: str) -> None:
        """Open nothing yet; `version` is the API's, like 64.0."""
        self._connection, self._sessions = connection, sessions
        self.usage = usage
        self.root = f"/services/data/v{version}"

    def ask(self, request: ApiRequest) -> Answer:
        """Return the answer of success.

        Raises `Retryable` crm.quota, `Alarm` credentials.refused, `Rejected` crm.refused, and as
        `Connection.send`: a lost answer of a call that changes is an `OutcomeUnknown`.
        """
        if request.optional and self.usage.stale:
            self.ask(ApiRequest("GET", f"{self.root}/limits"))
        self.usage.before(optional=request.optional)
        answer = self._answered(request)
        if not answer.ok:
            raise self._refusal(answer, changing=request.body is not None)
        return answer

    def next_page(self, url: str) -> ApiRequest:
        """Return the request for a page that an answer names; its host is not believed.

        Raises `Retryable` remote.malformed for a path that is not the API's.
        """
        try:
            path = urlsplit(url).path
        except ValueError:
            path = ""
        if not path.startswith(f"{self.root}/query/") or ".." in path or not path.isascii():
            raise Retryable("remote.malformed", "crm: the next page is none of a query")
        return ApiRequest("GET", path)

    def _answered(self, request: ApiRequest) -> Answer:
        """One login more when the session has ended, whatever else was sent with it."""
        session = self._sessions.get()
        answer = self._sent(request, session)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = self._sent(request, self._sessions.get(instead_of=session))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            detail = f"crm takes no session, also a new one: {told(faults(answer.content))}"
            raise Alarm("credentials.refused", detail, remote_status=answer.status)
        return answer

    def _sent(self, request: ApiRequest, session: Session) -> Answer:
        call = Call(
            request.method,
            session.instance + request.path,
            params=request.params or {},
            data=request.body,
            headers={"Authorization": f"Bearer {session.token}", "Accept": "application/json", **JSON},
            changing=request.body is not None,
        )
        with _without_cause():
            answer = self._connection.send(call)
        self.usage.heard(answer.headers)
        return answer

    def _refusal(self, answer: Answer, *, changing: bool) -> OrderbridgeError:
        errors = faults(answer.content)
        codes = {error.code for error in errors}
        if USED_UP in codes:
            return self.usage.closed()
        # Nothing of the body but codes and names of fields: it may quote the query.
        shown = told(errors)
        if answer.status == HTTPStatus.BAD_REQUEST and codes.intersection(PASSING):
            detail = f"crm answered {answer.status} {shown}"
            return Retryable("remote.unavailable", detail, remote_status=answer.status)
        return failure(
            self._connection.remote, answer.status, answer.headers, shown.encode(), changing=changing
        )


@contextlib.contextmanager
def _without_cause() -> Iterator[None]:
    """Let errors go on without what caused them: that names the address, and the query in it."""
    try:
        yield
    except OrderbridgeError as error:
        error.__cause__ = error.__context__ = None
        raise
