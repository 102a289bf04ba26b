"""The HTTP protocol of the sandbox: uvicorn's, with the transport within reach of the application."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class OpenProtocol(H11Protocol):
    """Puts the transport into every request's state, so that a fault can cut the connection itself."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport for the requests of this connection."""
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}


async def cut(scope: Scope, receive: Receive, *, flush: bool) -> None:
    """Close the connection and return once it is gone; `flush` lets written bytes out first."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if flush:
        transport.close()
    else:
        transport.abort()
    # uvicorn reports a request without an answer as an error unless it knows that the connection is lost.
    while (await receive())["type"] != "http.disconnect":
        continue
