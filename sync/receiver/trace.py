"""What is noted of a request while it is answered; never its content."""

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Final, cast

from starlette.datastructures import Headers
from starlette.requests import Request

_GIVEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# W3C Trace Context, level 1: version, trace id, parent id, flags.
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
UNKNOWN: Final = "unknown"


@dataclass(slots=True)
class Trace:
    """Facts for the log line and the metrics: every value is one of ours, but the correlation id."""

    correlation_id: str
    started: float = field(default_factory=time.perf_counter)
    door: str = "none"
    source: str = UNKNOWN
    code: str = ""
    topic: str = ""
    size: int = 0

    def seconds(self) -> float:
        """Return the time since the request came."""
        return time.perf_counter() - self.started


def correlation_id(headers: Headers) -> str:
    """Return the sender's correlation id or trace id if it looks like one, else a new one."""
    given = headers.get("x-correlation-id", "")
    if _GIVEN.fullmatch(given):
        return given
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip().lower())
    return trace.group(1) if trace else uuid.uuid4().hex


def trace_of(request: Request) -> Trace:
    """Return what is noted of this request."""
    return cast("Trace", request.state.trace)
