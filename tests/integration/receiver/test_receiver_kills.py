import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import redis
import requests

from sync.embedded import _free_ports, _valkey
from sync.inbox import STREAM, Limits
from sync.supervise import Child, Supervisor

pytestmark = pytest.mark.faults
SENDERS = 64
ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from sync.inbox import Limits
from sync.receiver import Credential, Doors, Market
from sync.receiver.serve import run
run(
    Doors(
        sites={"US": Market(("web_us",), "acme")},
        secrets={"US": ("whsec_bmV3LXNlY3JldA==",)},
        credentials={"web_us": (Credential("of", "secret-us"),)},
        redis_url=sys.argv[1],
        limits=Limits(look_every=0.05),
    ),
    "127.0.0.1",
    int(sys.argv[2]),
)
"""


class Senders:
    """Many at once, each posting one event after the other and noting every answer."""

    def __init__(self, url: str) -> None:
        self.answers: dict[str, int | None] = {}
        self._url = url
        self._names = itertools.count()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            assert any(thread.is_alive() for thread in self._threads)
            time.sleep(0.02)

    def count(self, *statuses: int | None) -> int:
        return sum(status in statuses for status in list(self.answers.values()))

    def _send(self) -> None:
        with requests.Session() as session:
            session.auth = ("of", "secret-us")
            while not self._stopped.is_set():
                number = str(next(self._names))
                body = f'<event messageId="{number}"/>'.encode()
                try:
                    answer = session.post(f"{self._url}/orderflow/web_us/messages", data=body, timeout=30)
                    self.answers[number] = answer.status_code
                except requests.RequestException:
                    self.answers[number] = None


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[tuple[Child, str]]:
    with Supervisor(tmp_path) as supervisor:
        (port,) = _free_ports(1)
        child = supervisor.start(_valkey(tmp_path / "valkey", port, "word"))
        yield child, f"redis://:word@127.0.0.1:{port}/0"


def test_no_answered_event_is_lost_when_the_inbox_is_killed(
    valkey: tuple[Child, str], open_receiver: Callable[..., Any]
) -> None:
    child, url = valkey
    receiver = open_receiver(redis_url=url, limits=Limits(look_every=0.05))
    with Senders(receiver.url) as senders:
        for _ in range(3):
            before = senders.count(200)
            senders.until(lambda before=before: senders.count(200) > before + 100)  # type: ignore[misc]
            child.kill()
            before = senders.count(503)
            senders.until(lambda before=before: senders.count(503) > before + 100)  # type: ignore[misc]
            child.start()
        before = senders.count(200)
        senders.until(lambda: senders.count(200) > before + 100)
    _nothing_answered_is_lost(senders, url)
    assert set(senders.answers.values()) == {200, 503}


def test_no_answered_event_is_lost_when_the_receiver_is_killed(redis_url: str) -> None:
    (port,) = _free_ports(1)
    url = f"http://127.0.0.1:{port}"
    process = _started(redis_url, port)
    with Senders(url) as senders:
        for _ in range(2):
            before = senders.count(200)
            senders.until(lambda before=before: senders.count(200) > before + 100)  # type: ignore[misc]
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process = _started(redis_url, port)
        before = senders.count(200)
        senders.until(lambda: senders.count(200) > before + 100)
    process.terminate()
    assert process.wait() in {0, -signal.SIGTERM}
    _nothing_answered_is_lost(senders, redis_url)
    assert set(senders.answers.values()) == {200, None}


def _started(redis_url: str, port: int) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, redis_url, str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
    raise AssertionError("the receiver ended")


def _nothing_answered_is_lost(senders: Senders, redis_url: str) -> None:
    answered = {number for number, status in senders.answers.items() if status == 200}
    with redis.Redis.from_url(redis_url) as client:
        stored = {fields[b"dedupe_key"].decode().split(":")[1] for _, fields in client.xrange(STREAM)}
    assert answered
    assert answered - stored == set()
