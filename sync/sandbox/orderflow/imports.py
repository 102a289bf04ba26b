"""Import documents: reading them safely, and the result line of each item."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lxml import etree

from sync.sandbox.orderflow import properties
from sync.sandbox.orderflow.problems import InvalidData


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One `import` element with its properties."""

    type: str
    operation: str
    reference: str
    properties: dict[str, str]


class Outcome(StrEnum):
    """The section of the result in which an item is reported."""

    SUCCESS = "success"
    FAILURE = "failure"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """The report on one item; `entities` are the kinds and ids of what it created, the item itself first."""

    item: ImportItem
    outcome: Outcome
    time: datetime
    entities: list[tuple[str, int]] = field(default_factory=list)
    message: str = ""
    detail: str = ""


class Rejected(Exception):
    """An item that cannot be imported, and why."""


def read(body: bytes, *, strict: bool, limit: int) -> list[ImportItem]:
    """Return the items of an import document in order.

    Raises InvalidData, so that nothing is imported, for anything that is not such a document, has a document
    type declaration, or holds more than `limit` items.
    """
    root = _parse(body)
    if root.tag != "imports":
        raise InvalidData(f"Expected element 'imports' but found {root.tag!r}")
    elements = root.findall("import")
    # ASSUMPTION: a batch has a limit, and one over it is refused as a whole.
    if len(elements) > limit:
        raise InvalidData(f"The document holds {len(elements)} imports, more than {limit}")
    return [_item(element, strict=strict) for element in elements]


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidData(f"The document is not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidData("A document type declaration is not allowed")
    return root


def _item(element: etree._Element, *, strict: bool) -> ImportItem:
    # Child elements may stand among the text (product aliases do); only the text around them is the list.
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    found = properties.parse(text, strict=strict)
    reference = element.get("externalReference") or found.get("externalReference", "")
    return ImportItem(element.get("type", ""), element.get("operation", "insert"), reference, found)
