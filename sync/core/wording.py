"""Two spellings of one value: what a person would call the same."""

import re
import unicodedata
from decimal import Decimal

_WORD = re.compile(r"\d+\.\d+|[^\W_]+")


def same(one: str, other: str) -> bool:
    """Tell whether both say the same: case, blanks, punctuation and a number's scale say nothing."""
    return words(one) == words(other)


def words(text: str) -> list[str]:
    """Return the words of a text in one spelling, in their order."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [f"{Decimal(word).normalize():f}" if "." in word else word for word in found]
