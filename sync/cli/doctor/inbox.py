"""Redis: reachable, on time, and set up so that it neither forgets nor evicts."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

from sync.cli.doctor.finding import Finding, bad, clock, doubtful, well
from sync.inbox import STREAM, Condition
from sync.inbox.condition import look
from sync.wiring import now

SUBJECT = "Redis"
# XAUTOCLAIM that also drops deleted entries came with 7.
OLDEST = 7
_CURES = {
    "appendonly": "In its configuration: appendonly yes",
    "appendfsync": "In its configuration: appendfsync always (an event answered with 202 must be on disk).",
    "maxmemory-policy": "In its configuration: maxmemory-policy noeviction",
    "policy": "Allow CONFIG GET for this user, or check its configuration by hand.",
    "writable": "Name the primary in ORDERBRIDGE_REDIS_URL, and give it memory and disk.",
}
_AWAY = "Start it, or correct ORDERBRIDGE_REDIS_URL."


def check_inbox(redis_url: str) -> Iterator[Finding]:
    """Yield what is found; one finding when it cannot be reached."""
    client = Redis.from_url(redis_url, socket_timeout=5.0, socket_connect_timeout=5.0)
    try:
        yield _version(client)
        yield _clock(client)
    except (RedisError, OSError) as error:
        yield bad(SUBJECT, f"not usable: {error}", _AWAY)
        return
    finally:
        client.close()
    yield from _condition(asyncio.run(_look(redis_url)))


def _version(client: Redis) -> Finding:
    info = client.info("server")
    name = info.get("server_name", "redis")
    version = str(info.get("valkey_version") or info["redis_version"])
    # Valkey names the Redis version it is compatible with; its own numbers begin at 7.2.
    if int(version.partition(".")[0]) < OLDEST:
        return bad(SUBJECT, f"{name} {version} is too old", f"Run version {OLDEST} or newer.")
    return well(SUBJECT, f"reachable, {name} {version}")


def _clock(client: Redis) -> Finding:
    before = now()
    seconds, microseconds = client.time()
    return clock(SUBJECT, datetime.fromtimestamp(seconds + microseconds / 1e6, UTC), before, now())


async def _look(redis_url: str) -> Condition:
    async with AsyncRedis.from_url(redis_url, socket_timeout=5.0, socket_connect_timeout=5.0) as client:
        return await look(client, STREAM)


def _condition(seen: Condition) -> Iterator[Finding]:
    for name, text in seen.faults.items():
        yield bad(SUBJECT, f"{name} {text}", _CURES.get(name, _AWAY))
    if not seen.faults:
        yield well(SUBJECT, "neither forgets nor evicts: appendonly, appendfsync always, noeviction")
    if seen.length:
        text = f"{seen.length} events wait to be read into the ledger"
        yield doubtful(SUBJECT, text, "Nothing while it falls; else look at the intake worker.")
