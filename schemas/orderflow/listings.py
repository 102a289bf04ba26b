"""Answers that list many things, cut into pieces that can be kept as received."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator

from lxml import etree

from schemas.orderflow import REPORTED
from schemas.orderflow.facts import whole
from schemas.orderflow.xml import (
    Element,
    UnusableError,
    attribute,
    child_text,
    parse,
    parse_text,
    raise_failure,
    tag_of,
)
from sync.core.ports import Sighting

# Report column → name in a return's own document.
_RETURN = {
    "orderReference": "orderReference",
    "authorisation": "authorisation",
    "completedDate": "completedDate",
}
_RETURN_LINE = {
    "product": "product",
    "quantity": "quantity",
    "lineReason": "reason",
    "lineCondition": "condition",
}


def despatched(content: bytes) -> Iterator[Sighting]:
    """Yield each despatched shipment; raises `UnusableError` or the error the document stands for."""
    for element in _listing(content, "shipments").iterfind("shipment"):
        reference = child_text(element, "originatingOrderReference") or child_text(element, "orderReference")
        name = child_text(element, "reference")
        yield _sighting(reference or name, f"despatch:{name}", element)


def detail(content: bytes, reference: str) -> Sighting:
    """Return an order detail; raises `UnusableError` or the error the document stands for."""
    return _sighting(reference, f"detail:{reference}", _listing(content, "order"))


def order_state(detail_body: str) -> str:
    """Return the state of the order itself."""
    return attribute(parse_text(detail_body), "state")


def units(detail_body: str) -> Counter[str]:
    """Return SKU → units of an order detail, over all of its shipments."""
    found: Counter[str] = Counter()
    for line in parse_text(detail_body).iterfind("shipments/shipment/orderLines/orderLine"):
        found[attribute(line, "product")] += whole(attribute(line, "quantity"), "order.quantity")
    return found


def returned(content: bytes) -> Iterator[Sighting]:
    """Yield each return of the report, its rows put together as a return's own document has them.

    The report does not tell the return's number: its order, authorisation and time stand in for it.
    """
    rows: dict[tuple[str, ...], list[Element]] = defaultdict(list)
    for row in _listing(content, "returns").iterfind("return"):
        rows[tuple(child_text(row, column) for column in _RETURN)].append(row)
    for key, lines in rows.items():
        number = REPORTED + hashlib.sha256("\x00".join(key).encode()).hexdigest()[:16]
        element = etree.Element("return", {"id": number})
        for column, name in zip(key, _RETURN.values(), strict=True):
            element.set(name, column)
        for line in lines:
            values = {name: child_text(line, column) for column, name in _RETURN_LINE.items()}
            etree.SubElement(element, "returnLine", values)
        yield _sighting(key[0] or key[1] or f"return {number}", f"return:{number}", element)


def _listing(content: bytes, name: str) -> Element:
    root = parse(content)
    raise_failure(root)
    if tag_of(root) != name:
        raise UnusableError(f"expected {name}, found {tag_of(root)}")
    return root


def _sighting(reference: str, identity: str, element: Element) -> Sighting:
    body = etree.tostring(element, encoding="unicode", with_tail=False)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    return Sighting(reference=reference, identity=f"{identity}:{digest}", body=body)
