"""What operators and machines ask the receiver itself."""

from typing import Any, cast

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync.inbox import Appender, Limits
from sync.receiver.intake import Endpoint
from sync.receiver.metrics import Metrics
from sync.receiver.trace import trace_of


async def live(request: Request) -> Response:
    """Answer 200: this process runs its loop."""
    trace_of(request).door = "health"
    return JSONResponse({"status": "live"})


def ready(limits: Limits) -> Endpoint:
    """Return the endpoint that answers 200 while events can be kept, else 503 with the reasons.

    It tells what the regular look found, so that asking costs the inbox nothing.
    """
    stale = limits.look_every + 3 * limits.timeout

    async def answer(request: Request) -> Response:
        trace_of(request).door = "health"
        condition = cast("Appender", request.state.appender).condition
        faults = dict(condition.faults)
        if condition.age() > stale:
            faults["seen"] = "the inbox was not looked at for a while"
        if condition.length >= limits.stream:
            faults["full"] = "the inbox holds as many events as it may"
        body = {"status": "unready" if faults else "ready", "faults": faults, "entries": condition.length}
        return JSONResponse(body, 503 if faults else 200)

    return answer


def counted(metrics: Metrics) -> Endpoint:
    """Return the endpoint that shows the metrics in Prometheus' text format."""

    async def answer(request: Request) -> Response:
        trace_of(request).door = "metrics"
        return Response(generate_latest(metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return answer


def described(document: dict[str, Any]) -> Endpoint:
    """Return the endpoint that shows the contract."""

    async def answer(request: Request) -> Response:
        trace_of(request).door = "openapi"
        return JSONResponse(document)

    return answer
