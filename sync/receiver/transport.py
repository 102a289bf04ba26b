"""The HTTP protocol of the receiver: uvicorn's, but a request's head must arrive in time."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientProtocol(H11Protocol):
    """Closes a connection that has been opened, or has begun a request, and then says nothing for long.

    uvicorn's own timer only covers the time between two requests.
    """

    head_timeout: ClassVar[float] = 10.0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first request's head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Stop the timer when the head is complete, start it at the first bytes of the next one."""
        super().data_received(data)
        if self._answering():
            self._stop_waiting()
        elif self._head_timer is None:
            self._await_head()

    def on_response_complete(self) -> None:
        """Leave the time until the next request to uvicorn's timer."""
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _answering(self) -> bool:
        cycle: Any = self.cycle  # None until the first request, whatever uvicorn's annotation says
        return cycle is not None and not cycle.response_complete

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_timeout, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def patient(seconds: float) -> type[asyncio.Protocol]:
    """Return the protocol with this time for a head."""
    members: dict[str, Any] = {"head_timeout": seconds}
    return type("PatientProtocol", (PatientProtocol,), members)
