"""The control calls of the SFCC stand-in: placing and curing orders, and looking at everything."""

import asyncio
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.chance import Chance
from sync.sandbox.remote import control_problem, read_json
from sync.sandbox.sfcc.answers import ScapiError, json_answer
from sync.sandbox.sfcc.book import Order, OrderBook
from sync.sandbox.sfcc.hooks import Storefront
from sync.sandbox.sfcc.samples import Shopper
from sync.sandbox.sfcc.spoil import spoil
from sync.sandbox.sfcc.stock import InventoryList, OutOfStockError
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

STATUSES = (
    "status",
    "exportStatus",
    "paymentStatus",
    "shippingStatus",
    "externalOrderStatus",
    "lastModified",
)
# The loop answers other requests after so many orders of a batch.
BREATH = 25
MEMBERS = frozenset({"count", "seed", "site", "invalid", "skus", "hooks"})
MAX_COUNT = 100_000


class Control:
    """What a test or a demo asks of the storefront."""

    def __init__(self, book: OrderBook, storefront: Storefront, switches: Switches) -> None:
        self.book = book
        self.storefront = storefront
        self.switches = switches
        # Lets happen what jobs have done meanwhile.
        self.settle: Callable[[], None] = lambda: None
        self.reset()

    def reset(self) -> None:
        """Start the sequence of rolled-back orders again."""
        self._rollbacks = Chance("rolled back")

    def routes(self) -> list[Route]:
        """The control routes."""
        return [
            Route("/_sandbox/orders", self.place, methods=["POST"]),
            Route("/_sandbox/orders", self.orders),
            Route("/_sandbox/orders/{orderNo}/cure", self.cure, methods=["POST"]),
            Route("/_sandbox/orders/{orderNo}/amend", self.amend, methods=["POST"]),
            Route("/_sandbox/orders/{orderNo}/cancel", self.cancel, methods=["POST"]),
            Route("/_sandbox/hooks", self.hooks),
            Route("/_sandbox/inventory", self.inventory),
            Route("/_sandbox/inventory-lists/{list}", self.put_list, methods=["PUT"]),
        ]

    async def place(self, request: Request) -> Response:
        """Place one given order or a number of sample orders, and answer what was placed."""
        try:
            document = await read_json(request)
            if "productItems" in document or "siteId" in document:
                rows = [self._place(document, hooks=True)]
            else:
                rows = await self._place_samples(_checked(document, set(self.book.world.sites)))
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            return control_problem(f"orders: {error!r}")
        return json_answer({"orders": rows}, 201)

    async def orders(self, request: Request) -> Response:
        """One row per order: statuses, custom attributes and events."""
        return json_answer(
            {"orders": [_row(order) for order in self.book.all(request.query_params.get("site"))]}
        )

    async def cure(self, request: Request) -> Response:
        """Merge a partial order into an order, list items by position; null removes a member."""
        order = self.book.find(request.path_params["orderNo"])
        if order is None:
            return json_answer({"error": f"no order {request.path_params['orderNo']}"}, 404)
        try:
            change = await read_json(request)
        except ValueError as error:
            return control_problem(error)
        if not isinstance(change, dict):
            return control_problem("an object is expected")
        try:
            self.book.amend(order, _merged(order.document, change))
        except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
            return control_problem(f"the order cannot be understood: {error!r}")
        return json_answer(order.document)

    async def amend(self, request: Request) -> Response:
        """Cure an order and tell the bridge of the change, as a merchant's edit does."""
        answer = await self.cure(request)
        order = self.book.find(request.path_params["orderNo"])
        if order is not None and answer.status_code == HTTPStatus.OK:
            self.storefront.announce(order.site, order.number, order.document, "order.changed")
        return answer

    async def cancel(self, request: Request) -> Response:
        """Cancel as an agent does and tell the bridge; `{"ask": true}` only asks it to cancel first."""
        order = self.book.find(request.path_params["orderNo"])
        if order is None:
            return json_answer({"error": f"no order {request.path_params['orderNo']}"}, 404)
        try:
            asks = bool((await read_json(request) or {}).get("ask"))
            if not asks:
                self.book.change_status(order, "cancelled")
        except (ValueError, AttributeError) as error:
            return control_problem(error)
        except ScapiError as error:
            return json_answer({"error": str(error)}, error.status)
        kind = "order.cancel_requested" if asks else "order.cancelled"
        self.storefront.announce(order.site, order.number, order.document, kind)
        return json_answer(_row(order))

    async def hooks(self, _request: Request) -> Response:
        """How many hooks were announced, dropped, delivered and lost, and how many are on their way."""
        return json_answer(self.storefront.counts())

    async def inventory(self, request: Request) -> Response:
        """The numbers of every record of a list (`?list=`, the default one otherwise)."""
        name = request.query_params.get("list", self.book.default_list)
        if name not in self.book.stock:
            return json_answer({"error": f"no inventory list {name}"}, 404)
        self.settle()
        stock = self.book.stock[name]
        return json_answer({sku: _numbers(stock, sku) for sku in sorted(stock.records)})

    async def put_list(self, request: Request) -> Response:
        """Create an inventory list or change whether it counts on-order inventory."""
        name = request.path_params["list"]
        try:
            on_order = (await read_json(request))["onOrder"]
        except (ValueError, KeyError, TypeError) as error:
            return control_problem(f"onOrder: {error!r}")
        stock = self.book.stock.setdefault(name, InventoryList(name, on_order=on_order))
        stock.on_order = bool(on_order)
        return json_answer({"list": name, "onOrder": stock.on_order})

    async def _place_samples(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        rows = []
        for number, (document, reason) in enumerate(self._samples(wanted), 1):
            rows.append(self._place(document, hooks=wanted.get("hooks", True), reason=reason))
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return rows

    def _samples(self, wanted: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
        sites = (
            [self.book.world.sites[wanted["site"]]]
            if "site" in wanted
            else list(self.book.world.sites.values())
        )
        stock = self.book.stock[self.book.default_list]
        for index in range(wanted["count"]):
            chance = Chance(f"{wanted.get('seed', 1)}:{index}")
            site = sites[index % len(sites)]
            shopper = Shopper(chance, site, self.book.world.catalog, stock.sellable)
            document = shopper.order(wanted.get("skus"), stock.name)
            yield document, spoil(chance, document) if chance.happens(wanted.get("invalid", 0)) else ""

    def _place(self, document: dict[str, Any], *, hooks: bool, reason: str = "") -> dict[str, Any]:
        """Place one order and tell the bridge; one beyond the stock is not placed and its row says so."""
        site = document["siteId"]
        if site not in self.book.world.sites:
            raise ValueError(f"siteId: no site {site!r}")
        if self.book.find(document.get("orderNo", "")) is not None:
            raise ValueError(f"orderNo: {document['orderNo']!r} exists")
        before_commit = self.switches["hook_timing"] == "before_commit"
        try:
            order = self.book.add(
                document, commit_after=self.switches["commit_seconds"] if before_commit else 0.0
            )
        except OutOfStockError as error:
            return {"site": site, "orderNo": None, "valid": False, "reason": f"out of stock: {error.sku}"}
        if hooks:
            self.storefront.announce(site, order.number, order.document)
            if self._rollbacks.happens(self.switches["rolled_back"]):
                self.storefront.announce(site, self.book.next_number(site), None)
        row: dict[str, Any] = {"site": site, "orderNo": order.number, "valid": not reason}
        return row | {"reason": reason} if reason else row


def _checked(wanted: Any, sites: set[str]) -> dict[str, Any]:
    """The request for sample orders, or ValueError naming what is wrong."""
    if not isinstance(wanted, dict) or set(wanted) - MEMBERS:
        raise ValueError(f"an order, or an object of {', '.join(sorted(MEMBERS))} is expected")
    count = wanted.get("count")
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise ValueError(f"count: a number from 1 to {MAX_COUNT} is expected")
    if wanted.get("site", next(iter(sites))) not in sites:
        raise ValueError(f"site: one of {', '.join(sorted(sites))} is expected")
    return wanted


def _row(order: Order) -> dict[str, Any]:
    document = order.document
    shown = {name: document[name] for name in STATUSES if name in document}
    custom = {name: value for name, value in document.items() if name.startswith("c_")}
    events = [[event["type"], event["id"]] for event in order.events]
    return {"site": order.site, "orderNo": order.number, **shown, **custom, "events": events}


def _numbers(stock: InventoryList, sku: str) -> dict[str, Any]:
    return {
        "allocation": stock.records[sku].allocation,
        "at": stamp(stock.records[sku].reset),
        "turnover": stock.turnover(sku),
        "onOrder": stock.sales(sku).on_order,
        "ats": stock.ats(sku),
    }


def _merged(present: Any, change: Any) -> Any:
    """The present value with the change merged in."""
    if isinstance(present, dict) and isinstance(change, dict):
        merged = {**present, **{name: _merged(present.get(name), value) for name, value in change.items()}}
        return {name: value for name, value in merged.items() if change.get(name, value) is not None}
    if (
        isinstance(present, list)
        and isinstance(change, list)
        and all(isinstance(one, dict) for one in change)
    ):
        head = [
            _merged(one, change[index]) if index < len(change) else one for index, one in enumerate(present)
        ]
        return [*head, *change[len(present) :]]
    return change
