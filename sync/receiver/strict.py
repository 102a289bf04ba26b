"""Well-formed or not: JSON and XML read with nothing that a sender could turn against us."""

import codecs
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

from lxml import etree

from sync.receiver.answers import Refused

DEEPEST: Final = 64
LONGEST_NUMBER: Final = 64
LARGEST_EXPONENT: Final = 64
# With such a mark no declaration is needed: the parser takes it for what it is, but calls it UTF-8.
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARATION: Final = re.compile(r"\A<\?xml\b[^>]*\?>")


def json_text(body: bytes) -> str:
    """Return the text of a JSON body; raises Refused body.malformed.

    Refused beside broken syntax: NaN and infinities, equal keys in one object, numbers beyond any quantity or
    amount, nesting beyond `DEEPEST`, and halves of surrogate pairs, which no other system would take.
    """
    try:
        text = body.decode("utf-8")
        _check_values(
            json.loads(
                text,
                parse_float=_decimal,
                parse_int=_integer,
                parse_constant=_constant,
                object_pairs_hook=_object,
            )
        )
    except RecursionError:
        raise _malformed("nested too deeply") from None
    except UnicodeError:
        raise _malformed("not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"not JSON at line {error.lineno}, column {error.colno}") from None
    return text


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed XML document; `message_id` is empty when its root has none."""

    text: str
    message_id: str


def xml_document(body: bytes) -> Document:
    """Return an XML body in the encoding of its mark or declaration; raises Refused body.malformed.

    A document type declaration is refused before anything in it is read, and with it every entity.
    """
    try:
        tree = _parsed(body)
        encoding = (tree.docinfo.encoding or "UTF-8").upper()
        if encoding == "UTF-8" and body.startswith(_UTF_16):
            encoding = "UTF-16"
        text = body.decode(encoding).removeprefix("\ufeff")
    except (etree.XMLSyntaxError, UnicodeError, LookupError):
        raise _malformed("not well-formed XML in its declared encoding") from None
    if encoding not in {"UTF-8", "ASCII", "US-ASCII"}:
        text = _DECLARATION.sub("", text)  # it speaks of the bytes, which end here
    return Document(text, str(tree.getroot().get("messageId", "")))


def _parsed(body: bytes) -> "etree._ElementTree[etree._Element]":
    if _declares_type(body):
        raise _malformed("a document type declaration is not accepted")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    return etree.fromstring(body, parser).getroottree()


class _TypeDeclaredError(Exception):
    """The document has a type declaration."""


class _Prolog:
    """A parser target that looks for a document type declaration and builds nothing."""

    def doctype(self, _name: str | None, _public: str | None, _system: str | None) -> None:
        raise _TypeDeclaredError

    def close(self) -> None:
        return


def _declares_type(body: bytes) -> bool:
    target: Any = _Prolog()  # the stubs ask for methods that lxml does not call when they are absent
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        etree.fromstring(body, parser)
    except _TypeDeclaredError:
        return True
    return False


def _malformed(reason: str) -> Refused:
    return Refused("body.malformed", fields={"body": reason})


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    if number is None or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise _malformed("a number is out of range")
    return number


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _malformed("a number is out of range")
    return int(text)


def _constant(_text: str) -> NoReturn:
    raise _malformed("NaN and infinities are not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("an object has two equal keys")
    return found


_HALF: Final = re.compile("[\ud800-\udfff]")


def _check_values(root: Any) -> None:
    waiting = [(root, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _malformed("nested too deeply")
        if isinstance(value, dict):
            waiting += [(key, depth) for key in value]
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
        elif isinstance(value, str) and not value.isascii() and _HALF.search(value):
            raise _malformed("text holds half of a surrogate pair")
