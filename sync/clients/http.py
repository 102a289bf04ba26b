"""One HTTP connection pool per remote: limits on everything, and failures as the core knows them."""

import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import IO, Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from schemas.base import parse_json
from sync.clients.failures import failure, masked
from sync.core.correlation import current
from sync.core.errors import OutcomeUnknown, Rejected, Retryable

CHUNK = 64 * 1024
SPOOLED = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes: `connect`, `read` (silence), `whole` (the answer in all), sizes of answers.

    A `download` goes to disk and not to memory, so it may be large, and takes up to `patience` seconds.
    """

    connect: float = 5.0
    read: float = 30.0
    whole: float = 60.0
    answer: int = 16 * 1024 * 1024
    download: int = 4 * 1024 * 1024 * 1024
    patience: float = 900.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request, shown without its content and secrets.

    `changing` says that it may have had its effect even if no answer arrives.
    """

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    data: bytes | Mapping[str, str] | IO[bytes] | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, IO[bytes], str]] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: AuthBase | tuple[str, str] | None = field(default=None, repr=False)
    changing: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of at most the permitted size."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300  # noqa: PLR2004  that is what 2xx means

    def json(self) -> Any:
        """Return the body read as JSON; raises `Retryable` remote.malformed."""
        try:
            return parse_json(self.content.decode())
        except (UnicodeDecodeError, Rejected) as error:
            detail = f"the answer is not JSON: {masked(self.content)}"
            raise Retryable("remote.malformed", detail, remote_status=self.status) from error


class Connection:
    """Sends calls to one remote; safe to share between threads."""

    def __init__(self, remote: str, limits: Limits, pool_size: int) -> None:
        """Take the remote's name for messages and error codes; `pool_size` threads may call at once."""
        self.remote = remote
        self.limits = limits
        self._session = _session(pool_size)

    def send(self, call: Call) -> Answer:
        """Return the answer whatever its status.

        Raises `Retryable` remote.unavailable when nothing was sent or nothing could change, and
        `OutcomeUnknown` when a changing call's answer was lost.
        """
        with self._opened(call) as response:
            content = b"".join(self._chunks(response, self.limits.answer, call, self.limits.whole))
            return Answer(response.status_code, response.headers, content)

    def beginning(self, call: Call, most: int) -> Answer:
        """Return the answer with at most the first `most` bytes of its body; raises as `send`."""
        with self._opened(call) as response:
            content = b""
            for chunk in self._chunks(response, self.limits.download, call, self.limits.patience):
                content += chunk
                if len(content) >= most:
                    break
            return Answer(response.status_code, response.headers, content[:most])

    @contextmanager
    def download(self, call: Call) -> Iterator[IO[bytes]]:
        """Give the body of a large answer as a file, so that the connection is free while it is read."""
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as body:
            with self._opened(call) as response:
                for chunk in self._chunks(response, self.limits.download, call, self.limits.patience):
                    body.write(chunk)
            body.seek(0)
            if not response.ok:
                raise failure(self.remote, response.status_code, response.headers, body.read(CHUNK))
            yield body

    def close(self) -> None:
        """Let go of all connections."""
        self._session.close()

    @contextmanager
    def _opened(self, call: Call) -> Iterator[requests.Response]:
        try:
            with closing(self._request(call)) as response:
                yield response
        except requests.RequestException as error:
            raise self._lost(call, error) from error
        except HTTPError as error:
            raise self._lost(call, error) from error

    def _request(self, call: Call) -> requests.Response:
        # A call outside of any work makes an id of its own.
        for file in [call.data, *(part[1] for part in (call.files or {}).values())]:
            if file is not None and not isinstance(file, bytes | Mapping):
                file.seek(0)
        correlated = {"correlation-id": current() or str(uuid.uuid4())}
        return self._session.request(
            call.method,
            call.url,
            params=call.params,
            json=call.json,
            data=call.data,
            files=call.files,
            headers=correlated | dict(call.headers),
            auth=call.auth,
            timeout=(self.limits.connect, self.limits.read),
            allow_redirects=False,
            stream=True,
        )

    def _chunks(
        self, response: requests.Response, largest: int, call: Call, seconds: float
    ) -> Iterator[bytes]:
        """The body in pieces; a remote that drips for longer than `seconds` is given up like a silent one."""
        until = time.monotonic() + seconds - response.elapsed.total_seconds()
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > largest:
                detail = f"{self.remote}: the answer is larger than {largest} bytes"
                if call.changing:
                    raise OutcomeUnknown("outcome.unknown", detail, remote_status=response.status_code)
                raise Retryable("remote.malformed", detail, remote_status=response.status_code)
            if time.monotonic() > until:
                raise requests.ReadTimeout(f"no complete answer after {seconds} s")
            yield chunk

    def _lost(self, call: Call, error: Exception) -> Retryable:
        detail = f"{self.remote}: {type(error).__name__} on {call.method}"
        if call.changing and not _never_sent(error):
            return OutcomeUnknown("outcome.unknown", detail)
        return Retryable("remote.unavailable", detail)


def _session(pool: int) -> requests.Session:
    session = requests.Session()
    # No .netrc, no proxies from the environment: a call goes where the settings say, with their credentials.
    session.trust_env = False
    jar = RequestsCookieJar()
    jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.cookies = jar
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=pool, pool_maxsize=pool, pool_block=True))
    return session


def _never_sent(error: Exception) -> bool:
    """Whether not even a connection came about."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def with_path(url: str, path: str) -> str:
    """Return `url` without a slash at its end, and with `path` where it names only a host."""
    bare = url.rstrip("/")
    return bare if "/" in bare.partition("://")[2] else bare + path
