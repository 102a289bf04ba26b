"""The CRM's errors: a list of code, message and fields, of which only what names no person is kept."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,79}")
# Fields and objects that a message names; a query's own text stands in the same message.
_NAMED = re.compile(r"\b[A-Za-z]\w{0,60}__(?:c|pc|r|e)\b")
# E-mail addresses and long numbers.
_PERSONAL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+|\+?\d[\d ()/-]{6,}\d")
MOST = 10
HIDDEN = "…"
# A text as short as this says nothing of anybody, and stands in many words.
SHORT = 2
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One error; `message` is the CRM's text as it came, which may quote what it was sent."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Fault({self.code!r})"


def faults(content: bytes) -> tuple[Fault, ...]:
    """Return the errors of an answer; none when it is not the CRM's list of them."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    return listed(document, "errorCode")


def listed(document: Any, code: str) -> tuple[Fault, ...]:
    """Return the errors of a list whose member `code` names them."""
    rows = document if isinstance(document, list) else []
    return tuple(_fault(row, code) for row in rows[:MOST] if isinstance(row, dict))


def told(errors: Iterable[Fault]) -> str:
    """Return codes, fields and the names of fields in the messages, without anything a person owns."""
    return "; ".join(_one(error) for error in errors)


def explained(error: Fault, texts: Iterable[str]) -> str:
    """Return an error with its message, in which whatever we wrote is hidden: it may be about a person.

    `texts` are those of the record, the longest first.
    """
    message = error.message
    for text in texts:
        if len(text) > SHORT:
            message = message.replace(text, HIDDEN)
    message = " ".join(_PERSONAL.sub(HIDDEN, message).split())[:LONGEST]
    return f"{_one(error)}: {message}" if message else _one(error)


def _fault(row: dict[str, Any], code: str) -> Fault:
    names = row.get("fields")
    known = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return Fault(
        found[0] if (found := _CODE.fullmatch(str(row.get(code, "")))) else "UNKNOWN",
        str(row.get("message") or ""),
        tuple(name for name in known[:MOST] if _FIELD.fullmatch(name)),
    )


def _one(error: Fault) -> str:
    names = dict.fromkeys([*error.fields, *_NAMED.findall(error.message)[:MOST]])
    return f"{error.code} ({', '.join(names)})" if names else error.code
