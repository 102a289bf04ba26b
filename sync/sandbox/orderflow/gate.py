"""Who may call, and for which channel or organisation."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sync.sandbox.orderflow import documents
from sync.sandbox.orderflow.problems import MissingData, Page, Problem
from sync.sandbox.orderflow.warehouse import Unknown, Warehouse
from sync.sandbox.orderflow.xml import Element, document
from sync.sandbox.switches import Switches

XML = "text/xml;charset=UTF-8"
HTML = "text/html;charset=UTF-8"
Work = Callable[[Request], Awaitable[Response]]


class Gate:
    """Lets a call through to its operation, or answers it in the way its failure is answered."""

    def __init__(self, house: Warehouse, switches: Switches, user: str, password: str) -> None:
        self._house = house
        self._switches = switches
        self._credentials = (user, password)

    def guarded(self, work: Work) -> Work:
        """Return the operation behind maintenance mode and credentials, its failures as documents."""

        async def call(request: Request) -> Response:
            if self._switches["maintenance"]:
                raise Page(503, "Service Unavailable")
            self._authenticate(request)
            try:
                return await work(request)
            except Problem as problem:
                return self._failed(request, problem)
            except Unknown as unknown:
                return self._failed(request, MissingData(str(unknown)))

        return call

    def _failed(self, request: Request, problem: Problem) -> Response:
        request.state.effect = "refused"
        # ASSUMPTION: an error document comes with status 200.
        return answer(documents.error(problem), self._switches["error_status"])

    def _authenticate(self, request: Request) -> None:
        # ASSUMPTION: the pair of headers is an alternative to Basic; both together have to agree.
        given = [pair for pair in (_basic(request), _pair(request)) if pair is not None]
        # ASSUMPTION: wrong credentials are a 401, a known user without rights a 412.
        if not given or any(not self._right(pair) for pair in given):
            raise Page(self._switches["bad_credentials_status"], "Unauthorized")

    def _right(self, pair: tuple[str, str]) -> bool:
        return all(
            secrets.compare_digest(known.encode(), told.encode())
            for known, told in zip(self._credentials, pair, strict=True)
        )

    def channel(self, request: Request) -> str:
        """Return the channel a call is about. Raises MissingData, or Page 412 for one without rights."""
        name = self._scope(request, "channel")
        if name not in self._house.channels:
            raise MissingData(f"Channel '{name}' does not exist")
        return name

    def organisation(self, request: Request) -> str:
        """Return the organisation a call is about, or whose channel it names. Raises as `channel`."""
        name = self._scope(request, "organisation")
        if not name and self.channel(request):
            return self._house.organisation
        if name != self._house.organisation:
            raise MissingData(f"Organisation '{name}' does not exist")
        return name

    def report_scope(self, request: Request) -> tuple[str, ...]:
        """Return the channels a report is about: the named one or all, and always goods of no channel."""
        name = self._scope(request, "channel")
        return (name, "") if name else (*self._house.channels, "")

    def _scope(self, request: Request, kind: str) -> str:
        header, query = request.headers.get(kind, ""), request.query_params.get(kind, "")
        # ASSUMPTION: the header wins when both are present.
        name = header or query if self._switches["scope_from"] == "header" else query or header
        if name and name == self._switches["forbidden_scope"]:
            raise Page(412, "Precondition Failed")
        return name


def answer(root: Element, status: int = 200) -> Response:
    """Return the document as an answer."""
    return Response(document(root), status, media_type=XML)


async def page(request: Request, error: Exception) -> Response:
    """Answer with the page of the servlet container."""
    if isinstance(error, HTTPException):
        status, reason = error.status_code, error.detail
    elif isinstance(error, Page):
        status, reason = error.status, error.reason
    else:
        status, reason = 500, "Server Error"
    headers = {"WWW-Authenticate": 'Basic realm="OrderFlow"'} if status == HTTPStatus.UNAUTHORIZED else {}
    return Response(
        documents.page(status, reason, request.url.path), status, headers=headers, media_type=HTML
    )


def _basic(request: Request) -> tuple[str, str] | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, coded = header.partition(" ")
    user, _, password = _decoded(coded).partition(":") if scheme.lower() == "basic" else ("", "", "")
    return user, password


def _pair(request: Request) -> tuple[str, str] | None:
    user, password = request.headers.get("user"), request.headers.get("password")
    if user is None and password is None:
        return None
    return user or "", _decoded(password or "")


def _decoded(coded: str) -> str:
    try:
        return base64.b64decode(coded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
