"""WebDAV: the folders of an instance, with the few methods that feeds need."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark
from sync.sandbox.sfcc.tokens import Tokens

ROOT = "/on/demandware.servlet/webdav/Sites/"
READING = ("OPTIONS", "HEAD", "GET", "PROPFIND")
LARGEST = 500 * 1024 * 1024
METHODS = ["OPTIONS", "HEAD", "GET", "PUT", "DELETE", "MKCOL", "MOVE", "PROPFIND"]
ROOTS = frozenset({"Impex", "Impex/src", "Impex/src/instance", "LOGS", "LOGS/jobs"})
# The first folder is found in any spelling: tools say Impex, IMPEX and impex.
FIRST = {name.casefold(): name for name in ROOTS if "/" not in name}


@dataclass(slots=True)
class Folders:
    """Files by path, and the folders that they may lie in; nothing is kept on disk."""

    files: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: set(ROOTS))

    def clear(self) -> None:
        """Empty everything."""
        self.files.clear()
        self.folders = set(ROOTS)

    def inside(self, folder: str) -> list[str]:
        """The names of the files right in a folder, sorted."""
        return _children(folder, self.files)

    def members(self, folder: str) -> list[str]:
        """The paths of what lies right in a folder: other folders, then files."""
        names = [*_children(folder, self.folders), *_children(folder, self.files)]
        return [f"{folder}/{name}".strip("/") for name in names]

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder; the one above all folders always is."""
        return not path or path in self.folders or path in self.files

    def remove(self, path: str) -> None:
        """Take away a file, or a folder with all in it."""
        self.files = {name: body for name, body in self.files.items() if not _within(name, path)}
        self.folders = {name for name in self.folders if not _within(name, path)}

    def move(self, path: str, target: str) -> None:
        """Give a file, or a folder with all in it, another path."""
        self.files = {_moved(name, path, target): body for name, body in self.files.items()}
        self.folders = {_moved(name, path, target) for name in self.folders}


class WebDav:
    """The calls on folders and files."""

    def __init__(self, folders: Folders, tokens: Tokens) -> None:
        self.folders = folders
        self.tokens = tokens

    def routes(self) -> list[Route]:
        """The routes of the servlet."""
        return [Route(f"{ROOT}{{path:path}}", self.call, methods=METHODS)]

    async def call(self, request: Request) -> Response:
        """Answer one call."""
        if self.tokens.grant(request) is None:
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        path = _path(request.path_params["path"])
        body = await request.body()
        request.state.shown_body = f"{len(body)} bytes"
        answer: Response = getattr(self, f"_{request.method.lower()}")(path, body, request)
        if answer.status_code < HTTPStatus.BAD_REQUEST and request.method not in READING:
            mark(request, None, "applied")
        return answer

    def _options(self, _path: str, _body: bytes, _request: Request) -> Response:
        return Response(headers={"allow": ", ".join(METHODS), "dav": "1"})

    def _head(self, path: str, body: bytes, request: Request) -> Response:
        found = self._get(path, body, request)
        return Response(status_code=found.status_code, media_type=found.media_type)

    def _get(self, path: str, _body: bytes, _request: Request) -> Response:
        if path not in self.folders.files:
            return _answer(HTTPStatus.NOT_FOUND)
        return Response(self.folders.files[path], media_type="application/octet-stream")

    def _put(self, path: str, body: bytes, request: Request) -> Response:
        known = self.folders.exists(path)
        if known and path not in self.folders.files:
            return _answer(HTTPStatus.METHOD_NOT_ALLOWED)
        if known and request.headers.get("if-none-match") == "*":
            return _answer(HTTPStatus.PRECONDITION_FAILED)
        if path.rpartition("/")[0] not in self.folders.folders:
            return _answer(HTTPStatus.CONFLICT)
        self.folders.files[path] = body
        return _answer(HTTPStatus.NO_CONTENT if known else HTTPStatus.CREATED)

    def _delete(self, path: str, _body: bytes, _request: Request) -> Response:
        if not path or path in ROOTS:
            return _answer(HTTPStatus.FORBIDDEN)
        if not self.folders.exists(path):
            return _answer(HTTPStatus.NOT_FOUND)
        self.folders.remove(path)
        return _answer(HTTPStatus.NO_CONTENT)

    def _mkcol(self, path: str, _body: bytes, _request: Request) -> Response:
        if self.folders.exists(path):
            return _answer(HTTPStatus.METHOD_NOT_ALLOWED)
        if path.rpartition("/")[0] not in self.folders.folders:
            return _answer(HTTPStatus.CONFLICT)
        self.folders.folders.add(path)
        return _answer(HTTPStatus.CREATED)

    def _move(self, path: str, _body: bytes, request: Request) -> Response:
        full = unquote(urlsplit(request.headers.get("destination", "")).path)
        target = _path(full.removeprefix(ROOT))
        if not full.startswith(ROOT) or not target:
            return _answer(HTTPStatus.BAD_REQUEST)
        if not self.folders.exists(path):
            return _answer(HTTPStatus.NOT_FOUND)
        if not path or path in ROOTS or target in self.folders.folders or _within(target, path):
            return _answer(HTTPStatus.FORBIDDEN)
        if target.rpartition("/")[0] not in self.folders.folders:
            return _answer(HTTPStatus.CONFLICT)
        known = target in self.folders.files
        if known and request.headers.get("overwrite", "T").upper() == "F":
            return _answer(HTTPStatus.PRECONDITION_FAILED)
        self.folders.remove(target)
        self.folders.move(path, target)
        return _answer(HTTPStatus.NO_CONTENT if known else HTTPStatus.CREATED)

    def _propfind(self, path: str, _body: bytes, request: Request) -> Response:
        if not self.folders.exists(path):
            return _answer(HTTPStatus.NOT_FOUND)
        below = self.folders.members(path) if request.headers.get("depth") != "0" else []
        rows = "".join(_entry(one, self.folders.files.get(one)) for one in (path, *below))
        document = (
            f'<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">{rows}</D:multistatus>'
        )
        return Response(document, HTTPStatus.MULTI_STATUS, media_type="application/xml")


def _path(path: str) -> str:
    """The path without outer slashes, its first folder in the spelling of the instance."""
    first, slash, rest = path.strip("/").partition("/")
    return f"{FIRST.get(first.casefold(), first)}{slash}{rest}"


def _children(folder: str, paths: Iterable[str]) -> list[str]:
    start = f"{folder}/" if folder else ""
    names = (path.removeprefix(start) for path in paths if path.startswith(start))
    return sorted(name for name in names if "/" not in name)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _moved(path: str, old: str, new: str) -> str:
    return new + path.removeprefix(old) if _within(path, old) else path


def _entry(path: str, content: bytes | None) -> str:
    """One resource with the properties that clients look at (RFC 4918)."""
    name = escape(path.rpartition("/")[2])
    if content is None:
        end, properties = "/" if path else "", "<D:resourcetype><D:collection/></D:resourcetype>"
    else:
        kind = "<D:getcontenttype>application/octet-stream</D:getcontenttype>"
        size = f"<D:getcontentlength>{len(content)}</D:getcontentlength>"
        end, properties = "", f"<D:resourcetype/>{size}{kind}"
    return (
        f"<D:response><D:href>{quote(ROOT + path)}{end}</D:href><D:propstat><D:prop>"
        f"<D:displayname>{name}</D:displayname>{properties}</D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )


def _answer(status: HTTPStatus) -> Response:
    return Response(status_code=status)
