"""OCAPI orders (Shop API 20.4, Data API 25.6) for merchants that have not moved to SCAPI."""

import hashlib
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import OcapiError, ScapiError, json_answer, no_content
from sync.sandbox.sfcc.book import Order, OrderBook
from sync.sandbox.sfcc.gate import Gate, Handler
from sync.sandbox.sfcc.search import field_of, page, query_test, sort_keys
from sync.sandbox.sfcc.skin import VERSION, ocapi_order, resource_state
from sync.sandbox.sfcc.states import KINDS, STATUS
from sync.sandbox.switches import Switches

SHOP = "/s/{site}/dw/shop/{version}"
DATA = "/s/-/dw/data/{version}/sites/{site}/orders/{orderNo}"
CONFLICTS = {
    "undo-fail-order": "UndoFailOrderException",
    "undo-cancel-order": "UndoCancelOrderException",
    "order-status-transition": "OrderStatusTransitionException",
    "order-integration-status": "OrderIntegrationStatusException",
}
MAX_TEXT = 256


class OcapiOrders:
    """The calls of both OCAPI order resources on the same order book as SCAPI's."""

    def __init__(self, book: OrderBook, switches: Switches) -> None:
        self.book = book
        self.switches = switches

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the resources."""
        kinds = ("status", "external-status", *KINDS)
        return [
            gate.data(f"{SHOP}/orders/{{orderNo}}", "GET", self.read),
            gate.data(f"{SHOP}/order_search", "POST", self.search),
            *_changing(gate, DATA, "PATCH", self.patch),
            *(
                route
                for kind in kinds
                for route in _changing(gate, f"{DATA}/{kind.replace('-', '_')}", "PUT", self.put_kind)
            ),
        ]

    async def read(self, request: Request) -> Response:
        """Read one order."""
        order = self._order(request)
        return json_answer(ocapi_order(order, self.book.world.sites[order.site]))

    async def search(self, request: Request) -> Response:
        """Search the site's orders; the index knows new ones as late as the lists of SCAPI do."""
        name = self._site(request)
        body = await _object(request)
        test, (start, count) = query_test(body.get("query")), page(body)
        sorts = sort_keys(body.get("sorts"))
        now, site = self.book.world.now(), self.book.world.sites[name]
        hits = [ocapi_order(order, site) for order in self.book.all(name) if order.listed_from <= now]
        try:
            hits = [document for document in hits if test(document)]
        except TypeError as error:
            # Values of different kinds were compared, such as a total with a text.
            raise OcapiError(400, "MalformedParameterException", str(error), parameter="query") from error
        for field, descending in reversed(sorts):
            hits.sort(key=partial(_first_value, field), reverse=descending)
        rows = [
            {"_type": "order_search_hit", "relevance": 1.0, "data": hit}
            for hit in hits[start : start + count]
        ]
        answer = {"_v": VERSION, "_type": "order_search_result", "count": len(rows), "start": start}
        answer |= {
            "total": len(hits),
            "hits": rows,
            "query": body["query"],
            "select": body.get("select", "(**)"),
        }
        if start + count < len(hits):
            answer["next"] = {"_type": "result_page", "start": start + count, "count": count}
        return json_answer(answer)

    async def put_kind(self, request: Request) -> Response:
        """Set one of the statuses."""
        order, document = self._order(request), await _object(request)
        self._check_state(request, order, document)
        kind = request.url.path.rpartition("/")[2].replace("_", "-")
        value = _status(kind, document)
        try:
            changed = self._set(order, kind, value)
        except ScapiError as error:
            raise OcapiError(
                error.status, CONFLICTS[error.slug], error.detail, orderNo=order.number
            ) from error
        mark(request, f"{order.number}:{kind}:{value}", "applied" if changed else "repeated")
        return no_content()

    async def patch(self, request: Request) -> Response:
        """Merge custom attributes; null clears one."""
        order, document = self._order(request), await _object(request)
        self._check_state(request, order, document)
        self._check_attributes(document)
        before = {name: order.document.get(name) for name in document}
        merged = {**order.document, **document}
        order.document = {name: value for name, value in merged.items() if value is not None}
        self.book.changed(order)
        content = hashlib.sha256(await request.body()).hexdigest()[:16]
        mark(request, f"{order.number}:patch:{content}", "repeated" if before == document else "applied")
        return no_content()

    def _check_attributes(self, document: dict[str, Any]) -> None:
        installed = self.switches["installed_attributes"]
        for name in document:
            known = installed == "*" or name in installed.split(",")
            if not name.startswith("c_") or not name.removeprefix("c_") or not known:
                raise OcapiError(400, "UnknownPropertyException", f"Unknown '{name}'.", property=name)

    def _set(self, order: Order, kind: str, value: str) -> bool:
        if kind == "status":
            # `open` is OCAPI's other word for new.
            status = "new" if value == "open" else value.removesuffix("_with_reopen")
            return self.book.change_status(order, status)
        if kind == "export-status":
            return self.book.change_export(order, value)
        member = "externalOrderStatus" if kind == "external-status" else KINDS[kind][0]
        if order.document.get(member) == value:
            return False
        order.document[member] = value
        self.book.changed(order)
        return True

    def _site(self, request: Request) -> str:
        name: str = request.path_params["site"]
        if name not in self.book.world.sites:
            raise OcapiError(404, "SiteNotFoundException", f"No site '{name}'.", siteId=name)
        return name

    def _order(self, request: Request) -> Order:
        site, number = self._site(request), request.path_params["orderNo"]
        try:
            return self.book.get(site, number)
        except ScapiError as error:
            message = f"No order '{number}' for site '{site}' was found."
            raise OcapiError(404, "OrderNotFoundException", message, orderNo=number) from error

    def _check_state(self, request: Request, order: Order, document: dict[str, Any]) -> None:
        state = document.pop("_resource_state", request.headers.get("x-dw-resource-state"))
        if state is not None and state != resource_state(order):
            raise OcapiError(409, "ResourceStateConflictException", "The order was changed in the meantime.")


def _changing(gate: Gate, path: str, method: str, handler: Handler) -> list[Route]:
    """The route, and the same for clients that can only POST."""

    async def overridden(request: Request) -> Response:
        if request.headers.get("x-dw-http-method-override") != method:
            raise OcapiError(405, "MethodNotAllowedException", "POST is not allowed.", method="POST")
        return await handler(request)

    return [gate.data(path, method, handler), gate.data(path, "POST", overridden)]


def _first_value(field: str, document: dict[str, Any]) -> tuple[Decimal, str]:
    """What a document is sorted by: amounts by their size, everything else as a text."""
    value = next(iter(field_of(document, field)), "")
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return (Decimal(value), "") if number else (Decimal(0), str(value))


async def _object(request: Request) -> dict[str, Any]:
    try:
        document = await read_json(request)
    except ValueError as error:
        raise OcapiError(400, "BodyDecodingException", f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise OcapiError(400, "BodyDecodingException", "An object is expected.")
    return document


def _status(kind: str, document: dict[str, Any]) -> str:
    unknown = [name for name in document if name != "status" and not name.startswith("_")]
    if unknown:
        raise OcapiError(400, "UnknownPropertyException", f"Unknown '{unknown[0]}'.", property=unknown[0])
    value = document.get("status")
    if kind == "external-status":
        right = isinstance(value, str) and 1 <= len(value) <= MAX_TEXT
    else:
        right = value in ((*STATUS, "open") if kind == "status" else KINDS[kind][1])
    if not right:
        message = f"The property 'status' cannot be '{value}'."
        raise OcapiError(400, "PropertyConstraintViolationException", message, property="status")
    return str(value)
