"""What a control call asks for, carried out in the warehouse."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sync.sandbox.orderflow import movements, returns
from sync.sandbox.orderflow.carriers import Carrier, carrier_for
from sync.sandbox.orderflow.model import Order, Return, ReturnLine, Shipment
from sync.sandbox.orderflow.states import ShipmentState
from sync.sandbox.orderflow.stock import LEVELS, StockRecord
from sync.sandbox.orderflow.warehouse import Refused, Unknown, Warehouse

Body = Mapping[str, Any]
MOST_PARCELS = 99


def move(house: Warehouse, reference: str, action: str, body: Body) -> Order:
    """Do something with a shipment, or with all open shipments of an order, and return the order.

    `lines` in the body restricts pick, pack and despatch to those units: the others are split off first.
    Raises Unknown, Refused, or ValueError and TypeError for a body that cannot be understood.
    """
    if action not in _ACTIONS:
        raise Unknown(f"no such action: {action}; there are {', '.join(sorted(_ACTIONS))}")
    order, shipments = find(house, reference, body.get("channel"))
    _ACTIONS[action](house, order, shipments, body)
    return order


def find(house: Warehouse, reference: str, channel: str | None) -> tuple[Order, list[Shipment]]:
    """Return the order, and the shipment of that reference or else every open one of the order.

    Raises Unknown; Refused when several channels have the reference and none is named.
    """
    channels = house.channels if channel is None else (channel,)
    found: list[tuple[Order, list[Shipment]]] = []
    for name in channels:
        if (name, reference) in house.shipments:
            order, shipment = house.shipments[name, reference]
            found.append((order, [shipment]))
        elif (name, reference) in house.orders:
            order = house.orders[name, reference]
            found.append((order, order.open_shipments))
    if not found:
        raise Unknown(f"no order or shipment has the reference '{reference}'")
    if len(found) > 1:
        raise Refused(f"several channels know '{reference}': name one with ?channel=")
    return found[0]


def receive_stray(house: Warehouse, body: Body) -> Return:
    """Receive a parcel without an order: `lines`, and optionally `site`, `channel`, `authorisation`, `note`.

    Raises Unknown, ValueError or TypeError.
    """
    site, wanted = body.get("site", house.sites[0]), _lines(body)
    if not wanted:
        raise ValueError("expected lines with sku and quantity")
    for sku in wanted:
        _record(house, sku, site)
    lines = [ReturnLine(sku, quantity) for sku, quantity in wanted.items()]
    _describe(lines, body)
    stray = Return(
        id=house.ids.next(),
        reference="",
        order_reference="",
        authorisation=str(body.get("authorisation", "")),
        lines=lines,
        authorised=False,
        site=site,
        note=str(body.get("note", "")),
        channel=str(body.get("channel", "")),
    )
    returns.receive_stray(house, stray)
    return stray


def set_stock(house: Warehouse, changes: Iterable[Body]) -> list[StockRecord]:
    """Count stock anew, all changes or none, and return the changed records.

    A change names `sku`, `site` (default the first warehouse) and absolute quantities, or a `delta` of the
    total. Raises Unknown, ValueError or TypeError.
    """
    checked = [_checked(house, change) for change in changes]
    for record, levels, delta in checked:
        counted = {**levels, "total": levels.get("total", record.total) + delta} if delta else levels
        house.stock.count(record.sku, record.warehouse, counted)
    return [record for record, _, _ in checked]


def _checked(house: Warehouse, change: Body) -> tuple[StockRecord, dict[str, int], int]:
    sku, site = change["sku"], change.get("site", house.sites[0])
    record = _record(house, sku, site)
    levels = {name: _whole(name, change[name]) for name in LEVELS if name in change}
    delta = _whole("delta", change.get("delta", 0))
    unknown = sorted(set(change) - {"sku", "site", "delta", *LEVELS})
    if unknown or not (levels or "delta" in change):
        raise ValueError(
            f"expected sku, site and some of {', '.join((*LEVELS, 'delta'))}, got {list(change)}"
        )
    if any(quantity < 0 for quantity in levels.values()):
        raise ValueError("quantities must not be negative")
    return record, levels, delta


def _record(house: Warehouse, sku: str, site: str) -> StockRecord:
    try:
        return house.stock.record(sku, site)
    except KeyError:
        raise Unknown(f"no stock record for '{sku}' in '{site}'") from None


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    return value


def _lines(body: Body) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for line in body.get("lines", ()):
        quantity = _whole("quantity", line["quantity"])
        if quantity < 1:
            raise ValueError("quantity must be at least 1")
        wanted[line["sku"]] = wanted.get(line["sku"], 0) + quantity
    return wanted


def _only(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> list[Shipment]:
    """Reduce the one shipment to the wanted lines by splitting off the rest."""
    wanted = _lines(body)
    if not wanted:
        return shipments
    shipment = _single(order, shipments)
    rest: dict[str, int] = {}
    for line in shipment.lines:
        rest[line.sku] = rest.get(line.sku, 0) + line.quantity
    for sku, quantity in wanted.items():
        if quantity > rest.get(sku, 0):
            raise Refused(f"shipment '{shipment.reference}' has only {rest.get(sku, 0)} of '{sku}'")
        rest[sku] -= quantity
    if any(rest.values()):
        movements.split(house, order, shipment, {sku: left for sku, left in rest.items() if left})
    return [shipment]


def _single(order: Order, shipments: list[Shipment]) -> Shipment:
    if len(shipments) != 1:
        names = ", ".join(shipment.reference for shipment in shipments) or "none"
        raise Refused(f"order '{order.reference}' has not exactly one open shipment ({names}): name it")
    return shipments[0]


def _need(order: Order, shipments: list[Shipment]) -> list[Shipment]:
    if not shipments:
        raise Refused(f"order '{order.reference}' is {order.state}: nothing is open")
    return shipments


def _advancing(
    milestone: ShipmentState,
) -> Callable[[Warehouse, Order, list[Shipment], Body], None]:
    def work(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
        for shipment in _only(house, order, _need(order, shipments), body):
            movements.advance(house, order, shipment, milestone)

    return work


def _despatch(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
    parcels = _whole("parcels", body.get("parcels", 1))
    if not 1 <= parcels <= MOST_PARCELS:
        raise ValueError(f"parcels must be from 1 to {MOST_PARCELS}")
    for shipment in _only(house, order, _need(order, shipments), body):
        movements.despatch(house, order, shipment, parcels=parcels, courier=_courier(order, body))


def _courier(order: Order, body: Body) -> Carrier | None:
    return carrier_for(order.reference, str(body["courier"])) if body.get("courier") else None


def _split(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
    shipment = _single(order, shipments)
    # Without lines the last unit goes alone.
    movements.split(house, order, shipment, _lines(body) or {shipment.lines[-1].sku: 1})


def _cancel(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
    if "lines" in body:
        raise ValueError("a cancel is for whole shipments: split off the lines first")
    _need(order, shipments)
    if len(shipments) == len(order.shipments):
        movements.cancel_order(house, order)
        return
    for shipment in shipments:
        movements.cancel_shipment(house, order, shipment)


def _return(house: Warehouse, order: Order, _: list[Shipment], body: Body) -> None:
    wanted = _lines(body)
    lines = [ReturnLine(sku, quantity) for sku, quantity in wanted.items()] or returns.everything(order)
    _describe(lines, body)
    returns.receive(
        house, order, lines, authorisation=str(body.get("authorisation", "")), note=str(body.get("note", ""))
    )


def _describe(lines: list[ReturnLine], body: Body) -> None:
    for line in lines:
        line.reason = str(body.get("reason", "Unwanted"))
        line.condition = str(body.get("condition", "Unopened"))
        line.refund = bool(body.get("refund", True))


_ACTIONS: dict[str, Callable[[Warehouse, Order, list[Shipment], Body], None]] = {
    "pick": _advancing(ShipmentState.PACKABLE),
    "pack": _advancing(ShipmentState.PACKED),
    "despatch": _despatch,
    "split": _split,
    "cancel": _cancel,
    "return": _return,
}
