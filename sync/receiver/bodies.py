"""Reading a request's body within bounds of type, size and time."""

import asyncio
from collections.abc import Collection
from email.message import Message

from starlette.requests import ClientDisconnect, Request

from sync.receiver.answers import Refused


def check_size(request: Request, limit: int) -> None:
    """Raise Refused body.too_large for a declared length above `limit`, before a byte is read."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise _too_large()


def check_type(request: Request, accepted: Collection[str], *, may_be_missing: bool = False) -> None:
    """Raise Refused media.unsupported unless the content type is one of `accepted`, in UTF-8 if it says."""
    header = request.headers.get("content-type")
    if header is None and may_be_missing:
        return
    parsed = Message()
    parsed["content-type"] = header or ""
    if header is None or parsed.get_content_type() not in accepted or _other_charset(parsed):
        raise Refused("media.unsupported", fields={"content-type": f"one of {', '.join(sorted(accepted))}"})


async def body_of(request: Request, limit: int, seconds: float) -> bytes:
    """Return the whole body; raises Refused body.too_large or body.too_slow without reading on."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large()
                chunks.append(chunk)
    except TimeoutError:
        raise Refused("body.too_slow", headers={"connection": "close"}) from None
    except ClientDisconnect:
        raise Refused("request.invalid", headers={"connection": "close"}) from None
    return b"".join(chunks)


def _too_large() -> Refused:
    # The rest of the body is still under way: the connection cannot be used again.
    return Refused("body.too_large", headers={"connection": "close"})


def _other_charset(parsed: Message) -> bool:
    return str(parsed.get_content_charset("utf-8")).lower() not in {"utf-8", "utf8", "us-ascii"}
