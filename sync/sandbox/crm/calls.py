"""One call of the REST API as resources see it, and its answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from sync.sandbox.crm.errors import CrmError, not_found, not_json

SERVICES = "/services/data/"
VERSIONS = range(20, 70)
# A document this deep is nothing that a resource of the API takes.
MAX_DEPTH = 32
MAX_URL = 16_384


@dataclass(frozen=True, slots=True)
class Call:
    """A call below `/services/data/vNN.0/`: its path in decoded parts, its query, its document."""

    version: int
    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The beginning of every address of this version."""
        return f"{SERVICES}v{self.version}.0"

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter that says true or false."""
        return self.query.get(name, str(default)).casefold() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answers; a `body` of None is an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the call was taken."""
        return self.status < 300  # noqa: PLR2004 - also 300 has changed nothing


def refused(error: CrmError) -> Answer:
    """The answer that tells an error."""
    return Answer(error.status, error.document())


def read_call(method: str, url: str, body: Any, headers: dict[str, str]) -> Call:
    """Read the address of a call, still percent-encoded; raises `CrmError`."""
    if len(url) > MAX_URL:
        raise CrmError("URI_TOO_LONG", f"The URI is longer than {MAX_URL} characters", 414)
    path, _, query = url.partition("?")
    version, *parts = path.removeprefix(SERVICES).split("/")
    number = version.removeprefix("v").removesuffix(".0")
    if not path.startswith(SERVICES) or not number.isdecimal() or version != f"v{number}.0":
        raise not_found()
    if int(number) not in VERSIONS:
        raise not_found()
    asked = dict(parse_qsl(query, keep_blank_values=True))
    method = asked.pop("_HttpMethod", method) if method == "POST" else method
    while parts and not parts[-1]:
        parts.pop()
    return Call(int(number), method, tuple(unquote(part) for part in parts), asked, body, headers)


def check_document(document: Any) -> None:
    """Refuse what no record can hold: NUL, halves of characters, and documents without end in depth."""
    level = [document]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [part for one in level for part in _parts(one)]
    raise not_json(f"The document is deeper than {MAX_DEPTH} levels")


def _parts(one: Any) -> list[Any]:
    if isinstance(one, str) and ("\0" in one or any("\ud800" <= letter <= "\udfff" for letter in one)):
        raise not_json("Illegal character in a string")
    if isinstance(one, dict):
        return [*one, *one.values()]
    return one if isinstance(one, list) else []


Handler = Callable[[Call, dict[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Resource:
    """What answers a method on paths of one pattern, `sobjects/{object}/{id}`."""

    method: str
    pattern: str
    handler: Handler

    def match(self, path: tuple[str, ...]) -> dict[str, str] | None:
        """The path's parameters, None when it is not of the pattern."""
        wanted = self.pattern.split("/") if self.pattern else []
        if len(wanted) != len(path):
            return None
        found: dict[str, str] = {}
        for name, part in zip(wanted, path, strict=True):
            if name.startswith("{"):
                found[name[1:-1]] = part
            elif name != part:
                return None
        return found
