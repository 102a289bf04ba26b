"""The baskets' door: what a shopper holds for a while, kept like any other event."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.baskets import kept_reservation
from schemas.events import ParsedEvent
from sync.core.errors import Rejected
from sync.core.messages import Origin, Topic
from sync.receiver.answers import Refused
from sync.receiver.bodies import body_of, check_size, check_type
from sync.receiver.callers import check_signature
from sync.receiver.doors import Doors
from sync.receiver.intake import LONGEST_REASON, Endpoint, keep, read
from sync.receiver.sfcc import ACCEPTED, STOCK_KEY
from sync.receiver.strict import json_text
from sync.receiver.trace import trace_of


def reservations(doors: Doors) -> Endpoint:
    """Return the endpoint that answers 202 once a reservation (PUT) or its release (DELETE) is kept."""

    async def receive(request: Request) -> Response:
        trace, site = trace_of(request), request.path_params["site"]
        if site not in doors.sites:
            raise Refused("site.unknown")
        trace.source = site
        check_size(request, doors.max_body)
        if request.method == "PUT":
            check_type(request, ACCEPTED)
        body = await body_of(request, doors.max_body, doors.body_timeout)
        trace.size = len(body)
        check_signature(body, request.headers, doors.secrets[site], doors.tolerance)
        if not doors.sites[site].reservations:
            raise Refused("reservations.off")
        kept = _kept(request, site, body)
        # Worked in one row with the counts of the stock that it holds, so that no two publications meet.
        dedupe = f"{site}:{request.headers['webhook-id']}"
        envelope = read(lambda _: _envelope(dedupe), kept)
        owner = doors.sites[site].organisation
        await keep(request, envelope, site=owner, origin=Origin.WAREHOUSE, body=kept)
        return JSONResponse({"id": trace.correlation_id}, 202)

    return receive


def _envelope(dedupe_key: str) -> ParsedEvent:
    return ParsedEvent(topic=Topic.BASKET_CHANGED, key=STOCK_KEY, dedupe_key=dedupe_key)


def _kept(request: Request, site: str, body: bytes) -> str:
    try:
        text = json_text(body) if request.method == "PUT" else None
        return kept_reservation(site, request.path_params["basket_id"], text)
    except Rejected as error:
        fields = {path: why[:LONGEST_REASON] for path, why in error.fields.items()}
        raise Refused("event.invalid", fields=fields) from None
