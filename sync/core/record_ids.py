"""Ids of CRM records: 15 characters whose case matters, or 18 that tell the case in their last three."""

import re

_ID = re.compile(r"[0-9A-Za-z]{15}(?:[A-Za-z0-5]{3})?")
_SHORT = 15
# What the last three are written in: which letters of five are capitals, as a number of five bits.
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(text: str) -> str:
    """Return the 18 characters of the record that an id names, nothing when it is none.

    An id of 18 may have lost its case on the way (a spreadsheet, an e-mail): its end gives it back. An end
    that cannot belong to the rest is an error of writing, and no id.
    """
    told = text.strip()
    if not _ID.fullmatch(told):
        return ""
    if len(told) == _SHORT:
        return told + _ending(told)
    first = _recased(told[:_SHORT], told[_SHORT:].upper())
    return first + told[_SHORT:].upper() if _ending(first) == told[_SHORT:].upper() else ""


def _ending(first: str) -> str:
    fives = (first[start : start + 5] for start in range(0, _SHORT, 5))
    return "".join(_DIGITS[sum(char.isupper() << n for n, char in enumerate(five))] for five in fives)


def _recased(first: str, ending: str) -> str:
    capitals = [_DIGITS.index(digit) >> place & 1 for digit in ending for place in range(5)]
    return "".join(char.upper() if up else char.lower() for char, up in zip(first, capitals, strict=True))
