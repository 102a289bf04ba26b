"""What an answer other than success means, told without personal data."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected, Retryable

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PRECONDITION_FAILED}
OVERLOADED = "sfdc_load_status"
LONGEST_EXCERPT = 200
_PERSONAL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+|\+?\d[\d ()/-]{6,}\d")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\uffff]+")


def failure(
    remote: str, status: int, headers: Mapping[str, str], content: bytes, *, changing: bool = False
) -> OrderbridgeError:
    """Return the error that an answer with a failing status stands for.

    A gateway's 500, 502 or 504 to a changing call leaves its outcome unknown.
    """
    detail = f"{remote} answered {status} {reason(content)}".strip()
    pause = retry_after(headers)
    if status in REFUSED:
        return Alarm("credentials.refused", detail, remote_status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and (pause is not None or headers.get(OVERLOADED))
    ):
        return Retryable("remote.throttled", detail, remote_status=status, retry_after=pause)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if changing and status != HTTPStatus.SERVICE_UNAVAILABLE:
            return OutcomeUnknown("outcome.unknown", detail, remote_status=status)
        return Retryable("remote.unavailable", detail, remote_status=status)
    if status >= HTTPStatus.BAD_REQUEST:
        return Rejected(f"{remote}.refused", detail, remote_status=status)
    # A redirect, or a success where another was documented: not the API that we know.
    return Retryable("remote.malformed", detail, remote_status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the pause asked for in seconds, from a number or a date; None when none is asked for."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9]) or None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds()) or None


def reason(content: bytes) -> str:
    """Return an answer's own reason: the slug of a problem document, the type of a fault, else an excerpt."""
    return slug(content) or masked(content)


def slug(content: bytes) -> str:
    """Return the last segment of a problem's type, an OCAPI fault's type or an OAuth error; else empty."""
    document = _object(content)
    fault = document.get("fault")
    told = fault.get("type") if isinstance(fault, dict) else document.get("type", document.get("error"))
    return told.rpartition("/")[2] if isinstance(told, str) else ""


def _object(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def masked(content: bytes) -> str:
    """Return the beginning of a body, with e-mail addresses and long numbers blotted out."""
    text = content[: 4 * LONGEST_EXCERPT].decode(errors="replace")
    printable = " ".join(_NOT_PRINTABLE.sub(" ", text).split())
    return _PERSONAL.sub("…", printable)[:LONGEST_EXCERPT]
