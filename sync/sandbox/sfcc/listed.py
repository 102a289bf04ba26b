"""SCAPI Inventory Lists (Admin 1.1): the same records as OCAPI's, in SCAPI's names.

ASSUMPTION: neither paths nor members of this API are public beyond its overview; all of them are guesses.
"""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import OcapiError, ScapiError, json_answer
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.records import RecordsApi

ONE = (
    "/product/inventory-lists/v1/organizations/{organization}/inventory-lists/{list}"
    "/product-inventory-records/{product:path}"
)
READ = frozenset({"sfcc.inventory-lists", "sfcc.inventory-lists.rw"})
WRITE = frozenset({"sfcc.inventory-lists.rw"})


class ListedApi:
    """The calls on one record."""

    def __init__(self, records: RecordsApi, organization: str) -> None:
        self.records = records
        self.organization = organization

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the resource."""
        return [
            gate.stock(ONE, "GET", self.read, READ, self.organization),
            gate.stock(ONE, "PUT", self.put, WRITE, self.organization),
            gate.stock(ONE, "PATCH", self.patch, WRITE, self.organization),
        ]

    async def read(self, request: Request) -> Response:
        """Read one record."""
        return await self._as_problem(self.records.read, request)

    async def put(self, request: Request) -> Response:
        """Create a record, or overwrite all of it."""
        return await self._as_problem(self.records.put, await _renamed(request))

    async def patch(self, request: Request) -> Response:
        """Change the given members of a record."""
        return await self._as_problem(self.records.patch, await _renamed(request))

    async def _as_problem(self, call: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
        try:
            answer = await call(request)
        except OcapiError as error:
            raise ScapiError(error.status, error.kind, error.message) from error
        if request.method != "GET":
            mark(request, None, "applied")
        return json_answer(_camel_of(json.loads(bytes(answer.body), parse_float=Decimal)))


async def _renamed(request: Request) -> Request:
    """The same call with OCAPI's names in its body."""
    document = await read_json(request)
    body = json_answer({_snake(name): _members(value) for name, value in document.items()}).body

    async def again() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    params = {"version": "v25_6", **request.path_params}
    return Request({**request.scope, "path_params": params}, again)


def _members(value: Any) -> Any:
    return {_snake(name): one for name, one in value.items()} if isinstance(value, dict) else value


def _camel_of(document: dict[str, Any]) -> dict[str, Any]:
    """A record in this API's names; OCAPI's own members, which begin with an underscore, it does not have."""
    return {
        name if name.startswith("c_") else _camel(name): _camel_of(one) if isinstance(one, dict) else one
        for name, one in document.items()
        if not name.startswith("_")
    }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
