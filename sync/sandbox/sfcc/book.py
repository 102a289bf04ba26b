"""The order book: every order by site and number, and the stock movements its changes cause."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.sandbox.sfcc.answers import ScapiError
from sync.sandbox.sfcc.states import MOVES, STATES, UNDO
from sync.sandbox.sfcc.stock import InventoryList, OutOfStockError
from sync.sandbox.switches import Switches
from sync.sandbox.world import World, stamp

MAX_NUMBER = 50
DEFAULTS = {
    "status": "new",
    "confirmationStatus": "confirmed",
    "exportStatus": "ready",
    "paymentStatus": "paid",
    "shippingStatus": "not_shipped",
    "createdBy": "Customer",
    "channelType": "storefront",
}


@dataclass(slots=True)
class Order:
    """An order document with what SFCC knows beside it; `held` is kept off sale, by list and SKU."""

    site: str
    number: str
    document: dict[str, Any]
    rank: int
    created: datetime
    listed_from: datetime
    committed: datetime
    exported: datetime | None = None
    reserved: datetime | None = None
    held: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)


class OrderBook:
    """All orders of all sites."""

    def __init__(
        self, world: World, stock: dict[str, InventoryList], default_list: str, switches: Switches
    ) -> None:
        self.world = world
        self.stock = stock
        self.default_list = default_list
        self.switches = switches
        self.clear()

    def clear(self) -> None:
        """Forget every order and start numbering again."""
        self._orders: dict[str, dict[str, Order]] = {site: {} for site in self.world.sites}
        self._ranks = itertools.count(1)
        self._numbers = {site: itertools.count(1) for site in self.world.sites}
        self._shipments = itertools.count(1)

    def next_number(self, site: str) -> str:
        """A fresh order number of the site: its prefix and eight digits."""
        prefix = self.world.sites[site].prefix
        numbers = (f"{prefix}{count:08d}" for count in self._numbers[site])
        return next(number for number in numbers if number not in self._orders[site])

    def all(self, site: str | None = None) -> Iterator[Order]:
        """Every order in the sequence of creation per site."""
        for name, orders in self._orders.items():
            if site is None or name == site:
                yield from orders.values()

    def get(self, site: str, number: str) -> Order:
        """The committed order, or the problem `order-not-found`."""
        order = self._orders.get(site, {}).get(number)
        if order is None or order.committed > self.world.now():
            raise ScapiError(
                404, "order-not-found", f"No order '{number}' in site '{site}'.", orderNo=number, siteId=site
            )
        return order

    def find(self, number: str) -> Order | None:
        """The order of that number on any site."""
        return next((orders[number] for orders in self._orders.values() if number in orders), None)

    def add(self, document: dict[str, Any], *, commit_after: float = 0.0) -> Order:
        """Create an order and take its units off sale; raises `OutOfStockError` with nothing created."""
        now = self.world.now()
        complete = self._complete(document, now)
        committed = now + timedelta(seconds=commit_after)
        order = Order(
            site=complete["siteId"],
            number=complete["orderNo"],
            document=complete,
            rank=next(self._ranks),
            created=now,
            listed_from=committed + timedelta(seconds=self.switches["search_lag_seconds"]),
            committed=committed,
            exported=now if complete["exportStatus"] == "exported" else None,
        )
        if complete["status"] not in ("failed", "cancelled"):
            self._reserve(order, now)
        self._orders[order.site][order.number] = order
        return order

    def _complete(self, document: dict[str, Any], now: datetime) -> dict[str, Any]:
        """The document with everything the platform adds to it; ValueError if it cannot be an order."""
        number = document.get("orderNo") or self.next_number(document["siteId"])
        if not isinstance(number, str) or len(number) > MAX_NUMBER:
            raise ValueError(f"orderNo: a text of 1 to {MAX_NUMBER} characters is expected")
        complete = {"creationDate": stamp(now), **DEFAULTS, **document, "orderNo": number}
        if complete["status"] not in STATES:
            raise ValueError(f"status: one of {', '.join(STATES)} is expected")
        complete.setdefault("placeDate", complete["creationDate"])
        complete["lastModified"] = stamp(now)
        for shipment in complete.get("shipments", []):
            shipment.setdefault("shipmentNo", f"{next(self._shipments):08d}")
        return complete

    def changed(self, order: Order) -> None:
        """Note that the order was written."""
        order.document["lastModified"] = stamp(self.world.now())

    def change_status(self, order: Order, status: str) -> bool:
        """Walk the status machine; False if the order was already there. A refused walk is a 409 problem."""
        present = order.document["status"]
        # ASSUMPTION: the same status again is accepted and changes nothing.
        if status == present:
            return False
        if self.switches["external_oms"]:
            raise ScapiError(
                409, "order-integration-status", "The order belongs to an external order management."
            )
        move = MOVES.get((present, status))
        if move is None or (
            (present, status) == ("completed", "new") and not self.switches["completed_to_new"]
        ):
            # ASSUMPTION: the slug of a transition that is not allowed is not documented.
            raise ScapiError(
                409, "order-status-transition", f"An order cannot go from {present} to {status}."
            )
        self._move(order, present, move)
        order.document["status"] = status
        self.changed(order)
        return True

    def change_export(self, order: Order, status: str) -> bool:
        """Set the export status; the first time it becomes `exported`, on-order units become turnover."""
        if order.document["exportStatus"] == status:
            return False
        if status == "exported" and order.exported is None:
            order.exported = self.world.now()
            for name, units in order.held.items():
                self.stock[name].export(units, order.exported)
        order.document["exportStatus"] = status
        self.changed(order)
        return True

    def amend(self, order: Order, document: dict[str, Any]) -> None:
        """Replace the document, and what the order holds if its lines changed; nothing is refused."""
        demand = self.demand(document)
        order.document = document
        if order.held and order.held != demand:
            now = self.world.now()
            self._release(order, now)
            self._hold(order, now)
        self.changed(order)

    def demand(self, document: dict[str, Any]) -> dict[str, dict[str, Decimal]]:
        """The units an order takes from each list: bundles by their parts, options included."""
        totals: dict[str, dict[str, Decimal]] = {}
        for line in document.get("productItems", []):
            name = line.get("inventoryId", self.default_list)
            units = totals.setdefault(name if name in self.stock else self.default_list, {})
            for sku, quantity in self._units(line):
                units[sku] = units.get(sku, Decimal(0)) + quantity
        return totals

    def _units(self, line: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
        quantity = Decimal(line.get("quantity", 1))
        parts = line.get("bundledProductItems", [])
        if not parts:
            yield line["productId"], quantity
        # ASSUMPTION: a bundled item's quantity is that of the whole line (switch bundled_quantity).
        times = quantity if self.switches["bundled_quantity"] == "per_bundle" else Decimal(1)
        for part in parts:
            yield part["productId"], Decimal(part.get("quantity", 1)) * times
        for option in line.get("optionItems", []):
            if "productId" in option:
                yield option["productId"], Decimal(option.get("quantity", quantity))

    def _move(self, order: Order, present: str, move: str) -> None:
        now = self.world.now()
        if move == "release":
            self._release(order, now)
        elif move == "reserve":
            try:
                self._reserve(order, now)
            except OutOfStockError as error:
                raise ScapiError(409, UNDO[present], str(error), orderNo=order.number) from error

    def _reserve(self, order: Order, now: datetime) -> None:
        """Hold the order's units, all or none; raises `OutOfStockError`."""
        if self.switches["refuse_oversell"]:
            for name, units in self.demand(order.document).items():
                for sku, quantity in units.items():
                    if not self.stock[name].sellable(sku, quantity):
                        raise OutOfStockError(sku)
        self._hold(order, now)

    def _hold(self, order: Order, now: datetime) -> None:
        order.held, order.reserved = self.demand(order.document), now
        for name, units in order.held.items():
            self.stock[name].reserve(units, now, exported=order.exported is not None)

    def _release(self, order: Order, now: datetime) -> None:
        for name, units in order.held.items():
            reserved = order.reserved or now
            self.stock[name].release(units, now, reserved=reserved, exported=order.exported)
        order.held, order.reserved = {}, None
