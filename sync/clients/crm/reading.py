"""Answers of success as what they should be: what is not is the CRM's fault, and may pass."""

from collections.abc import Callable
from typing import TypeVar

from sync.clients.http import Answer
from sync.core.errors import Rejected, Retryable

T = TypeVar("T")


def well_formed(answer: Answer, read: Callable[[object], T]) -> T:
    """Return what `read` makes of an answer's JSON; raises `Retryable` remote.malformed.

    The error names paths and reasons, never the content.
    """
    try:
        document = answer.json()
    except Retryable as error:
        raise Retryable(error.code, "crm: the answer is not JSON", remote_status=answer.status) from None
    try:
        return read(document)
    except Rejected as error:
        raise Retryable("remote.malformed", f"crm: {error.detail}", remote_status=answer.status) from None
