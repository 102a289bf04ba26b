"""What the receiver must know of a pushed message to put it in line."""

import hashlib

from schemas.base import reject
from schemas.events import ParsedEvent
from schemas.orderflow import RENAMED
from schemas.orderflow.xml import Element, UnusableError, attribute, child_text, parse, tag_of
from sync.core.messages import Topic

LARGEST_SEQUENCE = 2**63 - 1
STOCK_KEY = "stock"
PAYMENT_REQUEST = "paymentRequest"


def read_orderflow_envelope(content: bytes) -> ParsedEvent:
    """Return topic, key, sequence and dedupe key of a push; raises `Rejected` event.invalid.

    A kind that is not handled is unsupported, not an error: the warehouse would send it again in vain.
    """
    try:
        root = parse(content)
    except UnusableError as error:
        reject("event.invalid", {"body": str(error)})
    topic, key = _placed(root)
    sequence = sequence_of(root)
    # Nobody promises that a number is unique beyond its own entity and channel, or after the
    # warehouse was restored from a backup. With its content beside it no other message is taken for this one.
    digest = hashlib.sha256(content).hexdigest()
    identity = f"sha256:{digest}" if sequence is None else f"push:{sequence}:{digest[:16]}"
    return ParsedEvent(topic=topic, key=key or identity, dedupe_key=identity, sequence=sequence)


def order_reference(order: Element) -> str:
    """Return the reference the order was imported under, before any renaming or split."""
    present = attribute(order, "externalReference")
    renamed = RENAMED.fullmatch(present)
    return attribute(order, "originatingOrderReference") or (renamed[1] if renamed else present)


def return_key(returned: Element) -> str:
    """Return what a return is filed under: its order, else its authorisation, else its own number."""
    names = ("orderReference", "authorisation")
    told = (attribute(returned, name) or child_text(returned, name) for name in names)
    return next(filter(None, told), "") or f"return {attribute(returned, 'id')}".strip()


def _placed(root: Element) -> tuple[Topic, str]:
    if tag_of(root) == "inventory":
        return Topic.STOCK_CHANGED, STOCK_KEY
    if tag_of(root) == PAYMENT_REQUEST:
        order = root.find("order")
        reference = "" if order is None else order_reference(order)
        return Topic.PAYMENT_REQUESTED, reference or _missing("paymentRequest.order.externalReference")
    return _event(root) if tag_of(root) == "event" else (Topic.UNSUPPORTED, "")


def _event(root: Element) -> tuple[Topic, str]:
    returned = root.find("detail/return")
    if returned is not None:
        return Topic.RETURN_RECEIVED, return_key(returned)
    order = root.find("detail/order")
    if order is not None:
        return Topic.SHIPMENT_CHANGED, order_reference(order) or _missing("detail.order.externalReference")
    if attribute(root, "entity") == "order":
        return Topic.SHIPMENT_CHANGED, order_reference(root) or _missing("externalReference")
    return Topic.UNSUPPORTED, attribute(root, "externalReference")


def _missing(path: str) -> str:
    reject("event.invalid", {path: "is required"})


def sequence_of(root: Element) -> int | None:
    """Return a push's messageId, None when it has none; raises `Rejected` event.invalid."""
    text = attribute(root, "messageId")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_SEQUENCE)):
        reject("event.invalid", {"messageId": "must be a whole number"})
    if int(text) > LARGEST_SEQUENCE:
        reject("event.invalid", {"messageId": "is too large"})
    return int(text)
