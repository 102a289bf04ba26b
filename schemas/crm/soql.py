"""Texts in SOQL: one literal each, whatever they hold."""

# As the SOQL reference lists them; % and _ mean something to LIKE alone, which is never used.
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
LONGEST = 255


def quoted(text: str) -> str:
    """Return `text` as a literal; raises ValueError for a text that no field of a record can hold.

    That is one of more than 255 characters, with control characters that SOQL cannot write, or with half a
    character.
    """
    literal = text.translate(_ESCAPES)
    if len(text) > LONGEST or any(char < " " or char == "\x7f" for char in literal):
        raise ValueError("no field holds such a text")
    literal.encode()
    return f"'{literal}'"
