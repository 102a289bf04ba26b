"""OCAPI Data API 25.6 `product_inventory_records`: reading and writing one record of an inventory list."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark, read_json
from sync.sandbox.sfcc.answers import OcapiError, json_answer, no_content
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.stock import ZERO, InventoryList, Record
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

BASE = "/s/-/dw/data/{version}/inventory_lists/{list}/product_inventory_records"
ONE = f"{BASE}/{{product:path}}"
HANDLING = ("none", "preorder", "backorder")
READ_ONLY = frozenset(
    {
        "_v",
        "_type",
        "inventory_list_id",
        "product_id",
        "product_name",
        "inventory_turnover",
        "quantity_on_order",
        "stock_level",
        "ats",
        "creation_date",
        "last_modified",
        "link",
    }
)
DEFAULT_COUNT = 25
MAX_COUNT = 200


class RecordsApi:
    """The calls on inventory records."""

    def __init__(
        self, stock: dict[str, InventoryList], switches: Switches, now: Callable[[], datetime]
    ) -> None:
        self.stock = stock
        self.switches = switches
        self.now = now

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the resource."""
        return [
            gate.data(BASE, "GET", self.list_records),
            gate.data(ONE, "GET", self.read),
            gate.data(ONE, "PUT", self.put),
            gate.data(ONE, "PATCH", self.patch),
            gate.data(ONE, "POST", self.overridden),
            gate.data(ONE, "DELETE", self.delete),
        ]

    async def list_records(self, request: Request) -> Response:
        """List a page of records by SKU; `select` is accepted and every member returned."""
        stock = self._list(request)
        start, count = _number(request, "start", 0, None), _number(request, "count", DEFAULT_COUNT, MAX_COUNT)
        skus = sorted(stock.records)
        page = [self.document(stock, sku) for sku in skus[start : start + count]]
        answer = {"_v": "25.6", "_type": "product_inventory_record_result", "count": len(page), "data": page}
        answer |= {"start": start, "total": len(skus)}
        if start + count < len(skus):
            answer["next"] = {"_type": "result_page", "count": count, "start": start + count}
        if start:
            answer["previous"] = {"_type": "result_page", "count": count, "start": max(0, start - count)}
        return json_answer(answer)

    async def read(self, request: Request) -> Response:
        """Read one record."""
        stock, sku = self._existing(request)
        return json_answer(self.document(stock, sku))

    async def put(self, request: Request) -> Response:
        """Create a record, or overwrite all of it."""
        stock, sku = self._list(request), request.path_params["product"]
        if sku in self.switches["unknown_products"].split(","):
            raise OcapiError(400, "ProductNotFoundException", f"No product '{sku}'.", productId=sku)
        document = await _changes(request)
        # ASSUMPTION: PUT on an existing record overwrites it; what is sold and on order is not the record's.
        before = stock.records.pop(sku, None)
        try:
            self._write(stock, sku, {"allocation": {"amount": 0}} | document)
        except OcapiError:
            stock.records.pop(sku, None)
            if before is not None:
                stock.records[sku] = before
            raise
        mark(request, None, "applied")
        return json_answer(self.document(stock, sku))

    async def patch(self, request: Request) -> Response:
        """Change the given members of a record."""
        stock, sku = self._existing(request)
        document = await _changes(request)
        self._check_state(request, document, stock, sku)
        self._write(stock, sku, document)
        mark(request, None, "applied")
        return json_answer(self.document(stock, sku))

    async def overridden(self, request: Request) -> Response:
        """Take a PATCH from clients that can only POST."""
        if request.headers.get("x-dw-http-method-override") != "PATCH":
            raise OcapiError(405, "MethodNotAllowedException", "POST is not allowed.", method="POST")
        return await self.patch(request)

    async def delete(self, request: Request) -> Response:
        """Delete a record."""
        stock, sku = self._existing(request)
        del stock.records[sku]
        mark(request, None, "applied")
        return no_content()

    def document(self, stock: InventoryList, sku: str) -> dict[str, Any]:
        """The record as the API shows it."""
        record, sign = stock.records[sku], -1 if self.switches["turnover_sign"] == "negative" else 1
        allocation = {
            "_type": "product_inventory_record_allocation",
            "amount": record.allocation,
            "reset_date": stamp(record.reset),
        }
        shown = {
            "_v": "25.6",
            "_type": "product_inventory_record",
            "_resource_state": stock.state(sku),
            "inventory_list_id": stock.name,
            "product_id": sku,
            "allocation": allocation,
            "pre_order_back_order_handling": record.handling,
            "pre_order_back_order_allocation": record.backorder,
            "in_stock_date": record.in_stock_date,
            "perpetual_flag": record.perpetual,
            "inventory_turnover": stock.turnover(sku) * sign,
            "quantity_on_order": stock.sales(sku).on_order,
            "stock_level": stock.stock_level(sku),
            "ats": stock.ats(sku),
            "creation_date": stamp(record.created),
            "last_modified": stamp(record.modified),
        }
        return {name: value for name, value in shown.items() if value is not None} | record.custom

    def _list(self, request: Request) -> InventoryList:
        name = request.path_params["list"]
        if name not in self.stock:
            message = f"No inventory list with ID '{name}' could be found."
            raise OcapiError(404, "InventoryListNotFoundException", message, inventoryListId=name)
        return self.stock[name]

    def _existing(self, request: Request) -> tuple[InventoryList, str]:
        stock, sku = self._list(request), request.path_params["product"]
        if sku not in stock.records:
            message = f"No record for product '{sku}' in inventory list '{stock.name}'."
            raise OcapiError(404, "ProductInventoryRecordNotFoundException", message, productId=sku)
        return stock, sku

    def _check_state(
        self, request: Request, document: dict[str, Any], stock: InventoryList, sku: str
    ) -> None:
        state = document.pop("_resource_state", request.headers.get("x-dw-resource-state"))
        if state is not None and state != stock.state(sku):
            raise OcapiError(409, "ResourceStateConflictException", "The record was changed in the meantime.")

    def _write(self, stock: InventoryList, sku: str, document: dict[str, Any]) -> None:
        """Check every member before the first is applied."""
        now = self.now()
        unknown = [name for name in document if name not in WRITERS and not name.startswith("c_")]
        if unknown:
            raise OcapiError(
                400, "UnknownPropertyException", f"Unknown property '{unknown[0]}'.", property=unknown[0]
            )
        amount, reset = self._allocation(document.pop("allocation", None), stock.records.get(sku), now)
        values = {name: CHECKS[name](name, document[name]) for name in CHECKS if name in document}
        if reset is not None:
            stock.allocate(sku, amount, reset, now)
        record = stock.records[sku]
        for name, value in values.items():
            setattr(record, WRITERS[name], value)
        record.custom |= {name: value for name, value in document.items() if name.startswith("c_")}
        stock.touch(sku, now)

    def _allocation(
        self, given: Any, record: Record | None, now: datetime
    ) -> tuple[Decimal, datetime | None]:
        """The amount and the moment it was true; without an allocation in the body the moment is None."""
        if given is None:
            return ZERO, None
        if not isinstance(given, dict) or set(given) - {"amount", "reset_date", "_type"}:
            raise _constraint("allocation", given)
        amount = _amount("amount", given.get("amount", record.allocation if record is not None else ZERO))
        # ASSUMPTION: a written reset_date counts (switch reset_date).
        if "reset_date" not in given or self.switches["reset_date"] == "ignored":
            return amount, now
        return amount, _moment("reset_date", given["reset_date"])


async def _changes(request: Request) -> dict[str, Any]:
    """The body without what cannot be written."""
    try:
        document = await read_json(request)
    except ValueError as error:
        raise OcapiError(400, "BodyDecodingException", f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise OcapiError(400, "BodyDecodingException", "An object is expected.")
    return {name: value for name, value in document.items() if name not in READ_ONLY}


def _constraint(name: str, value: Any) -> OcapiError:
    message = f"The property '{name}' cannot be '{value}'."
    return OcapiError(400, "PropertyConstraintViolationException", message, property=name, value=str(value))


def _amount(name: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise _constraint(name, value)
    return Decimal(value)


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _constraint(name, value) from error
    if moment.tzinfo is None:
        raise _constraint(name, value)
    return moment


def _handling(name: str, value: Any) -> str:
    if value not in HANDLING:
        raise _constraint(name, value)
    return str(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _constraint(name, value)
    return value


def _date(name: str, value: Any) -> str | None:
    return None if value is None else stamp(_moment(name, value))


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "pre_order_back_order_handling": _handling,
    "pre_order_back_order_allocation": _amount,
    "in_stock_date": _date,
    "perpetual_flag": _flag,
}
WRITERS = {
    "allocation": "allocation",
    "pre_order_back_order_handling": "handling",
    "pre_order_back_order_allocation": "backorder",
    "in_stock_date": "in_stock_date",
    "perpetual_flag": "perpetual",
    "_resource_state": "version",
}


def _number(request: Request, name: str, default: int, most: int | None) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or (most is not None and int(text) > most):
        raise OcapiError(
            400, "MalformedParameterException", f"{name} cannot be '{text}'.", parameter=name, value=text
        )
    return int(text)
