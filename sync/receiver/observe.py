"""Around every request: a correlation id, one log line, one count, and no stack trace to the outside."""

from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.receiver.answers import Refused, json_refusal
from sync.receiver.metrics import Metrics
from sync.receiver.trace import Trace, correlation_id

_log = structlog.get_logger(__name__)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})


class Observed:
    """Wraps the application; what it notes is in `trace.py`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = Trace(correlation_id(Headers(scope=scope)))
        scope.setdefault("state", {})["trace"] = trace
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-correlation-id"] = trace.correlation_id
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            _log.exception("receiver.fault", correlation_id=trace.correlation_id, door=trace.door)
            if status:
                raise  # half an answer is out: only closing the connection tells the sender
            trace.code = "bridge.fault"
            await json_refusal(Refused(trace.code))(scope, receive, sending)
        finally:
            self._note(trace, scope["method"], status)

    def _note(self, trace: Trace, method: str, status: int) -> None:
        self._metrics.count(trace, status)
        log = _log.info if trace.door not in {"health", "metrics"} else _log.debug
        log(
            "receiver.request",
            door=trace.door,
            source=trace.source,
            method=method if method in _METHODS else "other",
            status=status,
            code=trace.code,
            topic=trace.topic,
            size=trace.size,
            ms=round(trace.seconds() * 1000, 1),
            correlation_id=trace.correlation_id,
        )
