"""From an envelope to a kept event: what both doors have in common."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from starlette.requests import Request
from starlette.responses import Response

from schemas.events import ParsedEvent
from sync.core.errors import Rejected, Retryable
from sync.core.messages import Draft, Origin
from sync.inbox import Appender
from sync.receiver.answers import Refused, later
from sync.receiver.trace import trace_of

LONGEST_KEY: Final = 255
LONGEST_REASON: Final = 200
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

Body = TypeVar("Body")
Endpoint = Callable[[Request], Awaitable[Response]]


class Crowd:
    """How many requests are inside of the doors; each may hold a whole body in memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one request in for the block; raises Refused receiver.busy when full."""
        if self._inside >= self._limit:
            raise Refused("receiver.busy", headers={"retry-after": "1"})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


def answering(name: str, work: Endpoint, refusal: Callable[[Refused], Response], crowd: Crowd) -> Endpoint:
    """Return an endpoint of the door `name` that writes every refusal as the door does."""

    async def endpoint(request: Request) -> Response:
        trace = trace_of(request)
        trace.door = name
        try:
            with crowd.one():
                return await work(request)
        except Refused as error:
            refused = error
        except Retryable as error:
            refused = later(error)
        trace.code = refused.code
        return refusal(refused)

    return endpoint


def read(reader: Callable[[Body], ParsedEvent], body: Body) -> ParsedEvent:
    """Return the envelope of a body; raises Refused event.invalid with the reasons by field."""
    try:
        envelope = reader(body)
    except Rejected as error:
        raise Refused(
            "event.invalid", fields={path: why[:LONGEST_REASON] for path, why in error.fields.items()}
        ) from None
    problems = {
        name: "not a usable key" for name in ("key", "dedupe_key") if not _usable(getattr(envelope, name))
    }
    if envelope.sequence is not None and not _SMALLEST <= envelope.sequence <= _LARGEST:
        problems["sequence"] = "beyond 64 bits"
    if problems:
        raise Refused("event.invalid", fields=problems)
    return envelope


async def keep(request: Request, envelope: ParsedEvent, *, site: str, origin: Origin, body: str) -> None:
    """Return once the event is on disk; raises Retryable when that is not certain."""
    trace = trace_of(request)
    trace.topic = envelope.topic
    appender = cast("Appender", request.state.appender)
    draft = Draft(
        site=site,
        topic=envelope.topic,
        origin=origin,
        key=envelope.key,
        dedupe_key=envelope.dedupe_key,
        sequence=envelope.sequence,
        body=body,
        correlation_id=trace.correlation_id,
        received_at=datetime.now(UTC),
    )
    await appender.append(draft)


def _usable(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isprintable()
