"""The correlation id of the work at hand, so that every call and log line of it can be found together."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("correlation", default="")


def current() -> str:
    """Return the id of the work at hand, empty outside of any."""
    return _current.get()


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Let everything in the block belong to this id."""
    token = _current.set(correlation_id)
    try:
        yield
    finally:
        _current.reset(token)
