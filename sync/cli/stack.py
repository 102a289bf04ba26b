"""The whole stack on one machine: real servers, the sandbox, and the environment that ties them together."""

import os
import secrets
import shlex
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from config.settings import DEFAULT_SITES, PREFIX
from sync.embedded import Servers, embedded_servers
from sync.supervise import Program

FOLDER = Path(".orderbridge")
PROCFILE = Path(__file__).parents[2] / "Procfile"
_SECRET = "sandbox"  # noqa: S105  the sandbox's documented credentials protect nothing


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens on loopback."""

    receiver: int = 8100
    sfcc: int = 8101
    orderflow: int = 8102
    crm: int = 8103

    @property
    def receiver_url(self) -> str:
        """The receiver's base URL."""
        return f"http://127.0.0.1:{self.receiver}"

    @property
    def sfcc_url(self) -> str:
        """The storefront stand-in's base URL."""
        return f"http://127.0.0.1:{self.sfcc}"

    @property
    def orderflow_url(self) -> str:
        """The warehouse stand-in's base URL."""
        return f"http://127.0.0.1:{self.orderflow}"

    @property
    def crm_url(self) -> str:
        """The CRM stand-in's base URL."""
        return f"http://127.0.0.1:{self.crm}"


def free_ports() -> Ports:
    """Return ports that nobody uses now, so that a demo never meets a running stack."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    try:
        return Ports(*(one.getsockname()[1] for one in sockets))
    finally:
        for one in sockets:
            one.close()


def own_servers(environment: Mapping[str, str]) -> Servers | None:
    """Return the user's own servers, None for embedded ones; both or neither must be named."""
    database_url = _named(environment, "ORDERBRIDGE_DATABASE_URL")
    redis_url = _named(environment, "ORDERBRIDGE_REDIS_URL")
    if bool(database_url) != bool(redis_url):
        raise ValueError("Set both ORDERBRIDGE_DATABASE_URL and ORDERBRIDGE_REDIS_URL, or neither.")
    return Servers(database_url, redis_url) if database_url and redis_url else None


def _named(environment: Mapping[str, str], name: str) -> str | None:
    """Return a setting as `load_settings` would read it: from the file that is named, else the variable."""
    file = environment.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else environment.get(name)


@contextmanager
def servers(folder: Path, *, keep: bool) -> Iterator[Servers]:
    """Run embedded servers for the block, unless the environment names the user's own."""
    if named := own_servers(os.environ):
        yield named
    else:
        with embedded_servers(folder, keep=keep) as embedded:
            yield embedded


def environment(servers: Servers, ports: Ports, named: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the settings of a stack whose remotes are the sandbox, unless `named` has others.

    Without `named` nothing of a real bridge that the surroundings may hold (addresses, secrets, secret
    files, a sites file) comes into the stack: a demo or a test must never meet a real remote.
    """
    ours = {
        "ORDERBRIDGE_SFCC_URL": ports.sfcc_url,
        "ORDERBRIDGE_SFCC_INVENTORY_URL": ports.sfcc_url,
        "ORDERBRIDGE_SFCC_TOKEN_URL": f"{ports.sfcc_url}/dwsso/oauth2/access_token",
        "ORDERBRIDGE_SFCC_ORGANIZATION": "f_ecom_zzte_053",
        "ORDERBRIDGE_SFCC_CLIENT_ID": _SECRET,
        "ORDERBRIDGE_SFCC_CLIENT_SECRET": _SECRET,
        "ORDERBRIDGE_ORDERFLOW_URL": f"{ports.orderflow_url}/web/",
        "ORDERBRIDGE_ORDERFLOW_USER": _SECRET,
        "ORDERBRIDGE_ORDERFLOW_PASSWORD": _SECRET,
        "ORDERBRIDGE_ORDERFLOW_RETURN_REPORT": "true",
        "ORDERBRIDGE_CRM_URL": ports.crm_url,
        "ORDERBRIDGE_CRM_CONSUMER_KEY": _SECRET,
        "ORDERBRIDGE_CRM_CONSUMER_SECRET": _SECRET,
        "ORDERBRIDGE_PUSH_USER": _SECRET,
        "ORDERBRIDGE_PUSH_PASSWORD": _SECRET,
        "ORDERBRIDGE_WEBHOOK_SECRETS": f"whsec_{b64encode(secrets.token_bytes(24)).decode()}",
        "ORDERBRIDGE_RECEIVER_PORT": str(ports.receiver),
        "ORDERBRIDGE_LOG_FORMAT": "console",
    }
    reached = {"ORDERBRIDGE_DATABASE_URL": servers.database_url, "ORDERBRIDGE_REDIS_URL": servers.redis_url}
    if named is None:
        no_files = {f"{name}_FILE": "" for name in (*ours, *reached)}
        return ours | reached | no_files | {"ORDERBRIDGE_SITES": str(DEFAULT_SITES)}
    given = {name: named[name] for name in ours if name in named}
    return ours | given | reached | {f"{name}_FILE": "" for name in reached}


def remember(settings: Mapping[str, str], named: Mapping[str, str]) -> Path:
    """Write the settings as a file that a shell can source, for this user only, and return where.

    What the surroundings have `named` beside them belongs to it: the sites file above all.
    """
    settings = {name: value for name, value in named.items() if name.startswith(PREFIX)} | dict(settings)
    path = FOLDER / "env"
    path.touch(mode=0o600)
    scripts = Path(sys.executable).parent
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(settings.items())]
    path.write_text("\n".join([*lines, f'export PATH={shlex.quote(str(scripts))}:"$PATH"', ""]))
    return path


def uses_sandbox() -> bool:
    """Tell whether no real remote is named."""
    return not any(_named(os.environ, f"ORDERBRIDGE_{name}") for name in ("SFCC_URL", "ORDERFLOW_URL"))


def sandbox_program(ports: Ports, settings: Mapping[str, str], *, auto: bool, speed: float = 1.0) -> Program:
    """Return the sandbox as a child process that talks to the receiver."""
    options = {
        "--sfcc-port": ports.sfcc,
        "--orderflow-port": ports.orderflow,
        "--crm-port": ports.crm,
        "--bridge-url": ports.receiver_url,
        "--hook-secret": settings["ORDERBRIDGE_WEBHOOK_SECRETS"].split(",")[0],
        "--push-user": settings["ORDERBRIDGE_PUSH_USER"],
        "--push-password": settings["ORDERBRIDGE_PUSH_PASSWORD"],
        "--auto-speed": speed,
    }
    argv = [sys.executable, "-m", "sync.sandbox", *(str(word) for pair in options.items() for word in pair)]
    ready_url = f"{ports.orderflow_url}/_sandbox/health"
    return Program(
        name="sandbox", argv=[*argv, "--auto" if auto else "--no-auto"], ready=lambda: answers(ready_url)
    )


def answers(url: str) -> bool:
    """Tell whether a GET of `url` is answered with success."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
