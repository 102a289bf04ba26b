"""Latin letters without their accents, for warehouses whose labels print nothing else."""

import unicodedata

# What Unicode does not take apart: letters, all of Latin script, and punctuation.
_LETTERS = {
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ł": "l",
    "Ł": "L",
    "ħ": "h",
    "Ħ": "H",
}
_QUOTES = dict.fromkeys("\u2018\u2019", "'") | dict.fromkeys("\u201a\u201e\u201c\u201d«»", '"')
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | {"\N{FRACTION SLASH}": "/"}
_WRITTEN = str.maketrans(_LETTERS | _QUOTES | _DASHES)


def latin(text: str) -> str:
    """Return `text` with accents taken off Latin letters; a letter of another script stays as it is.

    Only what has one plain spelling is changed, so nothing is guessed and nothing vanishes.
    """
    return "".join(_plain(char) for char in unicodedata.normalize("NFC", text))


def _plain(char: str) -> str:
    apart = unicodedata.normalize("NFKD", char)
    bare = "".join(part for part in apart if not unicodedata.combining(part)).translate(_WRITTEN)
    return bare if bare and bare.isascii() else char
