"""How SFCC answers and refuses: SCAPI problem documents and OCAPI faults."""

import json
from decimal import Decimal
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sync.sandbox.switches import Switches

ERRORS = "https://api.commercecloud.salesforce.com/documentation/error/v1/errors/"
OCAPI_PATH = "/s/"
MAX_ANSWER = 10 * 1024 * 1024


class Problem(Exception):
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


class Fault(Exception):
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


def dumps(document: Any) -> str:
    """A document as JSON text; decimals become doubles, as SFCC has no others."""
    return json.dumps(document, default=_double, ensure_ascii=False, separators=(",", ":"))


def json_answer(document: Any, status: int = 200) -> Response:
    """A JSON answer; decimals leave as doubles. A document over 10 MB is answered 500, as the platform does."""
    text = dumps(document).encode()
    if len(text) > MAX_ANSWER:
        return json_answer(Problem(500, "internal-server-error", "The answer is too large.").document(), 500)
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

    async def problem(self, request: Request, error: Exception) -> Response:
        """Answer a `Problem`."""
        assert isinstance(error, Problem)
        return echo(request, json_answer(error.document(), error.status))

    async def fault(self, request: Request, error: Exception) -> Response:
        """Answer a `Fault`."""
        assert isinstance(error, Fault)
        return json_answer(error.document(typed=self.switches["fault_arguments"] == "typed"), error.status)

    async def unknown_call(self, request: Request, error: Exception) -> Response:
        """Answer a path or method that does not exist."""
        assert isinstance(error, HTTPException)
        path = request.url.path
        if path.startswith(OCAPI_PATH):
            kind = (
                "MethodNotAllowedException" if error.status_code == 405 else "ResourcePathNotFoundException"
            )
            return await self.fault(
                request, Fault(error.status_code, kind, f"{request.method} {path}", path=path)
            )
        slug = "method-not-allowed" if error.status_code == 405 else "not-found"
        return await self.problem(
            request, Problem(error.status_code, slug, f"{request.method} {path} does not exist.")
        )

    def handlers(self) -> dict[Any, Any]:
        """The exception handlers of the application."""
        return {Problem: self.problem, Fault: self.fault, HTTPException: self.unknown_call}


def echo(request: Request, response: Response) -> Response:
    """Return the caller's correlation id with the answer."""
    correlation = request.headers.get("correlation-id")
    if correlation is not None:
        response.headers["x-correlation-id"] = correlation
    return response
