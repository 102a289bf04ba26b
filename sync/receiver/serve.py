"""Serving the receiver until it is told to stop; requests under way are finished first."""

import uvicorn

from sync.receiver.app import build
from sync.receiver.doors import Doors
from sync.receiver.transport import patient

# The proxy in front keeps connections open; ours must outlive its idle time, or a request meets a closed one.
KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 20
LARGEST_HEAD = 16 * 1024


def run(doors: Doors, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; raises ValueError with every problem of `doors`."""
    uvicorn.Server(configured(doors, host, port)).run()


def configured(doors: Doors, host: str, port: int) -> uvicorn.Config:
    """Return the server's settings: bounds on heads and connections, nothing of uvicorn's own in answers."""
    return uvicorn.Config(
        build(doors),
        host=host,
        port=port,
        http=patient(doors.head_timeout),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=doors.connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )
