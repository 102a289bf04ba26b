"""What people in the warehouse do with a shipment: allocate, pick, pack, despatch, split, cancel."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from sync.sandbox.orderflow.carriers import Carrier, carrier_for, tracking_number
from sync.sandbox.orderflow.model import Order, OrderLine, Shipment
from sync.sandbox.orderflow.states import (
    HELD_LINES,
    UNALLOCATED,
    LineState,
    OrderState,
    ShipmentState,
    reached,
)
from sync.sandbox.orderflow.warehouse import Refused, Warehouse, set_lines


def allocate(house: Warehouse, _: Order, shipment: Shipment) -> None:
    """Reserve stock for all lines. Raises Refused, leaving the shipment out of stock, if any is short."""
    needs: Counter[str] = Counter()
    for line in shipment.live_lines:
        needs[line.sku] += line.quantity
    for sku, quantity in needs.items():
        if house.stock.record(sku, shipment.warehouse).free < quantity:
            shipment.state = ShipmentState.OUT_OF_STOCK
            set_lines(shipment, LineState.OUT_OF_STOCK)
            raise Refused(f"shipment '{shipment.reference}' is out of stock: '{sku}' in {shipment.warehouse}")
    for sku, quantity in needs.items():
        house.stock.allocate(sku, shipment.warehouse, quantity)
    shipment.state = ShipmentState.RELEASED
    set_lines(shipment, LineState.ALLOCATED)


def release(_: Warehouse, __: Order, shipment: Shipment) -> None:
    """Fix the picking places of an allocated shipment."""
    shipment.state = ShipmentState.PICKABLE
    set_lines(shipment, LineState.PICKABLE)


def pick(house: Warehouse, order: Order, shipment: Shipment) -> None:
    """Take the goods off the shelves."""
    shipment.state = ShipmentState.PACKABLE
    set_lines(shipment, LineState.PICKED)
    house.tell("shipment_picked", "pick", order=order, shipment=shipment)


def pack(house: Warehouse, order: Order, shipment: Shipment) -> None:
    """Put the goods into parcels."""
    shipment.state = ShipmentState.PACKED
    set_lines(shipment, LineState.PACKED)
    house.tell("shipment_packed", "pack", order=order, shipment=shipment)


_STEPS: tuple[tuple[ShipmentState, Callable[[Warehouse, Order, Shipment], None]], ...] = (
    (ShipmentState.RELEASED, allocate),
    (ShipmentState.PICKABLE, release),
    (ShipmentState.PACKABLE, pick),
    (ShipmentState.PACKED, pack),
)


def advance(house: Warehouse, order: Order, shipment: Shipment, to: ShipmentState) -> None:
    """Do every step up to and including `to` that is still to do. Raises Refused if there is none."""
    if not shipment.state.open or reached(shipment.state, to):
        raise Refused(f"shipment '{shipment.reference}' is already {shipment.state}")
    for milestone, step in _STEPS:
        if not reached(shipment.state, milestone):
            step(house, order, shipment)
        if milestone is to:
            return


def despatch(
    house: Warehouse, order: Order, shipment: Shipment, *, parcels: int = 1, courier: Carrier | None = None
) -> None:
    """Hand the parcels to the courier, after any step that is still to do."""
    if shipment.state is not ShipmentState.PACKED:
        advance(house, order, shipment, ShipmentState.PACKED)
    chosen = courier or carrier_for(order.reference, shipment.courier)
    shipment.courier, shipment.service = chosen.name, chosen.service
    shipment.tracking = [tracking_number(chosen, shipment.id, parcel) for parcel in range(1, parcels + 1)]
    for line in shipment.live_lines:
        house.stock.ship(line.sku, shipment.warehouse, line.quantity)
    shipment.state = ShipmentState.DESPATCHED
    set_lines(shipment, LineState.DESPATCHED)
    shipment.completed = house.clock()
    house.despatched.setdefault(order.channel, []).append((order, shipment))
    house.settle(order)
    house.tell("shipment_despatched", "despatch", order=order, shipment=shipment)


def split(house: Warehouse, order: Order, shipment: Shipment, quantities: Mapping[str, int]) -> Shipment:
    """Move units to a new shipment of the same order, which starts again at the shelf; return it.

    Raises Refused when the shipment has left, lacks those units, or would be left empty.
    """
    if not shipment.state.open:
        raise Refused(f"shipment '{shipment.reference}' is already {shipment.state}")
    moved = _moved_lines(shipment, quantities)
    if not moved or sum(line.quantity for line in moved) == shipment.units:
        raise Refused(f"a split of shipment '{shipment.reference}' must move some units and leave some")
    for line in moved:
        _take(house, shipment, line)
    if shipment.state in UNALLOCATED:
        shipment.state = ShipmentState.RESET
    sequence = max(other.sequence for other in order.shipments) + 1
    new = replace(
        shipment,
        id=house.ids.next(),
        reference=house.new_shipment_reference(order, sequence),
        sequence=sequence,
        created=house.clock(),
        lines=[replace(line, state=LineState.CREATED, details=dict(line.details)) for line in moved],
        details=dict(shipment.details),
        state=ShipmentState.READY,
        tracking=[],
    )
    order.shipments.append(new)
    house.index(order, new)
    house.tell("shipment_split", "split", order=order, shipment=shipment)
    return new


def _moved_lines(shipment: Shipment, quantities: Mapping[str, int]) -> list[OrderLine]:
    moved = []
    for sku, wanted in quantities.items():
        left = wanted
        for line in shipment.live_lines:
            if line.sku == sku and left > 0:
                moved.append(replace(line, quantity=min(left, line.quantity)))
                left -= moved[-1].quantity
        if left > 0:
            raise Refused(f"shipment '{shipment.reference}' has only {wanted - left} of '{sku}'")
    return moved


def _take(house: Warehouse, shipment: Shipment, part: OrderLine) -> None:
    line = next(line for line in shipment.live_lines if line.number == part.number and line.sku == part.sku)
    if line.state in HELD_LINES:
        house.stock.allocate(line.sku, shipment.warehouse, -part.quantity)
    line.quantity -= part.quantity
    if line.quantity == 0:
        shipment.lines.remove(line)


def cancel_shipment(house: Warehouse, order: Order, shipment: Shipment, *, user: str = "warehouse") -> None:
    """Give up one open shipment; when it was the only one left, the order ends with it. Raises Refused."""
    if order.open_shipments == [shipment] and len(order.shipments) == 1:
        cancel_order(house, order, user=user)
        return
    if not shipment.state.open:
        raise Refused(f"shipment '{shipment.reference}' is already {shipment.state}")
    _drop(house, shipment)
    house.settle(order)
    kind = "order_cancelled" if order.state is OrderState.CANCELLED else "shipment_cancelled"
    house.tell(kind, "cancel", order=order, shipment=shipment, user=user)


def cancel_order(house: Warehouse, order: Order, *, user: str = "warehouse", new_number: str = "") -> None:
    """Give up the order with every open shipment, and give it a new number if there is one.

    Raises Refused when nothing is open or something has left.
    """
    left = any(shipment.state is ShipmentState.DESPATCHED for shipment in order.shipments)
    if left or not order.open_shipments:
        raise Refused(f"order '{order.reference}' is {'partly despatched' if left else order.state}")
    for shipment in order.open_shipments:
        _drop(house, shipment)
    house.settle(order)
    if new_number:
        house.rename(order, new_number)
    house.tell("order_cancelled", "cancel", order=order, user=user)


def cancel_lines(house: Warehouse, order: Order, shipment: Shipment, quantities: Mapping[str, int]) -> None:
    """Give up units of an open shipment while the rest goes on; giving up all ends it. Raises Refused."""
    if not shipment.state.open:
        raise Refused(f"shipment '{shipment.reference}' is already {shipment.state}")
    given_up = _moved_lines(shipment, quantities)
    if sum(line.quantity for line in given_up) == shipment.units:
        cancel_shipment(house, order, shipment)
        return
    for line in given_up:
        _take(house, shipment, line)
        house.stock.demand(line.sku, shipment.warehouse, -line.quantity)
    # ASSUMPTION: a canceled line stays in its shipment and is told with the state of a canceled one.
    shipment.lines += [replace(line, state=LineState.CANCELLED) for line in given_up]
    house.tell("shipment_line_cancelled", "cancel", order=order, shipment=shipment)


def _drop(house: Warehouse, shipment: Shipment) -> None:
    for line in shipment.live_lines:
        if line.state in HELD_LINES:
            house.stock.allocate(line.sku, shipment.warehouse, -line.quantity)
        house.stock.demand(line.sku, shipment.warehouse, -line.quantity)
    shipment.state = ShipmentState.CANCELLED
    set_lines(shipment, LineState.CANCELLED)
