"""The words of a query, and the values that they spell."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.sandbox.crm.errors import CrmError

MAX_QUERY = 100_000
WORD = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?\d{1,30}(?:\.\d{1,30})?)
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
SPACE = re.compile(r"\s*")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
ESCAPES |= {"N": "\n", "R": "\r", "T": "\t", "B": "\b", "F": "\f"}
# In LIKE these stand for themselves; elsewhere they must not be escaped.
WILD = {"_": "\\_", "%": "\\%"}
# What `LIKE` keeps of an escaped wildcard, so that it is told from one that is not.
LITERAL = {"\\_": "\ue000", "\\%": "\ue001"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `kind` is that of the pattern, or `end`."""

    kind: str
    text: str
    at: int

    def is_(self, *names: str) -> bool:
        """Whether it is one of these keywords or signs."""
        return self.kind in ("name", "sign") and self.text.upper() in names


def malformed(message: str) -> CrmError:
    """A query that breaks the grammar."""
    return CrmError("MALFORMED_QUERY", message)


def unexpected(word: Word) -> CrmError:
    """A word where another belongs."""
    text = "<EOF>" if word.kind == "end" else word.text[:80]
    return malformed(f"ERROR at Row:1:Column:{word.at + 1}\nunexpected token: '{text}'")


def words(text: str) -> list[Word]:
    """Split a query; raises MALFORMED_QUERY."""
    if len(text) > MAX_QUERY:
        raise CrmError("QUERY_TOO_COMPLICATED", f"The query is longer than {MAX_QUERY} characters")
    found: list[Word] = []
    at = _skip(text, 0)
    while at < len(text):
        match = WORD.match(text, at)
        if match is None:
            raise malformed(f"ERROR at Row:1:Column:{at + 1}\nunexpected token: '{text[at : at + 20]}'")
        found.append(Word(str(match.lastgroup), match[0], at))
        at = _skip(text, match.end())
    return [*found, Word("end", "", len(text))]


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match is not None else at


def string(word: Word, *, like: bool = False) -> str:
    """What a quoted word says; in LIKE an escaped wildcard stays apart from one that counts."""

    def said(found: re.Match[str]) -> str:
        letter = found[1]
        if letter[0] == "u" and len(letter) > 1:
            return chr(int(letter[1:], 16))
        if letter in WILD:
            return LITERAL[WILD[letter]] if like else letter
        if letter not in ESCAPES:
            what = f"Illegal character sequence '\\{letter}' in string literal."
            raise malformed(f"Invalid string literal {word.text[:80]}. {what}")
        return ESCAPES[letter]

    return ESCAPE.sub(said, word.text[1:-1])


def literal(word: Word, *, like: bool = False) -> tuple[str, Any]:
    """The kind and value that a word spells: string, number, moment, date, boolean or null."""
    if word.kind == "string":
        return "string", string(word, like=like)
    if word.kind == "number":
        return "number", Decimal(word.text)
    if word.kind in ("moment", "date"):
        return word.kind, word.text
    if word.is_("TRUE", "FALSE"):
        return "boolean", word.is_("TRUE")
    if word.is_("NULL"):
        return "null", None
    raise unexpected(word)
