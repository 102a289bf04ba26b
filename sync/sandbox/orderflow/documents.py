"""The documents that Orderflow answers with: import results, orders, shipments, messages and errors."""

from collections.abc import Iterable
from html import escape

from sync.sandbox.orderflow.carriers import carrier_for, tracking_url
from sync.sandbox.orderflow.imports import ImportLine, Outcome
from sync.sandbox.orderflow.model import Order, Return, Shipment
from sync.sandbox.orderflow.problems import Problem
from sync.sandbox.orderflow.times import written
from sync.sandbox.orderflow.xml import Element, child, element, legal


def message(text: str) -> Element:
    """A sentence for people, which clients search for markers."""
    return element("message", text=text)


def error(problem: Problem) -> Element:
    """The failure of a whole call."""
    root = element("error")
    child(root, "exception", text=problem.exception)
    child(root, "message", text=problem)
    return root


def page(status: int, reason: str, path: str) -> bytes:
    """The page of the servlet container for a call that reached no operation; it is well-formed XML."""
    reached = f"Problem accessing {escape(legal(path))}. Reason: {reason}"
    return (
        f"<html><head><title>Error {status} {reason}</title></head>\n"
        f"<body><h2>HTTP ERROR {status}</h2><p>{reached}</p></body></html>\n"
    ).encode()


_SECTIONS = (
    (Outcome.SUCCESS, "importSuccesses", ""),
    (Outcome.FAILURE, "importFailures", "failure"),
    (Outcome.DUPLICATE, "importDuplicates", "duplicate"),
)


def import_result(lines: Iterable[ImportLine], zone: str) -> Element:
    """What became of each item, in three sections that are always there."""
    root = element("importResult")
    sections = {outcome: (child(root, name), word) for outcome, name, word in _SECTIONS}
    for line in lines:
        section, word = sections[line.outcome]
        _result_lines(section, line, word, zone)
    return root


def _result_lines(section: Element, line: ImportLine, word: str, zone: str) -> None:
    item = line.item
    common = {"type": item.type, "operation": item.operation, "externalReference": item.reference}
    queried = {"queryTime": written(line.time, zone)}
    # ASSUMPTION: entity and item are kind and id of what was created.
    for kind, number in line.entities:
        child(section, "import", {**common, "entity": kind, "item": number, **queried})
    if not line.entities:
        made = child(section, "import", {**common, **queried})
        child(made, f"{word}Message", text=line.message)
        child(made, f"{word}Detail", text=line.detail)


def order_detail(order: Order) -> Element:
    """The state of an order with all its shipments and lines."""
    return _order(order, order.shipments, {})


def order_snapshot(order: Order, organisation: str, shipments: list[Shipment]) -> Element:
    """The order as an event carries it, naming channel and organisation too."""
    return _order(order, shipments, {"channel": order.channel, "organisation": organisation})


def _order(order: Order, shipments: list[Shipment], more: dict[str, str]) -> Element:
    root = element("order", {"externalReference": order.reference, "state": order.state, **more})
    holder = child(root, "shipments")
    for shipment in shipments:
        holder.append(_order_shipment(shipment))
    return root


def _order_shipment(shipment: Shipment) -> Element:
    made = element(
        "shipment",
        {
            "sequence": shipment.sequence,
            "state": shipment.state,
            "externalReference": shipment.reference,
            "earliestShipDate": shipment.earliest_ship_date,
            "courier": shipment.courier,
            "courierService": shipment.service,
        },
    )
    if shipment.tracking:
        made.set("despatchReference", shipment.tracking[0])
    lines = child(made, "orderLines")
    for line in shipment.lines:
        child(lines, "orderLine", {"product": line.sku, "quantity": line.quantity, "state": line.state})
    return made


def pending(shipments: Iterable[tuple[Order, Shipment]], zone: str) -> Element:
    """Shipments that have not left."""
    root = element("shipments")
    for order, shipment in shipments:
        made = child(root, "shipment")
        child(made, "created", text=written(shipment.created, zone))
        child(made, "reference", text=shipment.reference)
        child(made, "orderReference", text=order.reference)
        child(made, "state", text=shipment.state)
        child(made, "earliestShipDate", text=shipment.earliest_ship_date)
    return root


def despatches(shipments: Iterable[tuple[Order, Shipment]], zone: str, *, with_lines: bool) -> Element:
    """Shipments that have left, with one package per parcel."""
    root = element("shipments")
    for order, shipment in shipments:
        root.append(_despatch(order, shipment, zone, with_lines=with_lines))
    return root


def _despatch(order: Order, shipment: Shipment, zone: str, *, with_lines: bool) -> Element:
    made = element("shipment")
    first = shipment.tracking[0] if shipment.tracking else ""
    values = {
        "reference": shipment.reference,
        "orderReference": order.reference,
        "originatingOrderReference": order.originating_reference,
        "state": shipment.state,
        "carrier": carrier_for(order.reference, shipment.courier).code,
        "courier": shipment.courier,
        "service": shipment.service,
        "despatchReference": first,
        "trackingUrl": tracking_url(first),
        "completed": written(shipment.completed, zone) if shipment.completed else "",
    }
    for name, value in values.items():
        child(made, name, text=value)
    packages = child(made, "packages")
    for number in shipment.tracking:
        child(packages, "package", {"despatchReference": number})
    if with_lines:
        _despatch_lines(child(made, "orderLines"), shipment)
    return made


def _despatch_lines(holder: Element, shipment: Shipment) -> None:
    for line in shipment.live_lines:
        made = child(holder, "orderLine")
        child(made, "productReference", text=line.sku)
        child(made, "quantity", text=line.quantity)
        child(made, "thirdPartyReference", text=line.third_party_reference)


def returned_goods(returned: Return, organisation: str) -> Element:
    """A return as its event carries it, its lines right below it."""
    root = element(
        "return",
        {
            "id": returned.id,
            "authorised": returned.authorised,
            "type": returned.kind,
            "site": returned.site,
            "authorisation": returned.authorisation,
            "orderReference": returned.order_reference,
            "note": returned.note,
            "organisation": organisation,
        },
    )
    for line in returned.lines:
        values = {"product": line.sku, "quantity": line.quantity, "reason": line.reason}
        child(root, "returnLine", {**values, "condition": line.condition, "refund": line.refund})
    return root


def returns_report(received: Iterable[Return], organisation: str, zone: str) -> Element:
    """The stored report of returned goods, one element per line."""
    root = element("returns")
    for returned in received:
        completed = written(returned.completed, zone) if returned.completed else ""
        for line in returned.lines:
            values = {
                "organisation": organisation,
                "channel": returned.channel,
                "orderReference": returned.order_reference,
                "product": line.sku,
                "quantity": line.quantity,
                "returnedDate": completed,
                "completedDate": completed,
                "authorised": returned.authorised,
                "authorisation": returned.authorisation,
                "type": returned.kind,
                "note": returned.note,
                "lineReason": line.reason,
                "lineCondition": line.condition,
                "lineType": "",
                "lineNote": "",
            }
            made = child(root, "return")
            for name, value in values.items():
                child(made, name, text=value)
    return root
