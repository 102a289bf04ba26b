"""SCAPI Orders v1 (OpenAPI 1.5.2): orders, their statuses, custom attributes and fulfillment events."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark
from sync.sandbox.sfcc.answers import ScapiError, json_answer, no_content, object_of
from sync.sandbox.sfcc.book import Order, OrderBook
from sync.sandbox.sfcc.events import event_of
from sync.sandbox.sfcc.gate import READ, WRITE, Gate
from sync.sandbox.sfcc.listing import PARAMETERS, parse_query
from sync.sandbox.sfcc.scapi import created, is_create_request, shown
from sync.sandbox.sfcc.states import KINDS, STATUS
from sync.sandbox.sfcc.stock import OutOfStockError
from sync.sandbox.sfcc.totals import wrong_total
from sync.sandbox.switches import Switches

BASE = "/checkout/orders/v1/organizations/{organization}/orders"
ONE = f"{BASE}/{{orderNo}}"
MAX_TEXT = 256
ADDRESS = frozenset(
    [
        "firstName",
        "lastName",
        "fullName",
        "salutation",
        "title",
        "suffix",
        "secondName",
        "jobTitle",
        "companyName",
        "address1",
        "address2",
        "suite",
        "postBox",
        "city",
        "postalCode",
        "stateCode",
        "countryCode",
        "phone",
    ]
)


class OrdersApi:
    """The calls of the Orders API on one order book."""

    def __init__(self, book: OrderBook, switches: Switches) -> None:
        self.book = book
        self.switches = switches

    def routes(self, gate: Gate) -> list[Route]:
        """The routes of the API."""
        instrument = f"{ONE}/payment-instruments/{{instrument}}"
        return [
            gate.orders(BASE, "GET", self.list_orders, READ, PARAMETERS),
            gate.orders(BASE, "POST", self.create, WRITE),
            gate.orders(ONE, "GET", self.read, READ),
            gate.orders(ONE, "PATCH", self.patch, WRITE),
            gate.orders(f"{ONE}/status", "PUT", self.put_status, WRITE),
            gate.orders(f"{ONE}/external-status", "PUT", self.put_external, WRITE),
            *(gate.orders(f"{ONE}/{kind}", "PUT", self.put_kind, WRITE) for kind in KINDS),
            gate.orders(f"{ONE}/shipments/{{shipment}}/shipping-address", "PUT", self.put_address, WRITE),
            gate.orders(instrument, "PATCH", self.patch_instrument, WRITE),
            gate.orders(f"{instrument}/transaction", "PATCH", self.patch_instrument, WRITE),
            gate.orders(f"{ONE}/oms-status-events", "POST", self.post_event, WRITE),
        ]

    def _order(self, request: Request) -> Order:
        return self.book.get(request.query_params["siteId"], request.path_params["orderNo"])

    async def list_orders(self, request: Request) -> Response:
        """List a page of the site's orders."""
        query = parse_query(request.query_params)
        orders = self.book.all(request.query_params["siteId"])
        return json_answer({"data": [shown(one) for one in query.select(orders, self.book.world.now())]})

    async def read(self, request: Request) -> Response:
        """Read one order."""
        return json_answer(shown(self._order(request).document))

    async def create(self, request: Request) -> Response:
        """Create an already checked-out order from a CreateOrderRequest, or from a whole order document."""
        document = await object_of(request)
        site = self.book.world.sites[request.query_params["siteId"]]
        try:
            if is_create_request(document):
                document = created(document, site.taxation)
            order = self._create({**document, "siteId": site.name})
        except OutOfStockError as error:
            # ASSUMPTION: how an order beyond the stock is refused is not documented.
            raise ScapiError(400, "constraint-violation", str(error)) from error
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError) as error:
            raise ScapiError(400, "bad-request", f"The order cannot be understood: {error!r}") from error
        mark(request, None, "applied")
        location = str(request.url.replace(path=f"{request.url.path}/{order.number}"))
        return Response(status_code=201, headers={"location": location})

    def _create(self, document: dict[str, Any]) -> Order:
        slug = wrong_total(document)
        if slug is not None:
            raise ScapiError(400, slug, "The totals of the order do not add up.")
        number = document.get("orderNo")
        if number is not None and self.book.find(number) is not None:
            raise ScapiError(400, "bad-request", f"Order '{number}' exists.", orderNo=number)
        return self.book.add(document)

    async def patch(self, request: Request) -> Response:
        """Merge custom attributes into the order; null clears one."""
        order = self._order(request)
        await self._merge(request, order, order.document, f"{order.number}:patch")
        return no_content()

    async def patch_instrument(self, request: Request) -> Response:
        """Merge custom attributes into a payment instrument or its transaction."""
        order, name = self._order(request), request.path_params["instrument"]
        instruments = order.document.get("paymentInstruments", [])
        found = next((one for one in instruments if one.get("paymentInstrumentId") == name), None)
        if found is None:
            raise ScapiError(404, "not-found", f"No payment instrument '{name}'.")
        part = "payment"
        if request.url.path.endswith("/transaction"):
            found, part = found.setdefault("paymentTransaction", {}), "transaction"
        await self._merge(request, order, found, f"{order.number}:{part}:{name}")
        return no_content()

    async def put_status(self, request: Request) -> Response:
        """Walk the order's status machine."""
        order, status = self._order(request), await _status(request, STATUS)
        changed = self.book.change_status(order, status.removesuffix("_with_reopen"))
        _mark_put(request, order, "status", status, changed=changed)
        if status == "failed_with_reopen" and changed:
            path = (
                f"/checkout/shopper-baskets/v1/organizations/{request.path_params['organization']}/baskets/"
            )
            return Response(status_code=201, headers={"location": f"{path}{_sha(order.number.encode())}"})
        return no_content()

    async def put_kind(self, request: Request) -> Response:
        """Set export, shipping, payment or confirmation status."""
        order, kind = self._order(request), request.url.path.rpartition("/")[2]
        member, values = KINDS[kind]
        status = await _status(request, values)
        if kind == "export-status":
            changed = self.book.change_export(order, status)
        else:
            changed = self._set(order, member, status)
        _mark_put(request, order, kind, status, changed=changed)
        return no_content()

    async def put_external(self, request: Request) -> Response:
        """Set the external status, a free text."""
        order, document = self._order(request), await object_of(request)
        status = document.get("status")
        if not isinstance(status, str) or not 1 <= len(status) <= MAX_TEXT or len(document) != 1:
            raise ScapiError(400, "bad-request", f"status: a text of 1 to {MAX_TEXT} characters is expected.")
        changed = self._set(order, "externalOrderStatus", status)
        _mark_put(request, order, "external-status", status, changed=changed)
        return no_content()

    async def put_address(self, request: Request) -> Response:
        """Create or replace the address of a shipment."""
        order, name = self._order(request), request.path_params["shipment"]
        address = await object_of(request)
        unknown = sorted(
            member for member in address if member not in ADDRESS and not member.startswith("c_")
        )
        if unknown:
            raise ScapiError(400, "bad-request", f"Unknown members: {', '.join(unknown)}.")
        found = next((one for one in order.document.get("shipments", []) if one["shipmentId"] == name), None)
        if found is None:
            raise ScapiError(404, "shipment-not-found", f"No shipment '{name}'.", orderNo=order.number)
        changed = found.get("shippingAddress") != address
        found["shippingAddress"] = address
        self.book.changed(order)
        key = f"{order.number}:address:{name}:{_sha(await request.body())}"
        mark(request, key, "applied" if changed else "repeated")
        return no_content()

    async def post_event(self, request: Request) -> Response:
        """Take a fulfillment event or an adjustment; nothing of it shows on the order."""
        order, document = self._order(request), await object_of(request)
        kind, fact = event_of(document)
        known = any(event["id"] == fact["id"] for event in order.events)
        # ASSUMPTION: subscribers drop a repeated id (switch event_deduplication).
        repeated = known and self.switches["event_deduplication"]
        if not repeated:
            order.events.append({"kind": kind, "omsOrderId": document.get("omsOrderId"), **fact})
        mark(request, f"event:{order.number}:{fact['id']}", "repeated" if repeated else "applied")
        return Response(status_code=202)

    def _set(self, order: Order, member: str, value: str) -> bool:
        if order.document.get(member) == value:
            return False
        order.document[member] = value
        self.book.changed(order)
        return True

    async def _merge(self, request: Request, order: Order, target: dict[str, Any], key: str) -> None:
        document = await object_of(request)
        self._check_attributes(document)
        before = {name: target.get(name) for name in document}
        for name, value in document.items():
            if value is None:
                target.pop(name, None)
            else:
                target[name] = value
        self.book.changed(order)
        mark(request, f"{key}:{_sha(await request.body())}", "repeated" if before == document else "applied")

    def _check_attributes(self, document: dict[str, Any]) -> None:
        installed = self.switches["installed_attributes"]
        for name in document:
            if not name.removeprefix("c_") or not name.startswith("c_"):
                raise ScapiError(
                    400, "bad-request", f"{name}: only custom attributes can be changed.", member=name
                )
            if installed != "*" and name not in installed.split(","):
                raise ScapiError(400, "bad-request", f"{name}: no such custom attribute.", member=name)


async def _status(request: Request, values: tuple[str, ...]) -> str:
    document = await object_of(request)
    status = document.get("status")
    if not isinstance(status, str) or status not in values or len(document) != 1:
        raise ScapiError(400, "bad-request", f"status: one of {', '.join(values)} is expected.")
    return status


def _mark_put(request: Request, order: Order, kind: str, value: str, *, changed: bool) -> None:
    mark(request, f"{order.number}:{kind}:{value}", "applied" if changed else "repeated")


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
