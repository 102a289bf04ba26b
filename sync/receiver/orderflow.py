"""The warehouse's door: XML messages with Basic authentication, answered as its own receivers answer."""

import hashlib
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from schemas.events import ParsedEvent
from schemas.orderflow.envelope import read_orderflow_envelope
from sync.core.messages import Origin, Topic
from sync.receiver.answers import Refused, xml_message
from sync.receiver.bodies import body_of, check_size, check_type
from sync.receiver.callers import check_password
from sync.receiver.doors import Doors
from sync.receiver.intake import Endpoint, keep, read
from sync.receiver.strict import xml_document
from sync.receiver.trace import trace_of

ACCEPTED: Final = frozenset({"application/xml", "text/xml"})
_log = structlog.get_logger(__name__)


def messages(doors: Doors) -> Endpoint:
    """Return the endpoint that answers 200 with the vendor's sentence once the message is kept."""

    async def receive(request: Request) -> Response:
        trace, channel = trace_of(request), request.path_params["channel"]
        site = doors.site_of(channel)
        if site is None:
            raise Refused("channel.unknown")
        trace.source = channel
        check_password(request.headers.get("authorization"), doors.credentials[channel])
        check_size(request, doors.max_body)
        # ASSUMPTION: a push may come without a content type, as the vendor's own client sends its requests.
        check_type(request, ACCEPTED, may_be_missing=True)
        body = await body_of(request, doors.max_body, doors.body_timeout)
        trace.size = len(body)
        document = xml_document(body)
        envelope = _envelope(body, trace.correlation_id)
        # Stock belongs to the organisation: the sites that share its warehouses share its counts.
        owner = doors.sites[site].organisation if envelope.topic == Topic.STOCK_CHANGED else site
        await keep(request, envelope, site=owner, origin=Origin.WAREHOUSE, body=document.text)
        return xml_message(" ".join(["Success", *document.message_id.split(), "Received"]))

    return receive


def _envelope(body: bytes, correlation_id: str) -> ParsedEvent:
    # The sender repeats whatever is not confirmed and then gives up: a document that is merely not understood
    # is kept for a person, never refused.
    try:
        return read(read_orderflow_envelope, body)
    except Refused as refused:
        _log.warning("receiver.kept_unread", fields=refused.fields, correlation_id=correlation_id)
        identity = f"sha256:{hashlib.sha256(body).hexdigest()}"
        return ParsedEvent(topic=Topic.UNSUPPORTED, key=identity, dedupe_key=identity)
