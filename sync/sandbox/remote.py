"""What every remote has in common: its door, and the control calls under `/_sandbox/`."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler

from sync.sandbox.door import Door
from sync.sandbox.faults import FaultPlanError, Faults
from sync.sandbox.journal import Effect, Journal
from sync.sandbox.switches import SwitchError, Switches

MAX_BODY = 5 * 1024 * 1024


def mark(request: Request, key: str | None, effect: Effect) -> None:
    """Tell the journal under which idempotency key the request counts and what it changed."""
    request.state.idempotency_key = key
    request.state.effect = effect


def remote_app(  # noqa: PLR0913 - one remote is put together here, every part by its name
    name: str,
    routes: Sequence[BaseRoute],
    *,
    journal: Journal,
    faults: Faults,
    control: Sequence[BaseRoute] = (),
    switches: Switches | None = None,
    reset: Callable[[], None] | None = None,
    exception_handlers: dict[Any, ExceptionHandler] | None = None,
    max_body: int = MAX_BODY,
    large: Mapping[str, int] = MappingProxyType({}),
) -> Starlette:
    """Build the application of one remote; `reset` empties its own state on `POST /_sandbox/reset`.

    Larger bodies than `max_body` bytes are answered 413 without being kept; `large` are the beginnings of
    paths that take larger ones.
    """
    desk = _Desk(name, journal, faults, switches or Switches(), reset)
    return Starlette(
        routes=[*control, *desk.routes(), *routes],
        middleware=[Middleware(Door, journal=journal, faults=faults, max_body=max_body, large=large)],
        exception_handlers=exception_handlers or {},
    )


async def read_json(request: Request) -> Any:
    """The JSON document with exact decimals; an empty body is an empty object. Raises ValueError."""
    body = await request.body()
    return json.loads(body, parse_float=Decimal, parse_constant=_refuse) if body else {}


def _refuse(constant: str) -> None:
    """JSON has no NaN and no infinity, whatever Python takes."""
    raise ValueError(f"{constant} is not JSON")


async def read_form(request: Request) -> dict[str, str]:
    """The request's URL-encoded form; of a repeated member the last counts."""
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def basic(authorization: str) -> tuple[str, str] | None:
    """Client id and secret of a Basic header, each percent-decoded (RFC 6749, 2.3.1)."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(user), unquote(password)


def control_problem(error: Exception | str) -> JSONResponse:
    """The answer to a control call that cannot be understood."""
    return JSONResponse({"error": str(error)}, 400)


class _Desk:
    """The control calls that every remote answers."""

    def __init__(
        self,
        name: str,
        journal: Journal,
        faults: Faults,
        switches: Switches,
        reset: Callable[[], None] | None,
    ) -> None:
        self.name = name
        self.journal = journal
        self.faults = faults
        self.switches = switches
        self.empty = reset

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/health", self.health),
            Route("/_sandbox/journal", self.read_journal),
            Route("/_sandbox/summary", self.summary),
            Route("/_sandbox/reset", self.reset, methods=["POST"]),
            Route("/_sandbox/faults", self.read_faults),
            Route("/_sandbox/faults", self.load_faults, methods=["PUT"]),
            Route("/_sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_sandbox/switches", self.read_switches),
            Route("/_sandbox/switches", self.change_switches, methods=["PUT"]),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "remote": self.name})

    async def read_journal(self, request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return control_problem(f"since: {since!r} is not a sequence number")
        lines = "".join(f"{line}\n" for line in self.journal.lines(int(since)))
        return PlainTextResponse(lines, media_type="application/x-ndjson")

    async def summary(self, _request: Request) -> Response:
        return JSONResponse(self.journal.summary())

    async def reset(self, _request: Request) -> Response:
        self.journal.clear()
        self.faults.clear()
        self.switches.reset()
        if self.empty is not None:
            self.empty()
        return Response(status_code=204)

    async def read_faults(self, _request: Request) -> Response:
        return JSONResponse(self.faults.describe())

    async def load_faults(self, request: Request) -> Response:
        try:
            self.faults.load(json.loads(await request.body()))
        except (FaultPlanError, ValueError) as error:
            return control_problem(error)
        return JSONResponse(self.faults.describe())

    async def clear_faults(self, _request: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    async def read_switches(self, _request: Request) -> Response:
        return JSONResponse(self.switches.describe())

    async def change_switches(self, request: Request) -> Response:
        try:
            self.switches.change(json.loads(await request.body()))
        except (SwitchError, ValueError) as error:
            return control_problem(error)
        return JSONResponse(self.switches.describe())
