"""The stream as it is searched for a person: every entry once, taken from nobody."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from sync.core.errors import Rejected, Retryable
from sync.core.ports.privacy import Waiting
from sync.inbox.entry import STREAM, Entry
from sync.inbox.read import Inbox

_BATCH = 100


class Searched:
    """Implements `core.ports.privacy.Stream`."""

    def __init__(self, client: Redis, *, stream: str = STREAM) -> None:
        """Read `stream` beside its consumers."""
        self._client = client
        self._stream = stream
        self._inbox = Inbox(client, stream=stream)

    @classmethod
    def connected(cls, url: str) -> Self:
        """Return one with its own connection; nothing is sent before the first call."""
        return cls(Redis.from_url(url, socket_timeout=10.0, socket_connect_timeout=3.0))

    def waiting(self) -> Iterator[Waiting]:
        """Yield every event, oldest first; raises Retryable inbox.unavailable."""
        after = "-"
        try:
            while found := self._next(after):
                for identity, fields in found:
                    yield _waiting(Entry(identity.decode(), fields))
                    after = f"({identity.decode()}"
        except (RedisError, OSError) as error:
            told = f"the inbox did not answer ({type(error).__name__})"
            raise Retryable("inbox.unavailable", told, retry_after=2) from error

    def _next(self, after: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        found: Any = self._client.xrange(self._stream, after, "+", _BATCH)
        return list(found)

    def ack(self, ids: Sequence[str]) -> int:
        """Forget these entries; return how many were still there."""
        return self._inbox.ack(ids)


def _waiting(entry: Entry) -> Waiting:
    texts = [value.decode(errors="backslashreplace") for value in entry.fields.values()]
    try:
        draft = entry.draft()
    except Rejected:
        draft = entry.parked()
    return Waiting(entry=entry.id, text="\n".join(texts), draft=draft)
