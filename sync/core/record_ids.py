"""Ids of CRM records: 15 characters whose case matters, or 18 that tell the case in their last three."""

import re

_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_SHORT = 15
# What the last three are written in: which letters of five are capitals, as a number of five bits.
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(text: str) -> str:
    """Return the 18 characters of the record that an id names, nothing when it is none.

    An id of 18 may have lost its case on the way (a spreadsheet, an e-mail): its end gives it back. With an
    end that cannot belong to the rest the first 15 count, as they stand: they alone name the record.
    """
    told = text.strip()
    if not _ID.fullmatch(told):
        return ""
    if len(told) == _SHORT:
        return told + _ending(told)
    first, ending = told[:_SHORT], told[_SHORT:].upper()
    recased = _recased(first, ending)
    return recased + ending if _ending(recased) == ending else first + _ending(first)


def _ending(first: str) -> str:
    fives = (first[start : start + 5] for start in range(0, _SHORT, 5))
    return "".join(_DIGITS[sum(char.isupper() << n for n, char in enumerate(five))] for five in fives)


def _recased(first: str, ending: str) -> str:
    # 6 to 9 never end an id: as if no letter were a capital.
    capitals = [max(_DIGITS.find(digit), 0) >> place & 1 for digit in ending for place in range(5)]
    return "".join(char.upper() if up else char.lower() for char, up in zip(first, capitals, strict=True))
