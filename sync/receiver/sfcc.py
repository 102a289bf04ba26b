"""The storefront's door: JSON events signed after the Standard Webhooks specification 1.0."""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.events import ParsedEvent, read_sfcc_event
from schemas.sfcc.cards import without_card_data
from sync.core.messages import Origin, Topic
from sync.receiver.answers import Refused
from sync.receiver.bodies import body_of, check_size, check_type
from sync.receiver.callers import check_signature
from sync.receiver.doors import Doors
from sync.receiver.intake import Endpoint, keep, read
from sync.receiver.strict import json_text
from sync.receiver.trace import trace_of

STOCK_KEY: Final = "stock"
ACCEPTED: Final = frozenset({"application/json"})


def events(doors: Doors) -> Endpoint:
    """Return the endpoint that answers 202 with the correlation id once the event is kept."""

    async def receive(request: Request) -> Response:
        trace, site = trace_of(request), request.path_params["site"]
        if site not in doors.sites:
            raise Refused("site.unknown")
        trace.source = site
        check_size(request, doors.max_body)
        check_type(request, ACCEPTED)
        body = await body_of(request, doors.max_body, doors.body_timeout)
        trace.size = len(body)
        check_signature(body, request.headers, doors.secrets[site], doors.tolerance)
        text = json_text(body)
        envelope = read(read_sfcc_event, text)
        if envelope.site and envelope.site != site:
            raise Refused("site.mismatch", fields={"site": "is not the site of this address"})
        if envelope.topic is Topic.STOCK_REQUESTED:
            await _keep_refresh(request, envelope, site, doors.sites[site].organisation)
            return JSONResponse({"id": trace.correlation_id}, 202)
        # The only thing of an event that is not kept as it came.
        kept = without_card_data(text)
        await keep(request, envelope, site=site, origin=Origin.STOREFRONT, body=kept)
        return JSONResponse({"id": trace.correlation_id}, 202)

    return receive


async def _keep_refresh(request: Request, told: ParsedEvent, site: str, organisation: str) -> None:
    """Keep a wish for fresh counts in the row of the organisation's stock, like a pull that we ask for."""
    # Two wishes may read alike and both be meant, so the delivery's own id tells a repeat.
    dedupe = f"refresh:{site}:{request.headers['webhook-id']}"
    wish = ParsedEvent(topic=told.topic, key=STOCK_KEY, dedupe_key=dedupe)
    body = json.dumps({"site": site, "skus": told.skus}, ensure_ascii=False)
    await keep(request, read(lambda _: wish, body), site=organisation, origin=Origin.WAREHOUSE, body=body)
