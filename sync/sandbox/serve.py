"""Serving the sandbox: three remotes on three ports, in one process and on one loop."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from sync.sandbox.crm import app as crm
from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, SandboxOptions
from sync.sandbox.orderflow import app as orderflow
from sync.sandbox.sfcc import app as sfcc
from sync.sandbox.transport import OpenProtocol
from sync.sandbox.world import World

__all__ = ["Built", "PortTakenError", "Running", "SandboxOptions", "build", "run", "serve"]

# Requests still waiting (a delaying fault) when the sandbox is told to stop are given this long.
STOP_SECONDS = 2
KEEP_ALIVE_SECONDS = 75


class PortTakenError(RuntimeError):
    """A port of the sandbox is in use by something else."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running sandbox is to be found, and how to stop it from any thread."""

    sfcc_url: str
    orderflow_url: str
    crm_url: str
    stop: Callable[[], None]


class _Server(uvicorn.Server):
    """One of several servers in a process: signals are the sandbox's business."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Built:
    """The three remotes, not served yet; what each knows is in its `state` (journal, book, house)."""

    apps: dict[str, Starlette]
    backgrounds: list[Background]


async def serve(
    options: SandboxOptions,
    ready: Callable[[Running], None] | None = None,
    built: Built | None = None,
) -> None:
    """Serve until stopped by SIGTERM, SIGINT or `Running.stop`.

    `ready` is called once all three ports answer; `built` are remotes with a world of their own, a fresh one
    otherwise. Raises `PortTakenError` before anything is served.
    """
    ports = {"sfcc": options.sfcc_port, "orderflow": options.orderflow_port, "crm": options.crm_port}
    with contextlib.ExitStack() as sockets:
        listening = {name: sockets.enter_context(_bind(options.host, port)) for name, port in ports.items()}
        built = built or build(options, World())
        servers = {name: _server(app) for name, app in built.apps.items()}
        stop = _stopper(list(servers.values()))
        async with asyncio.TaskGroup() as group:
            serving = [group.create_task(servers[name].serve(sockets=[listening[name]])) for name in servers]
            working = [group.create_task(background.run()) for background in built.backgrounds]
            for server in servers.values():
                await server.up.wait()
            if ready is not None:
                urls = {f"{name}_url": _url(options.host, listening[name]) for name in ports}
                ready(Running(**urls, stop=stop))
            await asyncio.wait(serving)
            for task in working:
                task.cancel()


def run(
    options: SandboxOptions,
    ready: Callable[[Running], None] | None = None,
    built: Built | None = None,
) -> None:
    """Serve in this thread until stopped; raises `PortTakenError`."""
    asyncio.run(serve(options, ready, built))


def build(options: SandboxOptions, world: World) -> Built:
    """Put the three remotes of one world together."""
    builders = {"sfcc": sfcc.build, "orderflow": orderflow.build, "crm": crm.build}
    journals = {name: Journal(name) for name in builders}
    built = {name: build(options, journals[name], Faults(), world) for name, build in builders.items()}
    for name, (app, _) in built.items():
        app.state.journal = journals[name]
    return Built(
        {name: app for name, (app, _) in built.items()}, [background for _, background in built.values()]
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP; answers would wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening already here shows a taken port before any remote answers.
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def _url(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def _server(app: Starlette) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )


def _stopper(servers: list[_Server]) -> Callable[[], None]:
    """A function that stops the servers from any thread, also called on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
    return stop
