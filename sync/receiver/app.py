"""The application: two doors, four windows, one inbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.inbox import Appender
from sync.receiver import baskets, orderflow, probes, sfcc
from sync.receiver.answers import Refused, json_refusal, xml_refusal
from sync.receiver.doors import Doors
from sync.receiver.intake import Crowd, answering
from sync.receiver.metrics import Metrics
from sync.receiver.observe import Observed
from sync.receiver.openapi import document
from sync.receiver.trace import trace_of


def build(doors: Doors) -> Starlette:
    """Return the application; raises ValueError with every problem of `doors` at once."""
    problems = doors.problems()
    if problems:
        raise ValueError("the receiver cannot open: " + "; ".join(problems))
    metrics, crowd = Metrics(), Crowd(doors.concurrent)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Appender]]:
        async with Appender.opened(doors.redis_url, doors.limits) as appender:
            metrics.watch(appender)
            yield {"appender": appender}

    storefront = answering("sfcc", sfcc.events(doors), json_refusal, crowd)
    held = answering("sfcc", baskets.reservations(doors), json_refusal, crowd)
    warehouse = answering("orderflow", orderflow.messages(doors), xml_refusal, crowd)
    app = Starlette(
        routes=[
            Route("/sfcc/{site}/events", storefront, methods=["POST"]),
            Route("/sfcc/{site}/reservations/{basket_id}", held, methods=["PUT", "DELETE"]),
            Route("/orderflow/{channel}/messages", warehouse, methods=["POST"]),
            Route("/health/live", probes.live),
            Route("/health/ready", probes.ready(doors.limits)),
            Route("/metrics", probes.counted(metrics)),
            Route("/openapi.json", probes.described(document(doors))),
        ],
        middleware=[Middleware(Observed, metrics=metrics)],
        exception_handlers={HTTPException: _no_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would be built from the sender's Host header
    return app


async def _no_route(request: Request, error: Exception) -> Response:
    codes = {404: "route.unknown", 405: "method.unsupported"}
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (400, None)
    refused = Refused(codes.get(status, "request.invalid"), headers=headers)
    trace_of(request).code = refused.code
    return json_refusal(refused)
