"""The operations of an organisation: inventory, returns, products and the stored report of returns."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.sandbox.journal import Journal
from sync.sandbox.orderflow import documents, imports, times
from sync.sandbox.orderflow.gate import XML, Gate, answer
from sync.sandbox.orderflow.importer import Importer
from sync.sandbox.orderflow.order_routes import record_lines
from sync.sandbox.orderflow.problems import MissingData, Page
from sync.sandbox.orderflow.stock import StockRecord
from sync.sandbox.orderflow.stock_documents import inventory_parts
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.switches import Switches

IMPORTS = "remotewarehouse/imports/importitems.xml"
RETURNS_REPORT = "return_line_api_report"


class StockRoutes:
    """What a retailer can ask of the warehouse."""

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
            Route("/remotewarehouse/inventory.xml", way(self._inventory), methods=["GET"]),
            Route("/remotewarehouse/product/update.xml", way(self._update), methods=["POST"]),
            Route("/remote/report.xml", way(self._report), methods=["GET", "POST"]),
        ]

    async def _import(self, request: Request) -> Response:
        self._gate.organisation(request)
        items = imports.read(
            await request.body(),
            strict=self._switches["strict_properties"],
            limit=self._switches["batch_limit"],
        )
        lines = await self._importer.run(items, self._importer.stock_item)
        for kind in sorted({line.item.type for line in lines}):
            of_kind = [line for line in lines if line.item.type == kind]
            record_lines(request, self._journal, IMPORTS, of_kind, f"{kind}:{{}}".format)
        return answer(documents.import_result(lines, self._switches["zone"]))

    async def _inventory(self, request: Request) -> Response:
        self._gate.organisation(request)
        query = request.query_params
        site = query.get("site") or None
        # ASSUMPTION: an instance with several sites need not have multi-site inventory enabled.
        if site is None and self._switches["multi_site_inventory"]:
            raise MissingData("Parameter 'site' is missing")
        if site is not None and site not in self._house.sites:
            raise MissingData(f"Site '{site}' does not exist")
        listed = query.get("externalReferences", "")
        skus = [sku.strip() for sku in listed.split(",") if sku.strip()] if listed else None
        # ASSUMPTION: unknown products are left out silently.
        return StreamingResponse(self._parts(self._house.stock.listed(skus, site)), media_type=XML)

    async def _parts(self, records: list[StockRecord]) -> AsyncIterator[bytes]:
        for part in inventory_parts(records, self._switches):
            yield part
            await asyncio.sleep(0)

    async def _update(self, request: Request) -> Response:
        self._gate.organisation(request)
        query = request.query_params
        sku = query.get("thirdPartyReference") or query.get("externalReference", "")
        result = "queued" if sku and not self._switches["notifications_do_nothing"] else "no_operation"
        return answer(documents.message(f"Result '{result}' for product {sku}"))

    async def _report(self, request: Request) -> Response:
        if not self._switches["reports"]:
            raise Page(404, "Not Found")
        query, zone = request.query_params, self._switches["zone"]
        if query.get("reportKey") != RETURNS_REPORT:
            raise MissingData(f"Report '{query.get('reportKey', '')}' does not exist")
        channels = self._gate.report_scope(request)
        start = times.read("startDate", query.get("startDate"), zone)
        end = times.read("endDate", query.get("endDate"), zone)
        received = [
            known
            for known in self._house.returns.values()
            if known.channel in channels and known.completed is not None and start <= known.completed < end
        ]
        return answer(documents.returns_report(received, self._house.organisation, zone))
