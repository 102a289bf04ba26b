"""The process's bridge and its bell."""

from functools import lru_cache

import structlog
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from config.queues import DOORBELLS
from sync.wiring import Bridge
from tasks.app import app, settings

log = structlog.get_logger()

# A bell that was rung and not yet heard need not be rung again; should its task have been lost
# with a worker, the bell can be rung anew after these seconds.
_RUNG_SECONDS = 5


@lru_cache(maxsize=1)
def bridge() -> Bridge:
    """Return this process's bridge, made on first use so that nothing is shared over a fork."""
    return Bridge(settings=settings(), bell=ring)


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings().redis_url, socket_timeout=5.0)


def ring(topic: str) -> None:
    """Wake the task that works this topic, unless its bell is ringing already.

    With Redis away nobody hears it: the work is in PostgreSQL, and the relay rings for it later.
    """
    task = DOORBELLS[topic]
    try:
        if _redis().set(f"orderbridge:bell:{task}", "1", nx=True, ex=_RUNG_SECONDS):
            app.send_task(task)
    except (RedisError, OperationalError, OSError) as error:
        log.warning("bell.unheard", task=task, error=type(error).__name__)


def heard(task: str) -> None:
    """Let this bell be rung again; called before the first claim, so that nothing slips between."""
    _redis().delete(f"orderbridge:bell:{task}")
