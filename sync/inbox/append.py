"""The append side: events that arrive together share one flush, and each learns only then that it is kept."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sync.core.errors import Retryable
from sync.core.messages import Draft
from sync.inbox.condition import Condition, look, refuse
from sync.inbox.entry import STREAM, fields_of
from sync.inbox.limits import Limits

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    fields: dict[Any, Any]
    size: int
    stored: asyncio.Future[str]


@dataclass(slots=True)
class Tally:
    """Counted since the start."""

    flushes: int = 0
    stored: int = 0
    failed: int = 0


class Appender:
    """Puts drafts on the stream; `append` returns only what the server has acknowledged."""

    def __init__(self, client: Redis, limits: Limits, stream: str = STREAM) -> None:
        self.condition = Condition()
        self.tally = Tally()
        self._client = client
        self._limits = limits
        self._stream = stream
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._closed = asyncio.Event()
        self._waiting = 0
        self._bytes = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, limits: Limits) -> AsyncIterator[Self]:
        """Serve appends until the block ends; what is still waiting then is flushed first."""
        async with _client(url, limits.timeout) as client:
            appender = cls(client, limits)
            await appender.look()
            loops = [asyncio.create_task(loop()) for loop in (appender._flush_until_closed, appender._watch)]
            try:
                yield appender
            finally:
                # Asked, not cancelled: redis-py may turn a cancellation into an error of the connection.
                appender._closed.set()
                appender._arrived.set()
                await asyncio.gather(*loops)

    @property
    def waiting(self) -> int:
        """The number of events that wait for their acknowledgement in this process."""
        return self._waiting

    async def append(self, draft: Draft) -> str:
        """Return the entry's id once the server has acknowledged it.

        Raises Retryable inbox.full or inbox.unavailable with `retry_after`. After inbox.unavailable the event
        may be on the stream nevertheless; the sender's repeat is then recognized by its dedupe key.
        """
        refusal = refuse(self.condition, self._limits.stream)
        if refusal is not None:
            raise refusal
        fields = fields_of(draft)
        size = sum(len(value) for value in fields.values())
        if self._waiting >= self._limits.waiting or self._bytes + size > self._limits.waiting_bytes:
            raise Retryable("inbox.full", "too many events wait to be stored", retry_after=1)
        return await self._stored(fields, size)

    async def look(self) -> None:
        """Renew `condition`."""
        before, self.condition = self.condition, await look(self._client, self._stream)
        if dict(before.faults) != dict(self.condition.faults):
            log = _log.warning if self.condition.faults else _log.info
            log("inbox.condition", faults=dict(self.condition.faults), length=self.condition.length)

    async def _stored(self, fields: dict[str, str], size: int) -> str:
        entry = _Waiting(fields, size, asyncio.get_running_loop().create_future())
        self._waiting += 1
        self._bytes += size
        self._queue.append(entry)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._limits.patience):
                return await entry.stored
        except TimeoutError:
            raise _unavailable("the inbox did not answer in time") from None
        finally:
            self._waiting -= 1
            self._bytes -= size

    async def _watch(self) -> None:
        while not self._closed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), self._limits.look_every)
                return
            await self.look()

    async def _flush_until_closed(self) -> None:
        while self._queue or not self._closed.is_set():
            await self._arrived.wait()
            batch = self._next_batch()
            if batch:
                await self._flush(batch)
            elif not self._closed.is_set():
                self._arrived.clear()

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < self._limits.batch and size < self._limits.batch_bytes:
            entry = self._queue.popleft()
            if not entry.stored.done():  # its sender has given up or was told to come again
                batch.append(entry)
                size += entry.size
        return batch

    async def _flush(self, batch: Sequence[_Waiting]) -> None:
        self.tally.flushes += 1
        try:
            # A transaction: the batch is stored as a whole or not at all, and synced to disk once.
            async with self._client.pipeline(transaction=True) as pipe:
                for entry in batch:
                    pipe.xadd(self._stream, entry.fields)
                ids = await pipe.execute()
        except (RedisError, OSError) as error:
            self.tally.failed += len(batch)
            _log.warning("inbox.flush_failed", entries=len(batch), error=type(error).__name__)
            self._settle(batch, _unavailable("the inbox did not acknowledge the event"))
        except Exception as error:  # noqa: BLE001 - logged and handed to every sender of the batch
            # The loop must outlive a fault of one batch; its senders are told, nobody is left waiting.
            _log.exception("inbox.flush_broken", entries=len(batch))
            self._settle(batch, error)
        else:
            self.tally.stored += len(batch)
            for entry, identity in zip(batch, ids, strict=True):
                if not entry.stored.done():
                    entry.stored.set_result(identity.decode())

    def _settle(self, batch: Sequence[_Waiting], error: Exception) -> None:
        for entry in batch:
            if not entry.stored.done():
                entry.stored.set_exception(error)


def _unavailable(detail: str) -> Retryable:
    return Retryable("inbox.unavailable", detail, retry_after=2)


def _client(url: str, timeout: float) -> Redis:
    # redis-py 8 repeats every command up to ten times by default. An XADD whose answer was lost may have
    # happened: repeating it would store the event twice (harmless: the ledger knows the dedupe key) and would
    # keep the sender waiting past its own timeout. The sender is told to come again instead.
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )
