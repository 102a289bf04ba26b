"""Which message was the first to tell what: the evidence behind every line of a timeline."""

from collections.abc import Mapping
from datetime import datetime

from sync.core.fulfillment import Fact, Known
from sync.core.messages import Message

Learned = Mapping[str, Mapping[str, object]]


def learned(before: Known, after: Known, message: Message, fact: Fact, now: datetime) -> Learned:
    """Return subject → message, when and how it became known, and whose act it was, of what is new."""
    known = (message.received_at or now).isoformat()
    way = "poll" if message.correlation_id.startswith("poll-") else "push"
    row = {"message": message.id, "at": known, "way": way, "actor": fact.actor}
    return dict.fromkeys(sorted(_subjects(after) - _subjects(before)), row)


def stage_subject(shipment: str, stage: str) -> str:
    """Return the name under which a stage's evidence is kept."""
    return f"stage {stage} of {shipment}"


def parcel_subject(shipment: str, number: str) -> str:
    """Return the name under which a parcel's evidence is kept."""
    return f"parcel {number} of {shipment}"


def return_subject(return_id: str, state: str) -> str:
    """Return the name under which a return's evidence is kept."""
    return f"return {return_id} {state}"


def refund_subject(return_id: str) -> str:
    """Return the name under which a refund's evidence is kept."""
    return f"refund {return_id}"


def payment_subject(shipment: str) -> str:
    """Return the name under which a payment request's evidence is kept."""
    return f"payment for {shipment}"


def _subjects(known: Known) -> set[str]:
    found: set[str] = set()
    for name, shipment in known.shipments.items():
        found |= {stage_subject(name, stage) for stage in shipment.reached}
        found |= {parcel_subject(name, number) for number in shipment.parcels}
    found |= {payment_subject(request.shipment) for request in known.payments.values()}
    for return_id, fact in known.returns.items():
        found.add(return_subject(return_id, fact.state))
        if fact.refund:
            found.add(refund_subject(return_id))
    return found
