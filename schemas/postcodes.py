"""Postal codes in the form that their country writes."""

import re
import unicodedata
from functools import cache

from schemas.regions import rules


def postcode(text: str, country: str) -> str:
    """Return the code in upper case with blank or hyphen where its country has it; else as it was typed.

    The form is that of the country's own examples of this length (`ls211aa` becomes `LS21 1AA`).
    """
    compact = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())
    written = [f"{compact[:at]}{mark}{compact[at:]}" for at, mark in _forms(country, len(compact))]
    known = bool(rules(country).postal_code_matchers)
    return next((code for code in [*written, compact] if known and fits(code, country)), text)


def fits(code: str, country: str) -> bool:
    """Tell whether the whole code is one of the country's; its region is not looked at."""
    return all(matcher.fullmatch(code) for matcher in rules(country).postal_code_matchers)


def shape(code: str) -> str:
    """Return the code's form without the code: 9 for a digit, A for a letter."""
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "A", code))


@cache
def _forms(country: str, length: int) -> list[tuple[int, str]]:
    """After how many digits and letters what stands, in the country's examples with so many of them."""
    examples = rules(country).postal_code_examples
    parts = [re.fullmatch(r"([0-9A-Z]+)([ -])([0-9A-Z]+)", example) for example in examples]
    found = [(len(one[1]), one[2]) for one in parts if one and len(one[1] + one[3]) == length]
    return list(dict.fromkeys(found))
