"""Real servers for the tests: embedded ones, or those that the environment names."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from sync.borrowed import empty_number, private_database, promising
from sync.embedded import Servers, embedded_servers
from sync.supervise import FolderInUseError

# A test has no time limit: a busy machine is no defect.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Simultaneous runs each get a folder; a later run takes over, and cleans, that of a run that was killed.
SIMULTANEOUS_RUNS = 16


# The rooms whose files take longest, in this order; what is left out comes last.
LONGEST_FIRST = ("faults", "e2e", "integration", "contracts", "sandbox")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread over processes, begin with the long files: one that begins last keeps all others waiting."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _room(config.rootpath, item.path))


def _room(root: Path, path: Path) -> int:
    room = path.relative_to(root / "tests").parts[0]
    return LONGEST_FIRST.index(room) if room in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    database_url = os.environ.get("ORDERBRIDGE_DATABASE_URL")
    redis_url = os.environ.get("ORDERBRIDGE_REDIS_URL")
    if database_url and redis_url:
        yield Servers(database_url, redis_url)
    elif database_url or redis_url:
        pytest.exit("Set both ORDERBRIDGE_DATABASE_URL and ORDERBRIDGE_REDIS_URL, or neither", returncode=4)
    else:
        with _first_free(pytestconfig.rootpath / ".orderbridge") as embedded:
            yield embedded


@pytest.fixture(scope="session")
def database_url(servers: Servers) -> Iterator[str]:
    """A migrated database of this session's own; see `clean_database` for one without rows."""
    from sync.store.db import migrate

    with private_database(servers.database_url) as url:
        migrate(url)
        yield url


@pytest.fixture
def clean_database(database_url: str) -> str:
    """The session's database with every table emptied and every sequence at its start."""
    with _connection(database_url) as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        if tables:
            quoted = ", ".join(f'"{table}"' for table in sorted(tables))
            connection.execute(sa.text(f"truncate {quoted} restart identity cascade"))
    return database_url


@pytest.fixture(scope="session")
def redis_database(servers: Servers) -> Iterator[str]:
    """A numbered database that was empty, on a server that keeps its promises while the tests run."""
    with empty_number(servers.redis_url) as url, promising(url):
        yield url


@pytest.fixture
def redis_url(redis_database: str) -> str:
    """The session's Redis database, emptied."""
    with redis.Redis.from_url(redis_database) as client:
        client.flushdb()
    return redis_database


@contextmanager
def _connection(url: str | sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _first_free(folder: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        for number in range(SIMULTANEOUS_RUNS):
            try:
                yield stack.enter_context(embedded_servers(folder / f"tests-{number}", keep=False))
            except FolderInUseError:
                continue
            return
        pytest.exit(f"{SIMULTANEOUS_RUNS} test runs are already under way in {folder}", returncode=4)
