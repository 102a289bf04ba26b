"""Whether the server may be trusted with an event: reachable, writable, and set up never to forget."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from sync.core.errors import Retryable

# What makes "acknowledged" mean "on disk", and what keeps the server from throwing entries away.
_POLICY: Final = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
PROBE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Condition:
    """What the last look found: `faults` by name, empty when events may be taken in."""

    length: int = 0
    faults: Mapping[str, str] = field(default_factory=lambda: {"unseen": "not looked at yet"})
    seen_at: float = field(default_factory=time.monotonic)

    def age(self) -> float:
        """Return the seconds since the look."""
        return time.monotonic() - self.seen_at


async def look(client: Redis, stream: str) -> Condition:
    """Return the present condition; raises nothing, an unreachable server is a condition too.

    The write is a real one, to a key beside the stream: a replica or a full memory shows itself only so.
    """
    faults: dict[str, str] = {}
    length = 0
    try:
        length = int(await client.xlen(stream))
        await client.set(f"{stream}:probe", "1", ex=PROBE_SECONDS)
    except ResponseError as error:
        faults["writable"] = f"refuses a write ({_kind(error)})"
    except (RedisError, OSError) as error:
        return Condition(length, {"reachable": f"does not answer ({type(error).__name__})"})
    faults |= await _policy_faults(client)
    return Condition(length, faults)


async def _policy_faults(client: Redis) -> dict[str, str]:
    try:
        found = await client.config_get(*_POLICY)
    except ResponseError as error:
        return {"policy": f"CONFIG GET is refused ({_kind(error)})"}
    except (RedisError, OSError) as error:
        return {"reachable": f"does not answer ({type(error).__name__})"}
    settings = {_text(name): _text(value) for name, value in found.items()}
    return {
        name: f"is {settings.get(name, 'absent')}, must be {wanted}"
        for name, wanted in _POLICY.items()
        if settings.get(name) != wanted
    }


def _text(value: bytes | str | None) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value or ""


def _kind(error: ResponseError) -> str:
    return type(error).__name__


def refuse(condition: Condition, limit: int) -> Retryable | None:
    """Return the reason to turn an event away, None when it may come in."""
    if condition.faults:
        return Retryable("inbox.unavailable", "the inbox cannot keep events now", retry_after=2)
    if condition.length >= limit:
        return Retryable("inbox.full", "the inbox holds as many events as it may", retry_after=10)
    return None
