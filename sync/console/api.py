"""The console's door for machines: an order's timeline as JSON, behind a bearer token."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.console import openapi
from sync.console.figures import Figure, Figures
from sync.core.sites import Site
from sync.core.timeline import Trail, document, summary, timeline

CLOSED = "the door is closed: set ORDERBRIDGE_CONSOLE_TOKEN and start the console anew"
UNAUTHORIZED = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Api:
    """What the door needs: the sites, the ledger's answers, and the token; without one it is closed."""

    sites: Mapping[str, Site]
    trail: Callable[[str, str], Trail]
    conflicts: Callable[[], Mapping[tuple[str, str], int]]
    token: str
    stock: Callable[[], Iterable[Figure]] = tuple

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            # An order's number may hold a slash, which arrives as %2F and is one by the time it gets here.
            Route("/api/orders/{site}/{order_no:path}/timeline", self.timeline),
            Route("/metrics", self.metrics),
            Route("/openapi.json", described),
        ]

    def timeline(self, request: Request) -> Response:
        """Answer the order's story; `?zone=` names the zone of its local times, the site's by default."""
        self.admit(request)
        name, order_no = request.path_params["site"], request.path_params["order_no"]
        site = self.sites.get(name)
        if site is None:
            raise HTTPException(404, f"there is no site '{name}'")
        wanted = request.query_params.get("zone", site.zone)
        if wanted not in available_timezones():
            raise HTTPException(400, f"'{wanted}' is no time zone")
        # No database holds a NUL, and no order has such a number.
        trail = self.trail(name, order_no) if order_no.isprintable() else Trail(site=name, order_no="")
        if not trail.found:
            raise HTTPException(404, f"the ledger has nothing of order '{order_no}' of {name}")
        zone = ZoneInfo(wanted)
        told = document(trail, summary(trail, site, zone), timeline(trail, site), zone)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    def metrics(self, request: Request) -> Response:
        """Answer the open conflicts by site and severity, and the figures of stock, for Prometheus."""
        self.admit(request)
        registry = CollectorRegistry()
        gauge = Gauge(
            "orderbridge_open_conflicts",
            "Conflicts that wait for a person; an alarm is about goods on their way.",
            ("site", "severity"),
            registry=registry,
        )
        counts = self.conflicts()
        for site in self.sites:
            for severity in ("alarm", "ordinary"):
                gauge.labels(site, severity).set(counts.get((site, severity), 0))
        registry.register(Figures(list(self.stock())))
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    def admit(self, request: Request) -> None:
        """Raise unless the request bears the token; compared in a time that tells nothing of it."""
        if not self.token:
            raise HTTPException(403, CLOSED)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self.token.encode())
        if scheme.lower() != "bearer" or not same:
            raise HTTPException(401, "give the token as: Authorization: Bearer ...", headers=UNAUTHORIZED)


def described(_request: Request) -> Response:
    """Answer the contract, to everybody: it tells nothing of any order."""
    return JSONResponse(openapi.document())


def refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal as JSON."""
    if isinstance(error, HTTPException):
        return JSONResponse(
            {"error": {"status": error.status_code, "detail": error.detail}},
            error.status_code,
            headers=error.headers,
        )
    return JSONResponse({"error": {"status": 503, "detail": "the database is away"}}, 503)


REFUSALS = {HTTPException: refused, OperationalError: refused}
