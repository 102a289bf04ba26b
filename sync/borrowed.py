"""A corner of one's own on somebody's servers: a database and an empty Redis number, lent and given back."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import redis
import sqlalchemy as sa

from sync.embedded import Servers

# What a server must promise before it may hold events: nothing acknowledged is forgotten or evicted.
PROMISES: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


class BorrowingError(RuntimeError):
    """The server does not give what is needed; the message says the cure."""


@dataclass(frozen=True)
class Borrowed(Servers):
    """The corner; `promised` are the Redis settings that had to be changed for it and will be put back."""

    promised: Mapping[str, str]


@contextmanager
def borrowed(servers: Servers) -> Iterator[Borrowed]:
    """Lend a private database and Redis number for the block; Redis keeps every promise meanwhile."""
    with ExitStack() as stack:
        database = stack.enter_context(private_database(servers.database_url))
        numbered = stack.enter_context(empty_number(servers.redis_url))
        changed = stack.enter_context(promising(numbered))
        yield Borrowed(database, numbered, changed)


@contextmanager
def private_database(server_url: str) -> Iterator[str]:
    """Create a database with a name that nobody has, and drop it at the end."""
    name = f"orderbridge_{uuid.uuid4().hex[:12]}"
    # A plain postgresql:// would mean another driver than the one that is installed.
    url = sa.make_url(server_url).set(drivername="postgresql+psycopg2")
    _execute(url, f"create database {name}", cure=f"allow it: alter role {url.username} createdb")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(url, f"drop database {name} with (force)", cure="drop it by hand")


def _execute(url: sa.URL, statement: str, *, cure: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
    except sa.exc.SQLAlchemyError as error:
        where = url.render_as_string(hide_password=True)
        raise BorrowingError(f"'{statement}' failed on {where}; {cure}\n{error}") from error
    finally:
        engine.dispose()


@contextmanager
def empty_number(server_url: str) -> Iterator[str]:
    """Find a numbered database that is empty, and empty it again at the end; nothing of others is touched."""
    parts = server_url.split("/")
    base = "/".join(parts[:3])
    for number in range(15, 0, -1):
        url = f"{base}/{number}"
        with redis.Redis.from_url(url) as client:
            if client.dbsize() == 0:
                try:
                    yield url
                finally:
                    client.flushdb()
                return
    raise BorrowingError("no empty Redis database from 1 to 15; flush one, or name another server")


@contextmanager
def promising(redis_url: str) -> Iterator[dict[str, str]]:
    """Set what durability needs for the block and put back what was there; yields what had to be changed."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        before = {name: client.config_get(name).get(name, "") for name in PROMISES}
        changed = {name: value for name, value in PROMISES.items() if before[name] != value}
        try:
            for name, value in changed.items():
                client.config_set(name, value)
        except redis.ResponseError as error:
            commands = " ".join(f"--{name} {value}" for name, value in PROMISES.items())
            raise BorrowingError(f"start Redis with: redis-server {commands}\n{error}") from error
        try:
            yield changed
        finally:
            for name in reversed(changed):
                client.config_set(name, before[name])
