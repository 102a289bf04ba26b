"""The hand on the levers: control calls that move shipments and stock, and show what the warehouse holds."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.orderflow.auto import AutoWarehouse
from sync.sandbox.orderflow.bodies import whole
from sync.sandbox.orderflow.levers import move
from sync.sandbox.orderflow.model import Order, Return, Shipment
from sync.sandbox.orderflow.pushes import Pushes
from sync.sandbox.orderflow.shelves import receive_stray, set_stock
from sync.sandbox.orderflow.warehouse import Refused, Unknown, Warehouse
from sync.sandbox.remote import read_json

Work = Callable[[Request], Awaitable[Response]]


class Control:
    """The control calls of the warehouse; a failure is JSON with a member `error`."""

    def __init__(self, house: Warehouse, pushes: Pushes, auto: AutoWarehouse) -> None:
        self._house = house
        self._pushes = pushes
        self._auto = auto

    def routes(self) -> list[Route]:
        """Return the routes below `/_sandbox`."""
        return [
            Route("/_sandbox/shipments/{reference:path}/{action}", _plain(self._move), methods=["POST"]),
            Route("/_sandbox/stock", _plain(self._set_stock), methods=["POST"]),
            Route("/_sandbox/stock", _plain(self._stock)),
            Route("/_sandbox/products", _plain(self._open), methods=["POST"]),
            Route("/_sandbox/stock/push", _plain(self._push_stock), methods=["POST"]),
            Route("/_sandbox/orders", _plain(self._orders)),
            Route("/_sandbox/returns", _plain(self._returns)),
            Route("/_sandbox/returns", _plain(self._receive_stray), methods=["POST"]),
            Route("/_sandbox/parked", _plain(self._parked)),
            Route("/_sandbox/parked", _plain(self._retry_parked), methods=["POST"]),
            Route("/_sandbox/auto", _plain(self._show_auto)),
            Route("/_sandbox/auto", _plain(self._set_auto), methods=["PUT"]),
        ]

    async def _move(self, request: Request) -> Response:
        body = await _object(request)
        if "channel" in request.query_params:
            body["channel"] = request.query_params["channel"]
        reference, action = request.path_params["reference"], request.path_params["action"]
        order = move(self._house, reference, action, body)
        return JSONResponse(order_row(order))

    async def _set_stock(self, request: Request) -> Response:
        body = await read_json(request)
        changes = body.get("changes", [body]) if isinstance(body, dict) else body
        records = set_stock(self._house, changes)
        return JSONResponse({"changed": len(records)})

    async def _open(self, request: Request) -> Response:
        """Make `count` further products known, `BULK-0000001` and so on, each with `total` units in MAIN."""
        body = await _object(request)
        skus = [f"BULK-{number:07d}" for number in range(1, whole("count", body["count"]) + 1)]
        for sku in skus:
            self._house.stock.open(sku, {self._house.sites[0]: whole("total", body["total"])})
        return JSONResponse({"products": len(skus)}, 201)

    async def _stock(self, request: Request) -> Response:
        wanted = request.query_params.getlist("sku") or None
        rows: dict[str, dict[str, Any]] = {}
        for record in self._house.stock.listed(wanted, None):
            row = {**asdict(record), "available": record.available}
            rows.setdefault(row.pop("sku"), {})[row.pop("warehouse")] = row
        return JSONResponse(rows)

    async def _push_stock(self, _: Request) -> Response:
        return JSONResponse({"products": self._pushes.push_all_stock()}, 202)

    async def _orders(self, request: Request) -> Response:
        channel = request.query_params.get("channel")
        reference = request.query_params.get("reference")
        rows = [
            order_row(order)
            for order in self._house.orders.values()
            if channel in (None, order.channel) and reference in (None, order.originating_reference)
        ]
        return JSONResponse(rows)

    async def _returns(self, _: Request) -> Response:
        return JSONResponse([return_row(known) for known in self._house.returns.values()])

    async def _receive_stray(self, request: Request) -> Response:
        return JSONResponse(return_row(receive_stray(self._house, await _object(request))))

    async def _parked(self, _: Request) -> Response:
        return JSONResponse(self._pushes.describe())

    async def _retry_parked(self, _: Request) -> Response:
        return JSONResponse({"retried": self._pushes.retry_parked()}, 202)

    async def _show_auto(self, _: Request) -> Response:
        return JSONResponse(self._auto.describe())

    async def _set_auto(self, request: Request) -> Response:
        body = await _object(request)
        enabled, speed = body.get("enabled"), body.get("speed", self._auto.speed)
        if not isinstance(enabled, bool | None) or not 0 < float(speed) < math.inf:
            raise ValueError("expected {enabled: true or false, speed: a number above 0}")
        self._auto.speed = float(speed)
        if enabled is not None:
            self._auto.enable(on=enabled)
        return JSONResponse(self._auto.describe())


def order_row(order: Order) -> dict[str, Any]:
    """Return an order as the control calls show it."""
    return {
        "channel": order.channel,
        "reference": order.reference,
        "originating_reference": order.originating_reference,
        "state": order.state,
        "exported": order.exported,
        "created": order.created.isoformat(),
        "details": order.details,
        "attributes": order.attributes,
        "shipments": [_shipment_row(shipment) for shipment in order.shipments],
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "state": line.state, "returned": line.returned}
            for line in order.lines
        ],
    }


def return_row(known: Return) -> dict[str, Any]:
    """Return goods that came back as the control calls show them."""
    return {**asdict(known), "completed": known.completed.isoformat() if known.completed else None}


def _shipment_row(shipment: Shipment) -> dict[str, Any]:
    row = asdict(shipment)
    row["created"] = shipment.created.isoformat()
    row["completed"] = shipment.completed.isoformat() if shipment.completed else None
    return row


async def _object(request: Request) -> dict[str, Any]:
    body = await read_json(request)
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _plain(work: Work) -> Work:
    """Return the call with its failures as JSON: 404 unknown, 409 refused, 400 not understood."""

    async def call(request: Request) -> Response:
        try:
            return await work(request)
        except Unknown as error:
            return JSONResponse({"error": str(error)}, 404)
        except Refused as error:
            return JSONResponse({"error": str(error)}, 409)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"cannot understand the call: {error}"}, 400)

    return call
