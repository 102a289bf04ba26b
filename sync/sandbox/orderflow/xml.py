"""Writing XML: elements from names and values, whatever characters the values hold."""

import re
from collections.abc import Mapping

from lxml import etree

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = etree._Element  # noqa: SLF001 - the only name lxml gives the type


def element(name: str, attributes: Mapping[str, object] | None = None, text: object = None) -> Element:
    """Return an element; characters that XML cannot hold become U+FFFD."""
    made = etree.Element(name, {key: legal(value) for key, value in (attributes or {}).items()})
    if text is not None:
        made.text = legal(text)
    return made


def child(
    parent: Element, name: str, attributes: Mapping[str, object] | None = None, text: object = None
) -> Element:
    """Append an element and return it."""
    made = element(name, attributes, text)
    parent.append(made)
    return made


def document(root: Element) -> bytes:
    """Return the bytes of a document with its declaration, in UTF-8."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def fragment(part: Element) -> bytes:
    """Return the bytes of one element, in UTF-8."""
    return etree.tostring(part, encoding="UTF-8", xml_declaration=False)


def legal(value: object) -> str:
    """Return the value as text that XML can hold; booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _ILLEGAL.sub("\ufffd", str(value))
