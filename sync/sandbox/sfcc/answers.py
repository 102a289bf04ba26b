"""How SFCC answers and refuses: SCAPI problem documents and OCAPI faults."""

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sync.sandbox.remote import read_json
from sync.sandbox.switches import Switches

ERRORS = "https://api.commercecloud.salesforce.com/documentation/error/v1/errors/"
OCAPI_PATH = "/s/"
UNKNOWN = {
    HTTPStatus.NOT_FOUND: ("ResourcePathNotFoundException", "not-found"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("MethodNotAllowedException", "method-not-allowed"),
}
MAX_ANSWER = 10 * 1024 * 1024


class ScapiError(Exception):
    """A SCAPI refusal: the last path segment of `type` is what clients branch on."""

    def __init__(self, status: int, slug: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.members = members

    def document(self) -> dict[str, Any]:
        """The problem document."""
        title = self.slug.replace("-", " ").title()
        return {"title": title, "type": f"{ERRORS}{self.slug}", "detail": self.detail, **self.members}


class OcapiError(Exception):
    """An OCAPI refusal."""

    def __init__(self, status: int, kind: str, message: str, **arguments: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.arguments = arguments

    def document(self, *, typed: bool) -> dict[str, Any]:
        """The fault document; `typed` wraps every argument as the specification has it."""
        arguments = {
            name: {"type": "string", "value": value} if typed else value
            for name, value in self.arguments.items()
        }
        return {"_v": "25.6", "fault": {"type": self.kind, "message": self.message, "arguments": arguments}}


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object that a SCAPI request carries; anything else is a 400 problem."""
    try:
        document = await read_json(request)
    except ValueError as error:
        raise ScapiError(400, "bad-request", f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ScapiError(400, "bad-request", "An object is expected.")
    return document


def dumps(document: Any) -> str:
    """A document as JSON text; decimals become doubles, as SFCC has no others."""
    return json.dumps(document, default=_double, ensure_ascii=False, separators=(",", ":"))


def json_answer(document: Any, status: int = 200) -> Response:
    """A JSON answer; a document over 10 MB is answered 500 instead, as the platform does."""
    text = dumps(document).encode()
    if len(text) > MAX_ANSWER:
        return json_answer(
            ScapiError(500, "internal-server-error", "The answer is too large.").document(), 500
        )
    return Response(text, status, media_type="application/json")


def no_content() -> Response:
    """The empty answer of a successful write."""
    return Response(status_code=204)


def _double(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


class Refusals:
    """Turns what handlers raise into the answer of the API the path belongs to."""

    def __init__(self, switches: Switches) -> None:
        self.switches = switches

    async def problem(self, request: Request, error: ScapiError) -> Response:
        """Answer a `ScapiError`."""
        return echo(request, json_answer(error.document(), error.status))

    async def fault(self, _request: Request, error: OcapiError) -> Response:
        """Answer an `OcapiError`."""
        return json_answer(error.document(typed=self.switches["fault_arguments"] == "typed"), error.status)

    async def unknown_call(self, request: Request, error: HTTPException) -> Response:
        """Answer a path or method that does not exist."""
        call = f"{request.method} {request.url.path}"
        kind, slug = UNKNOWN[HTTPStatus(error.status_code)]
        if request.url.path.startswith(OCAPI_PATH):
            return await self.fault(request, OcapiError(error.status_code, kind, call, path=request.url.path))
        return await self.problem(request, ScapiError(error.status_code, slug, f"{call} does not exist."))

    def handlers(self) -> dict[Any, Any]:
        """The exception handlers of the application."""
        return {ScapiError: self.problem, OcapiError: self.fault, HTTPException: self.unknown_call}


def echo(request: Request, response: Response) -> Response:
    """Return the caller's correlation id with the answer."""
    correlation = request.headers.get("correlation-id")
    if correlation is not None:
        response.headers["x-correlation-id"] = correlation
    return response
