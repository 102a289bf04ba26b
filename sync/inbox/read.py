"""The read side: what this consumer left, then what others left, then what is new."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from sync.core.errors import Retryable
from sync.inbox.entry import GROUP, STREAM, Entry

_log = structlog.get_logger(__name__)
_START: Final = b"0-0"
TIMEOUT_SECONDS: Final = 10.0
LONGEST_BLOCK_MS: Final = 9_000


class Inbox:
    """Reads the stream for one consumer at a time; an entry comes again until it is acknowledged.

    `claim_idle` seconds after a consumer took an entry it counts as dead; it must exceed the time from
    `read` to `ack` of the slowest living one, or both hold the entry (harmless: the ledger inserts once).
    """

    def __init__(self, client: Redis, *, claim_idle: float = 60.0, stream: str = STREAM) -> None:
        self._client = client
        self._claim_idle = claim_idle
        self._stream = stream
        self._own: bytes | None = _START
        self._claim: bytes = _START
        self._claim_at = 0.0

    @classmethod
    def connected(cls, url: str, *, claim_idle: float = 60.0) -> Self:
        """Return an inbox with its own connection; nothing is sent before the first call."""
        client = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the caller's loop is the retry
            decode_responses=False,
        )
        return cls(client, claim_idle=claim_idle)

    def read(self, consumer: str, count: int, block_ms: int = 0) -> list[Entry]:
        """Return up to `count` entries, oldest kind first; wait up to `block_ms` only when there is none.

        Raises Retryable inbox.unavailable; the entries of a lost answer are the first of the next call.
        """
        if not 0 <= block_ms <= LONGEST_BLOCK_MS:
            raise ValueError(
                f"block_ms must be from 0 to {LONGEST_BLOCK_MS}, within the connection's timeout"
            )
        with self._answering():
            try:
                return self._next(consumer, count, block_ms)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                self._create_group()
                return self._next(consumer, count, block_ms)

    def ack(self, ids: Sequence[str]) -> int:
        """Forget these entries, in the group and in the stream; return how many were still there."""
        if not ids:
            return 0
        with self._answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.xack(self._stream, GROUP, *ids)
            pipe.xdel(self._stream, *ids)
            return int(pipe.execute()[1])

    def length(self) -> int:
        """Return the number of entries that the ledger has not confirmed yet."""
        with self._answering():
            return int(self._client.xlen(self._stream))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _next(self, consumer: str, count: int, block_ms: int) -> list[Entry]:
        left = self._own_left(consumer, count) or self._claimed(consumer, count)
        return left or self._new(consumer, count, block_ms)

    def _own_left(self, consumer: str, count: int) -> list[Entry]:
        if self._own is None:
            return []
        answer = self._group_read(consumer, count, self._own, None)
        self._own = answer[-1][0] if answer else None
        return self._entries(answer)

    def _claimed(self, consumer: str, count: int) -> list[Entry]:
        # A finished round of the pending list is not begun again at once: nothing ages faster than this.
        if self._claim == _START and time.monotonic() < self._claim_at:
            return []
        idle_ms = int(self._claim_idle * 1000)
        while True:
            # One call looks at ten times `count` at most: an empty answer with a cursor is not the end.
            answer = self._client.xautoclaim(self._stream, GROUP, consumer, idle_ms, self._claim, count)
            self._claim, found = answer[0], answer[1]
            if self._claim == _START:
                self._claim_at = time.monotonic() + self._claim_idle / 4
            if found or self._claim == _START:
                return self._entries(found)

    def _new(self, consumer: str, count: int, block_ms: int) -> list[Entry]:
        return self._entries(self._group_read(consumer, count, b">", block_ms or None))

    def _group_read(self, consumer: str, count: int, after: bytes, block: int | None) -> list[Any]:
        answer: Any = self._client.xreadgroup(
            GROUP, consumer, {self._stream: after}, count=count, block=block
        )
        return _of_one_stream(answer)

    def _entries(self, pairs: Sequence[tuple[bytes, dict[bytes, bytes] | None]]) -> list[Entry]:
        gone = [identity.decode() for identity, fields in pairs if not fields]
        if gone:  # deleted by hand while pending: only the group still knows the id
            _log.warning("inbox.entries_gone", ids=gone)
            self._client.xack(self._stream, GROUP, *gone)
        return [Entry(identity.decode(), fields) for identity, fields in pairs if fields]

    def _create_group(self) -> None:
        try:
            # From the very beginning: the receiver may have stored events before intake ever ran.
            self._client.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another consumer was faster
                raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            self._own = _START  # what a lost answer carried is pending for this consumer
            raise Retryable(
                "inbox.unavailable", f"the inbox did not answer ({type(error).__name__})", retry_after=2
            ) from error


def _of_one_stream(answer: Any) -> list[Any]:
    """Return the pairs of the only stream, from either protocol's form of the answer."""
    if not answer:
        return []
    if isinstance(answer, dict):
        (pairs,) = answer.values()
        return list(pairs[0]) if pairs and isinstance(pairs[0], list) else list(pairs)
    return list(answer[0][1])
