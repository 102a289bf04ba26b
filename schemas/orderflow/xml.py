"""Orderflow's XML: a hardened parser, and the three shapes in which a failure may arrive."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO
from zoneinfo import ZoneInfo

from lxml import etree

from schemas.orderflow import INVALID_WORDS, MISSING, REFUSED_WORDS
from sync.core.errors import Alarm, OrderbridgeError, Rejected, Retryable

Element = etree._Element  # noqa: SLF001  lxml has no public name for it
_STATUS = re.compile(r"ERROR\D{0,3}(\d{3})")
_PERMISSION = {401, 403, 412}
_EXCERPT = 200


class UnusableError(ValueError):
    """Not well-formed XML, or XML of a kind that is never read (with a document type)."""


def parse(content: bytes) -> Element:
    """Return the root element; raises `UnusableError`. Entities, DTDs and network access are off."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnusableError(f"not well-formed XML: {error}") from None
    _refuse_doctype(root)
    return root


def parse_text(text: str) -> Element:
    """Return the root element of a body kept as text, whatever encoding it once declared."""
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff"), count=1)
    try:
        return parse(bare.encode())
    except UnicodeEncodeError as error:
        raise UnusableError(f"not encodable: {error.reason}") from None


def stream(source: IO[bytes], tag: str) -> Iterator[Element]:
    """Yield the children named `tag` of a large document, each forgotten once the next is asked for.

    Raises `UnusableError`, or the error that the document turns out to be.
    """
    reading = etree.iterparse(
        source,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        yield from _children(reading, tag)
    except etree.XMLSyntaxError as error:
        raise UnusableError(f"not well-formed XML: {error}") from None


def _children(reading: "etree.iterparse[tuple[str, Element]]", tag: str) -> Iterator[Element]:
    root: Element | None = None
    for event, element in reading:
        if root is None:
            root = element
            _refuse_doctype(root)
        elif event == "end" and element.getparent() is root and element.tag == tag:
            yield element
            element.clear()
            while element.getprevious() is not None:
                root.remove(root[0])
    if root is not None:
        raise_failure(root)


def tag_of(element: Element) -> str:
    """Return the element's name as text."""
    return str(element.tag)


def _refuse_doctype(root: Element) -> None:
    if root.getroottree().docinfo.doctype:
        raise UnusableError("a document type is not allowed")


def raise_failure(root: Element) -> None:
    """Raise the core error that an exception document or an error page stands for; else do nothing.

    Raises `MissingDataError` where the class says that something does not exist.
    """
    exception = root.find("exception")
    if exception is not None or tag_of(root) == "error":
        raise _exception(all_text(exception), all_text(root.find("message")) or all_text(root))
    heading = all_text(root.find("body/h2"))
    if "ERROR" in heading:
        raise _page(heading, all_text(root.find("head/title")))


class MissingDataError(Rejected):
    """Something the call named does not exist in the warehouse."""


def _exception(name: str, message: str) -> OrderbridgeError:
    # Only the class name's last segment is stable; the words are for people.
    kind = name.rpartition(".")[2]
    detail = f"{kind or 'error'}: {message}"[:_EXCERPT]
    if kind == MISSING:
        return MissingDataError("warehouse.refused", detail)
    if any(word in kind for word in REFUSED_WORDS):
        return Alarm("credentials.refused", detail)
    if any(word in kind for word in INVALID_WORDS):
        return Rejected("warehouse.refused", detail)
    return Retryable("remote.unavailable", detail)


def _page(heading: str, title: str) -> OrderbridgeError:
    found = _STATUS.search(heading)
    status = int(found[1]) if found else None
    if status in _PERMISSION:
        return Alarm("credentials.refused", title or heading, remote_status=status)
    return Retryable("remote.unavailable", title or heading, remote_status=status)


def all_text(element: Element | None) -> str:
    """Return the text of an element and everything in it, blanks squeezed; empty when it is missing."""
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())


def child_text(element: Element, name: str) -> str:
    """Return the text of a child, empty when it is missing."""
    return all_text(element.find(name))


def attribute(element: Element, name: str) -> str:
    """Return an attribute without surrounding blanks, empty when it is missing."""
    return str(element.get(name, "")).strip()


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return `YYYY-MM-DD[ T]HH:MM:SS` (or only a day) of the warehouse's zone in UTC, None when empty.

    Raises ValueError. A time that names its zone is believed. In the hour that repeats in autumn the
    earlier moment is taken.
    """
    if not text:
        return None
    read = datetime.fromisoformat(text)
    try:
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def local(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment as the warehouse writes it."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
