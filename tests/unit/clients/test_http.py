import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.clients.http import Call, Connection, Limits, with_path
from sync.core.correlation import correlated
from sync.core.errors import OutcomeUnknown, Retryable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
LIMITS = Limits(connect=2, read=0.2, whole=5, answer=1000, download=100_000)


class Peer:
    """A server that reads one request per connection and then does as told."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.answer: Callable[[socket.socket], object] = lambda connection: connection.close()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with closing(connection):
                self.requests.append(connection.recv(65_536))
                if not self.requests[-1]:
                    return
                self.answer(connection)

    def close(self) -> None:
        # Waking the thread with an empty connection is portable; closing a listener under accept is not.
        socket.create_connection(self.listener.getsockname()).close()
        self.thread.join(10)
        self.listener.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


@pytest.fixture
def connection() -> Iterator[Connection]:
    made = Connection("warehouse", LIMITS, 2)
    yield made
    made.close()


@pytest.fixture
def closed_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_call_that_was_never_sent_may_be_repeated(connection: Connection, closed_url: str) -> None:
    with pytest.raises(Retryable) as caught:
        connection.send(Call("POST", closed_url, data=b"x", changing=True))
    assert type(caught.value) is Retryable
    assert caught.value.code == "remote.unavailable"


def test_a_changing_call_whose_answer_is_lost_has_an_unknown_outcome(
    connection: Connection, peer: Peer
) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        connection.send(Call("PUT", peer.url, json={}, changing=True))
    assert caught.value.code == "outcome.unknown"


def test_a_reading_call_whose_answer_is_lost_may_be_repeated(connection: Connection, peer: Peer) -> None:
    with pytest.raises(Retryable) as caught:
        connection.send(Call("GET", peer.url))
    assert caught.value.code == "remote.unavailable"


def test_a_silent_remote_is_given_up(connection: Connection, peer: Peer) -> None:
    done = threading.Event()
    peer.answer = lambda _: bool(done.wait(10))
    with pytest.raises(OutcomeUnknown):
        connection.send(Call("POST", peer.url, changing=True))
    done.set()


def test_an_answer_cut_in_the_middle_is_lost(connection: Connection, peer: Peer) -> None:
    peer.answer = lambda socket: socket.sendall(HEAD % 100 + b"half")
    with pytest.raises(OutcomeUnknown):
        connection.send(Call("POST", peer.url, changing=True))


def test_an_answer_beyond_the_limit_is_not_kept(connection: Connection, peer: Peer) -> None:
    peer.answer = lambda socket: socket.sendall(HEAD % 1001 + b"x" * 1001)
    with pytest.raises(Retryable, match="larger than 1000 bytes") as caught:
        connection.send(Call("GET", peer.url))
    assert caught.value.code == "remote.malformed"


def test_a_redirect_is_not_followed(connection: Connection, peer: Peer) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
    peer.answer = lambda socket: socket.sendall(moved)
    assert connection.send(Call("GET", peer.url)).status == 302
    assert len(peer.requests) == 1


def test_the_correlation_id_travels_with_the_call(connection: Connection, peer: Peer) -> None:
    peer.answer = lambda socket: socket.sendall(HEAD % 0)
    with correlated("corr-1"):
        connection.send(Call("GET", peer.url))
    assert b"correlation-id: corr-1" in peer.requests[0]


def test_no_cookie_is_kept(connection: Connection, peer: Peer) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    peer.answer = lambda socket: socket.sendall(cookie)
    connection.send(Call("GET", peer.url))
    connection.send(Call("GET", peer.url))
    assert b"Cookie" not in peer.requests[1]


def test_a_large_answer_is_downloaded_whole(connection: Connection, peer: Peer) -> None:
    peer.answer = lambda socket: socket.sendall(HEAD % 50_000 + b"x" * 50_000)
    with connection.download(Call("GET", peer.url)) as body:
        assert body.read() == b"x" * 50_000


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://host.example", "https://host.example/path"),
        ("https://host.example/", "https://host.example/path"),
        ("https://host.example/own/", "https://host.example/own"),
    ],
)
def test_a_bare_host_is_completed_with_the_usual_path(url: str, whole: str) -> None:
    assert with_path(url, "/path") == whole


def test_a_remote_that_drips_is_given_up_like_a_silent_one(peer: Peer) -> None:
    def drip(socket: socket.socket) -> None:
        socket.sendall(HEAD % 10)
        for _ in range(10):
            socket.sendall(b"x")

    peer.answer = drip
    patient = Connection("warehouse", Limits(read=2, whole=-1), 2)
    with pytest.raises(OutcomeUnknown):
        patient.send(Call("POST", peer.url, changing=True))
    patient.close()


def test_credentials_and_proxies_of_the_surroundings_are_not_used(
    connection: Connection, peer: Peer, closed_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", closed_url)
    peer.answer = lambda socket: socket.sendall(HEAD % 0)
    connection.send(Call("GET", peer.url, headers={"Authorization": "Bearer ours"}))
    assert b"Authorization: Bearer ours" in peer.requests[0]
