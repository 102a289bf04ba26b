"""The door for machines that makes links to an order's page, behind the bearer token."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.core.crm import AgentPlace
from sync.core.signed import Seal
from sync.core.sites import Site

HOURS = 8.0
NO_KEY = "no links are made: set ORDERBRIDGE_CONSOLE_LINK_KEY and start the console anew"
_LARGEST = 1024


@dataclass(frozen=True, slots=True)
class Linking:
    """What the door needs: who is let in, the sites, the seal, and where a browser finds the console."""

    admit: Callable[[Request], None]
    sites: Mapping[str, Site]
    seal: Seal
    base: str
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return the address."""
        return [Route("/api/orders/{site}/{order_no:path}/link", self.make, methods=["POST"])]

    async def make(self, request: Request) -> Response:
        """Answer a link; the body may name its `hours`."""
        await run_in_threadpool(self.admit, request)
        name, order_no = request.path_params["site"], request.path_params["order_no"]
        if not self.seal.keys:
            raise HTTPException(403, NO_KEY)
        site = self.sites.get(name)
        if site is None or site.crm.agent is not AgentPlace.CONSOLE:
            raise HTTPException(404, f"there is no site '{name}' whose agents look at the console")
        expires = self.clock() + timedelta(hours=await self._hours(request))
        told = {
            "url": self.seal.link(self.base, name, order_no, expires),
            "expires_at": expires.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        }
        return JSONResponse(told, 201, headers={"Cache-Control": "no-store"})

    async def _hours(self, request: Request) -> float:
        given = b""
        async for part in request.stream():
            given += part
            if len(given) > _LARGEST:
                raise HTTPException(413, "the body is longer than it needs to be")
        longest = self.seal.longest / timedelta(hours=1)
        wanted = _wanted(given, min(HOURS, longest))
        if not 0 < wanted <= longest:
            raise HTTPException(400, f"hours must be more than 0, and {longest:g} at most")
        return wanted


def _wanted(body: bytes, usual: float) -> float:
    if not body.strip():
        return usual
    try:
        document = json.loads(body)
    except ValueError:
        raise HTTPException(400, 'give JSON like {"hours": 8}, or no body') from None
    hours = document.get("hours", usual) if isinstance(document, dict) else None
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not isfinite(hours):
        raise HTTPException(400, 'give hours as a number, like {"hours": 8}')
    return float(hours)
