"""What a control call asks for, carried out in the warehouse."""

from collections.abc import Callable

from sync.sandbox.orderflow import movements, returns
from sync.sandbox.orderflow.bodies import Body, describe, wanted_units, whole
from sync.sandbox.orderflow.carriers import Carrier, carrier_for
from sync.sandbox.orderflow.model import Order, Return, ReturnLine, Shipment
from sync.sandbox.orderflow.states import ShipmentState
from sync.sandbox.orderflow.warehouse import Refused, Unknown, Warehouse

MOST_PARCELS = 999


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


def _only(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> list[Shipment]:
    """Reduce the one shipment to the wanted lines by splitting off the rest."""
    wanted = wanted_units(body)
    if not wanted:
        return shipments
    shipment = _single(order, shipments)
    rest: dict[str, int] = {}
    for line in shipment.live_lines:
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
    parcels = whole("parcels", body.get("parcels", 1))
    if not 1 <= parcels <= MOST_PARCELS:
        raise ValueError(f"parcels must be from 1 to {MOST_PARCELS}")
    for shipment in _only(house, order, _need(order, shipments), body):
        movements.despatch(house, order, shipment, parcels=parcels, courier=_courier(order, body))


def _courier(order: Order, body: Body) -> Carrier | None:
    return carrier_for(order.reference, str(body["courier"])) if body.get("courier") else None


def _split(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
    shipment = _single(order, shipments)
    # Without lines the last unit goes alone.
    movements.split(house, order, shipment, wanted_units(body) or {shipment.live_lines[-1].sku: 1})


def _cancel(house: Warehouse, order: Order, shipments: list[Shipment], body: Body) -> None:
    """With `lines` only those units are given up."""
    _need(order, shipments)
    if wanted := wanted_units(body):
        movements.cancel_lines(house, order, _single(order, shipments), wanted)
        return
    if len(shipments) == len(order.shipments):
        movements.cancel_order(house, order)
        return
    for shipment in shipments:
        movements.cancel_shipment(house, order, shipment)


def _return(house: Warehouse, order: Order, _: list[Shipment], body: Body) -> None:
    """`state` says how far the return has come: received unless it is only expected, or refused."""
    wanted = wanted_units(body)
    lines = [ReturnLine(sku, quantity) for sku, quantity in wanted.items()] or returns.everything(order)
    describe(lines, body)
    words = {name: str(body.get(name, "")) for name in ("authorisation", "note")}
    state = str(body.get("state", "received"))
    if state not in _RETURNS:
        raise ValueError(f"state must be one of {', '.join(_RETURNS)}")
    _RETURNS[state](house, order, lines, **words)


_RETURNS: dict[str, Callable[..., Return]] = {
    "expected": returns.expect,
    "received": returns.receive,
    "refused": returns.refuse,
}

_ACTIONS: dict[str, Callable[[Warehouse, Order, list[Shipment], Body], None]] = {
    "pick": _advancing(ShipmentState.PACKABLE),
    "pack": _advancing(ShipmentState.PACKED),
    "despatch": _despatch,
    "split": _split,
    "cancel": _cancel,
    "return": _return,
}
