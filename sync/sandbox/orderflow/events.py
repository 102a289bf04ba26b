"""Event messages: what the warehouse tells, as the documents that are pushed."""

from sync.sandbox.orderflow import documents
from sync.sandbox.orderflow.model import Order
from sync.sandbox.orderflow.times import written
from sync.sandbox.orderflow.warehouse import Event
from sync.sandbox.orderflow.xml import Element, child, document, element, legal
from sync.sandbox.switches import Switches


def event_document(event: Event, organisation: str, message_id: int, switches: Switches) -> bytes:
    """Return the message about an event, showing its order or return as it is at this moment."""
    root = element(
        "event",
        {
            "messageId": message_id,
            # ASSUMPTION: event types are entity and happening in snake case.
            "eventType": event.kind,
            "userName": event.user,
            "eventTime": written(event.time, switches["zone"]),
        },
    )
    detail = child(root, "detail")
    if event.returned is not None:
        root.set("entity", "return")
        detail.append(documents.returned_goods(event.returned, organisation))
    elif event.order is not None:
        _about_order(root, event, event.order)
        detail.append(_snapshot(event.order, event, organisation, switches))
    return document(root)


def _about_order(root: Element, event: Event, order: Order) -> None:
    about_order = event.shipment is None or event.kind.startswith("order_")
    subject = order if about_order or event.shipment is None else event.shipment
    root.set("entity", "order" if about_order else "shipment")
    root.set("externalReference", legal(subject.reference))
    root.set("operation", event.operation)
    root.set("state", subject.state)


def _snapshot(order: Order, event: Event, organisation: str, switches: Switches) -> Element:
    # ASSUMPTION: a message about one shipment shows all shipments of its order.
    alone = event.shipment is not None and not switches["event_has_all_shipments"]
    shipments = [event.shipment] if alone and event.shipment else order.shipments
    return documents.order_snapshot(order, organisation, shipments)
