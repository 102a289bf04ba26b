"""An example of a merchant's own endpoint: it keeps the newest facts of every order, each key once."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import ScapiError, json_answer
from sync.sandbox.sfcc.gate import WRITE, Gate

FACTS = "/custom/orderbridge/v1/organizations/{organization}/orders/{orderNo}/facts"
MEMBERS = frozenset(["site", "orderNo", "references", "statuses", "shipments", "returns", "paymentRequests"])


class FactsEndpoint:
    """The endpoint's two calls: take facts, and show what was taken last."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, Any]] = {}
        self._keys: set[str] = set()

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the endpoint."""
        return [gate.orders(FACTS, "POST", self.take, WRITE), gate.orders(FACTS, "GET", self.show, WRITE)]

    def clear(self) -> None:
        """Forget everything."""
        self.facts.clear()
        self._keys.clear()

    async def take(self, request: Request) -> Response:
        """Keep the document; a repeated key changes nothing."""
        key, number = request.headers.get("idempotency-key", ""), request.path_params["orderNo"]
        document = await read_json(request)
        if not key:
            raise ScapiError(400, "bad-request", "The header Idempotency-Key is missing.")
        if not isinstance(document, dict) or set(document) != MEMBERS or document["orderNo"] != number:
            raise ScapiError(400, "bad-request", f"Facts of order {number} are expected.")
        repeated = key in self._keys
        if not repeated:
            self._keys.add(key)
            self.facts[number] = document
        mark(request, f"facts:{key}", "repeated" if repeated else "applied")
        return Response(status_code=204)

    async def show(self, request: Request) -> Response:
        """What was taken last of an order."""
        number = request.path_params["orderNo"]
        if number not in self.facts:
            raise ScapiError(404, "not-found", f"No facts of order {number}.")
        return json_answer(self.facts[number])
