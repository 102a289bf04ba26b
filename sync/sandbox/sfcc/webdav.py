"""WebDAV: the folders of an instance, with the few methods that feeds need."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.remote import mark
from sync.sandbox.sfcc.tokens import Tokens

ROOT = "/on/demandware.servlet/webdav/Sites/"
LARGEST = 500 * 1024 * 1024
METHODS = ["GET", "PUT", "DELETE", "MKCOL", "MOVE", "PROPFIND"]
ROOTS = frozenset({"Impex", "Impex/src", "LOGS", "LOGS/jobs"})


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
        start = f"{folder}/"
        names = (path.removeprefix(start) for path in self.files if path.startswith(start))
        return sorted(name for name in names if "/" not in name)


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
            return _answer(HTTPStatus.UNAUTHORIZED)
        path = request.path_params["path"].strip("/")
        body = await request.body()
        request.state.shown_body = f"{len(body)} bytes"
        status, content = getattr(self, f"_{request.method.lower()}")(path, body, request)
        if status < HTTPStatus.BAD_REQUEST and request.method not in ("GET", "PROPFIND"):
            mark(request, None, "applied")
        return _answer(status, content)

    def _get(self, path: str, _body: bytes, request: Request) -> tuple[HTTPStatus, bytes]:
        if path not in self.folders.files:
            return HTTPStatus.NOT_FOUND, b""
        del request
        return HTTPStatus.OK, self.folders.files[path]

    def _put(self, path: str, body: bytes, _request: Request) -> tuple[HTTPStatus, bytes]:
        if path.rpartition("/")[0] not in self.folders.folders:
            return HTTPStatus.CONFLICT, b""
        known = path in self.folders.files
        self.folders.files[path] = body
        return HTTPStatus.NO_CONTENT if known else HTTPStatus.CREATED, b""

    def _delete(self, path: str, _body: bytes, _request: Request) -> tuple[HTTPStatus, bytes]:
        found = self.folders.files.pop(path, None)
        return HTTPStatus.NOT_FOUND if found is None else HTTPStatus.NO_CONTENT, b""

    def _mkcol(self, path: str, _body: bytes, _request: Request) -> tuple[HTTPStatus, bytes]:
        if path in self.folders.folders:
            return HTTPStatus.METHOD_NOT_ALLOWED, b""
        if path.rpartition("/")[0] not in self.folders.folders:
            return HTTPStatus.CONFLICT, b""
        self.folders.folders.add(path)
        return HTTPStatus.CREATED, b""

    def _move(self, path: str, _body: bytes, request: Request) -> tuple[HTTPStatus, bytes]:
        target = unquote(urlsplit(request.headers.get("destination", "")).path).removeprefix(ROOT).strip("/")
        if path not in self.folders.files:
            return HTTPStatus.NOT_FOUND, b""
        if target.rpartition("/")[0] not in self.folders.folders:
            return HTTPStatus.CONFLICT, b""
        self.folders.files[target] = self.folders.files.pop(path)
        return HTTPStatus.CREATED, b""

    def _propfind(self, path: str, _body: bytes, _request: Request) -> tuple[HTTPStatus, bytes]:
        if path not in self.folders.folders and path not in self.folders.files:
            return HTTPStatus.NOT_FOUND, b""
        names = [path, *(f"{path}/{name}" for name in self.folders.inside(path))]
        rows = "".join(f"<D:response><D:href>{escape(ROOT + name)}</D:href></D:response>" for name in names)
        return HTTPStatus.MULTI_STATUS, f'<D:multistatus xmlns:D="DAV:">{rows}</D:multistatus>'.encode()


def _answer(status: HTTPStatus, content: bytes = b"") -> Response:
    return Response(content, status)
