"""Property lists: the `name=value` lines inside an import element."""

import re

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_BREAK_IN_VALUE = "[BR]"


def parse(text: str, *, strict: bool = False) -> dict[str, str]:
    """Return the properties in the text, a later one of the same name replacing the earlier.

    The value keeps its trailing blanks, and `[BR]` in it becomes a line break. With `strict` the text is read
    by the rules of Java `.properties` files: escapes, continued lines, comments, `:` or blank after the name.
    """
    # ASSUMPTION: the text is not really read as a `.properties` file.
    pairs = _java_pairs(text) if strict else _simple_pairs(text)
    # ASSUMPTION: of a repeated name the last one counts, and `[BR]` means a line break in orders too.
    return {name: value.replace(_BREAK_IN_VALUE, "\n") for name, value in pairs}


def numbered(properties: dict[str, str], prefix: str) -> list[tuple[int, dict[str, str]]]:
    """Return the members of a numbered list such as `orderLine.1.quantity`, sorted by number.

    Any positive numbers may be used; gaps are allowed.
    """
    pattern = re.compile(re.escape(prefix) + r"\.(\d{1,6})\.(.+)")
    members: dict[int, dict[str, str]] = {}
    for name, value in properties.items():
        if (match := pattern.fullmatch(name)) and int(match[1]) > 0:
            members.setdefault(int(match[1]), {})[match[2]] = value
    return sorted(members.items())


def prefixed(properties: dict[str, str], prefix: str) -> dict[str, str]:
    """Return the properties below a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in properties.items() if name.startswith(prefix)}


def _simple_pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for raw in _LINE_BREAK.split(text):
        # ASSUMPTION: leading blanks mean nothing, trailing ones belong to the value.
        name, found, value = raw.lstrip().partition("=")
        if found and name.strip():
            pairs.append((name.strip(), value.lstrip(" \t")))
    return pairs


_NAME = re.compile(r"(?:\\.|[^\\=:\s])*", re.DOTALL)
_SEPARATOR = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}


def _java_pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in _logical_lines(text):
        name = _NAME.match(line)
        end = name.end() if name else 0
        separator = _SEPARATOR.match(line, end)
        value = line[separator.end() if separator else end :]
        pairs.append((_unescape(line[:end]), _unescape(value)))
    return pairs


def _logical_lines(text: str) -> list[str]:
    lines: list[str] = []
    continued = False
    for raw in _LINE_BREAK.split(text):
        line = raw.lstrip(" \t\f")
        if not continued and (not line or line[0] in "#!"):
            continue
        ends_open = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        body = line[:-1] if ends_open else line
        if continued:
            lines[-1] += body
        else:
            lines.append(body)
        continued = ends_open
    return lines


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _ESCAPED.get(match[2], match[2])

    # Java writes characters beyond the basic plane as two escapes; half of such a pair means nothing.
    return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
