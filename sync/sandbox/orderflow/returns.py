"""Goods that come back: announced by the shop, received and booked by the warehouse."""

from collections.abc import Sequence

from sync.sandbox.orderflow.model import Order, OrderLine, Return, ReturnLine
from sync.sandbox.orderflow.states import LineState
from sync.sandbox.orderflow.warehouse import Refused, Warehouse


def announce(house: Warehouse, expected: Return) -> None:
    """Remember a return that the shop has announced."""
    # ASSUMPTION: an imported return only announces the goods; stock rises when they are received.
    house.returns[expected.reference or f"#{expected.id}"] = expected


def receive(
    house: Warehouse, order: Order, lines: Sequence[ReturnLine], *, authorisation: str = "", note: str = ""
) -> Return:
    """Book goods of a despatched order back into stock and tell of it.

    Completes the return announced for the order (under that authorisation, if one is named), if there is one.
    Raises Refused, booking nothing, when more comes back than has left.
    """
    sources = _sources_of_all(order, lines)
    for warehouse, sold, quantity in sources:
        sold.returned += quantity
        house.stock.receive(sold.sku, warehouse, quantity)
    returned = _announced(house, order, authorisation) or _unannounced(house, order, authorisation)
    returned.lines = list(lines)
    returned.channel, returned.site = order.channel, sources[0][0]
    returned.note = note or returned.note
    returned.expected, returned.completed = False, house.clock()
    house.tell("return_applied", "apply", order=order, returned=returned)
    return returned


def expect(
    house: Warehouse, order: Order, lines: Sequence[ReturnLine], *, authorisation: str = "", note: str = ""
) -> Return:
    """Await goods of a despatched order and tell of it. Raises Refused when more is named than has left."""
    _sources_of_all(order, lines)
    expected = _unannounced(house, order, authorisation)
    expected.lines, expected.channel, expected.note = list(lines), order.channel, note
    # ASSUMPTION: what the happenings of a return are called.
    house.tell("return_authorised", "authorise", order=order, returned=expected)
    return expected


def refuse(
    house: Warehouse, order: Order, lines: Sequence[ReturnLine], *, authorisation: str = "", note: str = ""
) -> Return:
    """Turn goods away, those of the return announced if there is one, and tell of it; nothing is booked."""
    refused = _announced(house, order, authorisation) or _unannounced(house, order, authorisation)
    refused.lines = refused.lines or list(lines)
    refused.channel, refused.note = order.channel, note or refused.note
    refused.expected, refused.authorised = False, False
    house.tell("return_refused", "refuse", order=order, returned=refused)
    return refused


def receive_stray(house: Warehouse, stray: Return) -> None:
    """Book goods that belong to no known order into stock, and tell of it."""
    for line in stray.lines:
        house.stock.receive(line.sku, stray.site, line.quantity)
    stray.expected, stray.completed = False, house.clock()
    house.returns[f"#{stray.id}"] = stray
    house.tell("return_applied", "apply", returned=stray)


def everything(order: Order) -> list[ReturnLine]:
    """Return the lines of a return of all that has left and not come back yet."""
    return [
        ReturnLine(line.sku, line.quantity - line.returned)
        for line in order.lines
        if line.state is LineState.DESPATCHED and line.quantity > line.returned
    ]


def _sources_of_all(order: Order, lines: Sequence[ReturnLine]) -> list[tuple[str, OrderLine, int]]:
    sources = [source for line in lines for source in _sources(order, line)]
    if not sources:
        raise Refused(f"order '{order.reference}' has nothing that could come back")
    return sources


def _sources(order: Order, wanted: ReturnLine) -> list[tuple[str, OrderLine, int]]:
    left = wanted.quantity
    sources = []
    for shipment in order.shipments:
        for line in shipment.lines:
            usable = line.quantity - line.returned if line.state is LineState.DESPATCHED else 0
            if line.sku == wanted.sku and (quantity := min(left, usable)) > 0:
                sources.append((shipment.warehouse, line, quantity))
                left -= quantity
    if left:
        raise Refused(
            f"of '{wanted.sku}' only {wanted.quantity - left} despatched in order '{order.reference}'"
        )
    return sources


def _announced(house: Warehouse, order: Order, authorisation: str) -> Return | None:
    names = {order.reference, order.originating_reference}
    for known in house.returns.values():
        about_order = known.order_reference in names or known.authorisation in names
        if known.expected and about_order and authorisation in ("", known.authorisation):
            return known
    return None


def _unannounced(house: Warehouse, order: Order, authorisation: str) -> Return:
    number = house.ids.next()
    new = Return(number, "", order.reference, authorisation, [])
    house.returns[f"#{number}"] = new
    return new
