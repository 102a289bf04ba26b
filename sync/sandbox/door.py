"""The door of a remote: every request passes the fault plan and is written into the journal once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.sandbox.faults import INSTEAD, LATE, Faults, Rule
from sync.sandbox.journal import Journal
from sync.sandbox.transport import cut

CONTROL = "/_sandbox/"
# The longest excerpt of an answer that a journal entry keeps.
ANSWER_EXCERPT = 2_000


@dataclass(slots=True)
class Answer:
    """An answer held back until it is known how much of it may leave."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def catch(self, message: Message) -> None:
        """Take one ASGI message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")


class Door:
    """ASGI middleware around a remote.

    Control calls under `/_sandbox/` meet no faults, and only their writes are recorded.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        journal: Journal,
        faults: Faults,
        max_body: int,
        large: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.app = app
        self.journal = journal
        self.faults = faults
        self.max_body = max_body
        self.large = large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or do to it what a fault says."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        control = scope["path"].startswith(CONTROL)
        limit = next(
            (size for path, size in self.large.items() if scope["path"].startswith(path)), self.max_body
        )
        body = await _read(receive, limit)
        if body is None:
            await self._too_large(scope, send, limit)
            return
        rule = None if control else self.faults.incoming(scope["method"], _path(scope))
        if rule is not None and rule.kind != LATE:
            await asyncio.sleep(rule.seconds)
        if rule is not None and rule.kind in INSTEAD:
            await self._answer_instead(rule, scope, body, receive, send)
        else:
            await self._process(rule, scope, body, receive, send, control=control)

    async def _process(
        self, rule: Rule | None, scope: Scope, body: bytes, receive: Receive, send: Send, *, control: bool
    ) -> None:
        if rule is not None and rule.kind == "expire_token":
            for expire in self.faults.expire_tokens:
                expire()
        answer = Answer()
        try:
            await self.app(scope, _replay(body, receive), answer.catch)
        except Exception:
            # Starlette's outermost layer answers 500; the journal must say so too.
            answer.status = 500
            raise
        finally:
            if not control or scope["method"] not in ("GET", "HEAD"):
                self._record(scope, body, answer, rule, effect="control" if control else "")
        if rule is not None and rule.kind == LATE:
            await asyncio.sleep(rule.seconds)
        await _deliver(rule, answer, scope, receive, send)

    async def _answer_instead(
        self, rule: Rule, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        answer = Answer()
        if rule.kind == "html":
            answer.status, answer.headers = 200, [(b"content-type", b"text/html")]
            answer.body += (rule.body or "<html><body><h1>Maintenance</h1></body></html>").encode()
        elif rule.kind == "status":
            answer.status = rule.status
            answer.headers = [(name.lower().encode(), value.encode()) for name, value in rule.headers.items()]
            answer.body += rule.body.encode()
        self._record(scope, body, answer, rule, effect="faulted")
        await _deliver(rule, answer, scope, receive, send)

    async def _too_large(self, scope: Scope, send: Send, limit: int) -> None:
        answer = Answer(413, [(b"content-type", b"text/plain"), (b"connection", b"close")])
        answer.body += f"The body is larger than {limit} bytes.".encode()
        self._record(scope, b"", answer, None, effect="refused")
        await _send(answer, send)

    def _record(self, scope: Scope, body: bytes, answer: Answer, rule: Rule | None, *, effect: str) -> None:
        state = scope["state"]
        answered = 0 < answer.status < HTTPStatus.BAD_REQUEST
        default = "read" if answered else "refused"
        self.journal.record(
            method=scope["method"],
            path=_path(scope),
            idempotency_key=state.get("idempotency_key"),
            status=answer.status,
            body=state.get("shown_body", body.decode("utf-8", "replace")),
            effect=effect or state.get("effect") or default,
            answer=answer.body[:ANSWER_EXCERPT].decode("utf-8", "replace"),
            fault=rule.kind if rule is not None else "",
            route=_route(scope),
        )


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None as soon as it is larger than `limit`."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def _deliver(rule: Rule | None, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    kind = rule.kind if rule is not None else ""
    if kind in ("cut_before", "cut_after"):
        await cut(scope, receive, flush=False)
    elif kind == "cut_middle":
        await send({"type": "http.response.start", "status": answer.status, "headers": _sized(answer)})
        half = bytes(answer.body[: len(answer.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(scope, receive, flush=True)
    else:
        if kind == "truncate":
            del answer.body[len(answer.body) // 2 :]
        await _send(answer, send)


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _sized(answer)})
    await send({"type": "http.response.body", "body": bytes(answer.body)})


def _sized(answer: Answer) -> list[tuple[bytes, bytes]]:
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    return headers


def _path(scope: Scope) -> str:
    query = scope["query_string"].decode("ascii", "replace")
    path: str = scope["path"]
    return f"{path}?{query}" if query else path


def _route(scope: Scope) -> str:
    """The path with the values of its parameters replaced by their names."""
    parts = scope["path"].split("/")
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in parts)
