"""Property lines: `name=value`, safe whichever way the warehouse reads them.

Orderflow may read the text simply or as a Java `.properties` file. Names come from this code only; values
hold no line break, no backslash and nothing XML cannot carry, so no value can begin another property.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sync.core.money import quantize

BREAK = "[BR]"
LONGEST = 255
LONGEST_COMMENT = 2000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*")
# Everything that any reader takes for the end of a line.
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_NOT_XML = re.compile("[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")

Property = tuple[str, str]


def text(value: str, longest: int = LONGEST) -> str:
    """Return a value on one line, line breaks as blanks, cut to `longest` characters."""
    return _safe(value, " ")[:longest].strip()


def pieces(value: str, longest: int = LONGEST_COMMENT) -> list[str]:
    """Return a value of any length in pieces of at most `longest` characters, so that nothing is lost.

    Its line breaks are kept the way Orderflow writes them, and not cut through.
    """
    safe, found = _safe(value.strip(), BREAK), list[str]()
    while safe:
        end = len(safe) if len(safe) <= longest else _cut(safe, longest)
        found.append(safe[:end].strip())
        safe = safe[end:].strip()
    return found


def _cut(safe: str, longest: int) -> int:
    """Where to cut: behind the last word or break that fits, at the limit when there is none."""
    blank, line_end = safe.rfind(" ", 1, longest + 1), safe.rfind(BREAK, 1, longest + len(BREAK) - 1)
    return max(blank, line_end) if max(blank, line_end) > 0 else longest


def _safe(value: str, line_end: str) -> str:
    value = unicodedata.normalize("NFC", value)
    value = _LINE_END.sub(line_end, value)
    value = _NOT_XML.sub("", value)
    return value.replace("\\", "/").replace("\t", " ")


def money(amount: Decimal, digits: int) -> str:
    """Return an amount with exactly the currency's decimals, no exponent, no thousands separator."""
    return f"{quantize(amount, digits):f}"


def seconds(at: datetime) -> str:
    """Return a stamp in whole seconds, as the `exported` property carries it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def lines(properties: Iterable[Property]) -> str:
    """Return the property list; an empty value is left out, since it means the same as absent."""
    return "".join(f"{_name(name)}={value}\n" for name, value in properties if value)


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is not a property name")
    return name
