"""OCAPI batch requests: up to 50 calls on one resource each, in one multipart document."""

import email.parser
import email.policy
from collections.abc import Iterable
from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope

from sync.sandbox.journal import Journal
from sync.sandbox.sfcc.answers import OcapiError
from sync.sandbox.sfcc.gate import Gate

MOST = 50
LARGEST = 5 * 1024 * 1024
PATHS = ("/s/-/dw/batch", "/dw/batch")


class BatchApi:
    """Takes batches apart; every part is in the journal as the call that it stands for."""

    def __init__(self, routes: Iterable[Route], journal: Journal) -> None:
        self.routes_inside = list(routes)
        self.journal = journal

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the resource."""
        return [gate.data(path, "POST", self.batch) for path in PATHS]

    async def batch(self, request: Request) -> Response:
        """Answer every part; one that is refused keeps back no other."""
        body = await request.body()
        if len(body) > LARGEST:
            raise OcapiError(400, "RequestEntityTooLargeException", "The batch is larger than 5 MB.")
        kind = request.headers.get("content-type", "")
        head = f"content-type: {kind}\r\n\r\n".encode()
        document = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + body)
        if not kind.startswith("multipart/mixed") or not document.is_multipart():
            raise OcapiError(400, "IllegalContentTypeException", "A multipart/mixed document is expected.")
        parts: Any = document.get_payload()
        if len(parts) > MOST:
            raise OcapiError(400, "QuotaExceededException", f"More than {MOST} subrequests.")
        answers = [await self._answer(request, part) for part in parts]
        request.state.shown_body = f"{len(parts)} subrequests"
        boundary = document.get_boundary()
        content = b"".join(f"--{boundary}\r\n".encode() + answer for answer in answers)
        return Response(content + f"--{boundary}--\r\n".encode(), headers={"content-type": kind})

    async def _answer(self, outer: Request, part: Message) -> bytes:
        method = part.get("x-dw-http-method") or outer.headers.get("x-dw-http-method")
        path = part.get("x-dw-resource-path") or outer.headers.get("x-dw-resource-path")
        if not method:
            raise OcapiError(400, "MissingHttpMethodException", "A subrequest has no HTTP method.")
        if not path:
            raise OcapiError(400, "MissingResourcePathException", "A subrequest has no resource path.")
        whole = path + part.get("x-dw-resource-path-extension", "")
        content = part.get_payload(decode=True) or b""
        answer = await self._call(outer, method, whole, bytes(content).strip())
        head = f"x-dw-content-id: {part.get('x-dw-content-id', '')}\r\nx-dw-status-code: {answer.status_code}"
        return f"{head}\r\n\r\n".encode() + bytes(answer.body) + b"\r\n"

    async def _call(self, outer: Request, method: str, path: str, body: bytes) -> Response:
        state: dict[str, Any] = {}
        scope: Scope = {**outer.scope, "method": method, "path": unquote(path), "raw_path": path.encode()}
        scope.update(state=state, query_string=b"")
        answer, route = await self._route(scope, _replay(body))
        answered = answer.status_code < HTTPStatus.BAD_REQUEST
        self.journal.record(
            method=method,
            path=unquote(path),
            idempotency_key=state.get("idempotency_key"),
            status=answer.status_code,
            body=body.decode(errors="replace"),
            effect=state.get("effect") or ("read" if answered else "refused"),
            route=route,
        )
        return answer

    async def _route(self, scope: Scope, receive: Receive) -> tuple[Response, str]:
        for route in self.routes_inside:
            match, found = route.matches(scope)
            if match is Match.FULL:
                inner = Request({**scope, **found}, receive)
                app: Starlette = scope["app"]
                try:
                    return await route.endpoint(inner), route.path
                except OcapiError as error:
                    return await app.exception_handlers[OcapiError](inner, error), route.path
        return Response(b"{}", HTTPStatus.NOT_FOUND), scope["path"]


def _replay(body: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
