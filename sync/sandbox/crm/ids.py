"""Record ids: 15 characters in which case counts, or 18 whose last three tell the case of the others."""

import re
import string

LETTERS = string.ascii_uppercase + "012345"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHORT, LONG = 15, 18
CHUNK = 5
SHAPE = re.compile(rf"[0-9A-Za-z]{{{SHORT}}}(?:[A-Za-z0-5]{{3}})?")
# Serial numbers are spread over the space of ids, so that letters of both cases occur.
SPREAD, SPACE = 7_368_787_319, 62**8


def numbered(prefix: str, number: int) -> str:
    """The 18-character id of an object's n-th record."""
    left, digits = number * SPREAD % SPACE, ""
    for _ in range(8):
        left, digit = divmod(left, 62)
        digits = DIGITS[digit] + digits
    return _long(f"{prefix}5g00{digits}")


def canonical(text: object) -> str | None:
    """The 18-character spelling of an id of either length, None when the text is no id.

    The last three characters repair the case of the first fifteen, as they do in the real system.
    """
    if not isinstance(text, str) or SHAPE.fullmatch(text) is None:
        return None
    return _long(text if len(text) == SHORT else _repaired(text))


def _long(short: str) -> str:
    chunks = (short[at : at + CHUNK] for at in range(0, SHORT, CHUNK))
    return short + "".join(
        LETTERS[sum(1 << place for place, letter in enumerate(chunk) if letter.isupper())] for chunk in chunks
    )


def _repaired(text: str) -> str:
    flags = [LETTERS.index(letter.upper()) for letter in text[SHORT:]]
    return "".join(
        letter.upper() if flags[at // CHUNK] >> at % CHUNK & 1 else letter.lower()
        for at, letter in enumerate(text[:SHORT])
    )
