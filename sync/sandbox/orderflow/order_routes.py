"""The operations of a channel: order import, update, cancel and detail, pending and despatched shipments."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.journal import Effect, Journal
from sync.sandbox.orderflow import documents, imports, movements, times
from sync.sandbox.orderflow.gate import Gate, answer
from sync.sandbox.orderflow.importer import Importer
from sync.sandbox.orderflow.imports import ImportLine, Outcome
from sync.sandbox.orderflow.model import Order, Shipment
from sync.sandbox.orderflow.problems import MissingData
from sync.sandbox.orderflow.states import OrderState, ShipmentState, reached
from sync.sandbox.orderflow.warehouse import BY_API, Refused, Warehouse
from sync.sandbox.remote import mark
from sync.sandbox.switches import Switches

_EFFECTS: dict[Outcome, Effect] = {
    Outcome.SUCCESS: "applied",
    Outcome.DUPLICATE: "repeated",
    Outcome.FAILURE: "refused",
}


def record_lines(
    request: Request, journal: Journal, path: str, lines: Sequence[ImportLine], key: Callable[[str], str]
) -> None:
    """Write one journal entry per item under the key of its reference; mark the request by the best."""
    for line in lines:
        journal.record(
            method="POST",
            path=f"{path}#{line.item.reference}",
            idempotency_key=_key(key, line),
            status=200,
            body="\n".join(f"{name}={value}" for name, value in line.item.properties.items()),
            effect=_EFFECTS[line.outcome],
            answer=line.detail,
            route=f"{path}#item",
        )
    outcomes = {line.outcome for line in lines}
    best = next((outcome for outcome in _EFFECTS if outcome in outcomes), None)
    mark(request, None, _EFFECTS[best] if best else "read")


def _key(key: Callable[[str], str], line: ImportLine) -> str | None:
    """Only an insert under a reference happens once; an update may be repeated with the same effect."""
    once = line.item.operation == "insert" and line.item.reference
    return key(line.item.reference) if once else None


class OrderRoutes:
    """What a sales channel can ask of the warehouse."""

    def __init__(
        self, house: Warehouse, importer: Importer, gate: Gate, switches: Switches, journal: Journal
    ) -> None:
        self._house = house
        self._importer = importer
        self._gate = gate
        self._switches = switches
        self._journal = journal

    def routes(self) -> list[Route]:
        """Return the routes below the base path."""
        way = self._gate.guarded
        return [
            Route(f"/{IMPORTS}", way(self._import), methods=["POST"]),
            Route("/remoteorder/order/update.xml", way(self._update), methods=["POST"]),
            Route("/remoteorder/order/cancel.xml", way(self._cancel), methods=["POST"]),
            Route("/remoteorder/order/detail.xml", way(self._detail), methods=["GET", "POST"]),
            Route("/remoteorder/shipment/pending.xml", way(self._pending), methods=["GET"]),
            Route("/remoteorder/shipment/despatches.xml", way(self._despatches), methods=["GET"]),
        ]

    async def _import(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        items = imports.read(
            await request.body(),
            strict=self._switches["strict_properties"],
            limit=self._switches["batch_limit"],
        )
        lines = await self._importer.run(items, lambda item: self._importer.order(channel, item))
        record_lines(
            request,
            self._journal,
            IMPORTS,
            lines,
            lambda reference: f"order:{self._house.name_of(channel, reference)}",
        )
        # ASSUMPTION: an answer may leave orders out, although they were imported.
        untold = self._switches["import_answer_lacks"].split(",")
        told = [line for line in lines if line.item.reference not in untold]
        return answer(documents.import_result(told, self._switches["zone"]))

    async def _update(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        query = request.query_params
        reference = query.get("externalReference") or query.get("thirdPartyReference", "")
        # ASSUMPTION: nothing is queued for an order that is already here.
        idle = not reference or (channel, reference) in self._house.orders
        result = "no_operation" if idle or self._switches["notifications_do_nothing"] else "queued"
        return answer(documents.message(f"Result '{result}' for order {reference}"))

    async def _cancel(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        reference = _reference(request)
        order = self._house.order(channel, reference)
        gone = order.state is OrderState.CANCELLED
        key = f"cancel:{self._house.name_of(channel, reference)}"
        try:
            self._try_cancel(order, renames=self._renames(request))
        except Refused:
            mark(request, key, "repeated" if gone else "refused")
            text = f"No cancel operation performed for order '{reference}' in state '{order.state}'"
            return answer(documents.message(text))
        mark(request, key, "applied")
        return answer(documents.message(f"Order '{reference}' cancelled"))

    def _renames(self, request: Request) -> bool:
        # ASSUMPTION: a cancel that does not say so renames.
        told = request.query_params.get("cancelChangesExternalReference", "").strip().lower()
        return told == "true" if told else bool(self._switches["cancel_renames_by_default"])

    def _try_cancel(self, order: Order, *, renames: bool) -> None:
        # ASSUMPTION: one shipment at the limit or past it keeps the whole order from being cancelled.
        limit = ShipmentState(self._switches["cancel_limit"])
        if any(reached(shipment.state, limit) for shipment in order.shipments):
            raise Refused(f"order '{order.reference}' has a shipment that is {limit} or further")
        number = f"{order.reference}_cancelled_{order.id}" if renames else ""
        # ASSUMPTION: the event names the order as the shop knows it, so it is told before the renaming.
        early = number if self._switches["cancel_event_has_new_number"] else ""
        movements.cancel_order(self._house, order, user=BY_API, new_number=early)
        if number and not early:
            self._house.rename(order, number)

    async def _detail(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        return answer(documents.order_detail(self._house.order(channel, _reference(request))))

    async def _pending(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        # ASSUMPTION: shipments that wait for stock are pending too.
        waiting = self._switches["pending_includes_out_of_stock"]
        shipments = [
            (order, shipment)
            for order in self._house.orders.values()
            if order.channel == channel
            for shipment in order.open_shipments
            if waiting or shipment.state is not ShipmentState.OUT_OF_STOCK
        ]
        return answer(documents.pending(shipments, self._switches["zone"]))

    async def _despatches(self, request: Request) -> Response:
        channel = self._gate.channel(request)
        zone, query = self._switches["zone"], request.query_params
        start = times.read("from", query.get("from"), zone)
        end = times.read("to", query["to"], zone) if query.get("to") else None
        told = query.get("includeOrderLines", "").strip().lower()
        # ASSUMPTION: order lines are left out unless they are asked for.
        with_lines = told == "true" if told else self._switches["include_order_lines_by_default"]
        found = self._completed(channel, start, end)
        return answer(documents.despatches(found, zone, with_lines=with_lines))

    def _completed(self, channel: str, start: datetime, end: datetime | None) -> list[tuple[Order, Shipment]]:
        # ASSUMPTION: the window tests the completion; its start is inside, its end is not.
        late = timedelta(seconds=self._switches["despatch_visible_after_seconds"])
        seen = self._house.clock() - late
        inclusive = self._switches["window_end_inclusive"]

        def inside(moment: datetime | None) -> bool:
            if moment is None or moment < start or moment > seen:
                return False
            return end is None or moment < end or (inclusive and moment == end)

        return [pair for pair in self._house.despatched[channel] if inside(pair[1].completed)]


IMPORTS = "remoteorder/imports/importitems.xml"


def _reference(request: Request) -> str:
    reference = request.query_params.get("externalReference", "")
    if not reference:
        raise MissingData("Parameter 'externalReference' is missing")
    return reference
