"""What the doors answer: refusals by code, and their form in JSON and in XML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree
from starlette.responses import JSONResponse, Response

from sync.core.errors import OrderbridgeError, Retryable

RETRY_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the receiver turns a request away: its status and what it tells the sender."""

    status: int
    detail: str


REASONS: Final[Mapping[str, Reason]] = {
    "body.malformed": Reason(400, "The body is not a well-formed document of its type."),
    "body.too_large": Reason(413, "The body is larger than this door takes."),
    "body.too_slow": Reason(408, "The body did not arrive in time."),
    "bridge.fault": Reason(500, "Something is wrong on our side."),
    "channel.unknown": Reason(404, "There is no such channel."),
    "credentials.refused": Reason(401, "The request is not authenticated."),
    "event.invalid": Reason(422, "The event lacks what its kind needs."),
    "inbox.full": Reason(503, "Too many events are waiting; send it again later."),
    "inbox.unavailable": Reason(503, "Events cannot be kept now; send it again later."),
    "media.unsupported": Reason(415, "The content type is not one of this door's."),
    "method.unsupported": Reason(405, "The method is not one of this address."),
    "receiver.busy": Reason(503, "Too many requests are under way; send it again later."),
    "request.invalid": Reason(400, "The request cannot be understood."),
    "reservations.off": Reason(404, "This site takes no reservations."),
    "route.unknown": Reason(404, "There is nothing at this address."),
    "site.mismatch": Reason(422, "The event names another site than the door it came through."),
    "site.unknown": Reason(404, "There is no such site."),
}


class Refused(OrderbridgeError):
    """A request is turned away with a code of `REASONS`; `fields` maps a path to its reason."""

    def __init__(
        self, code: str, *, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep what the answer needs; nothing of the request's content belongs in it."""
        self.reason = REASONS[code]
        super().__init__(code, self.reason.detail, fields=fields)
        self.headers = dict(headers or {})


def later(error: Retryable) -> Refused:
    """Return the refusal that asks the sender to come again."""
    seconds = max(1, round(error.retry_after or RETRY_SECONDS))
    return Refused(error.code, headers={"retry-after": str(seconds)})


def json_refusal(refused: Refused) -> Response:
    """Return the refusal as this house writes errors in JSON."""
    error = {"code": refused.code, "detail": refused.detail, "fields": refused.fields}
    return JSONResponse({"error": error}, refused.reason.status, refused.headers)


def xml_refusal(refused: Refused) -> Response:
    """Return the refusal as the warehouse writes errors: an `error` with an `exception` and a `message`."""
    root = etree.Element("error")
    etree.SubElement(root, "exception").text = refused.code
    etree.SubElement(root, "message").text = refused.detail
    return _xml(root, refused.reason.status, refused.headers)


def xml_message(text: str) -> Response:
    """Return the confirmation that the warehouse looks for."""
    root = etree.Element("message")
    root.text = text
    return _xml(root, 200, {})


def _xml(root: etree._Element, status: int, headers: Mapping[str, str]) -> Response:
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return Response(body, status, dict(headers), media_type="application/xml")
