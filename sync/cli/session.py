"""One command's hold on the bridge, and what an expected failure looks like to a person."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, ProgrammingError

from config.logs import configure_logs
from config.settings import Settings, SettingsError, load_settings
from sync.cli.output import say
from sync.core.codes import CODES
from sync.core.errors import OrderbridgeError
from sync.store.figures import PostgresFigures
from sync.wiring import Bridge, silent

PROBLEM = 1
SETTINGS = 2


@contextmanager
def bridge() -> Iterator[Bridge]:
    """Give the bridge to one command; it rings nobody, because the relay finds what is due by itself."""
    settings = load_settings()
    configure_logs("console")
    # A person reads results here, not what libraries do on the way to them.
    logging.getLogger().setLevel(logging.WARNING)
    opened = Bridge(settings=settings, bell=silent)
    try:
        yield opened
    finally:
        opened.close()


def figures(opened: Bridge) -> PostgresFigures:
    """Return the reading side of the ledger."""
    return PostgresFigures(opened.sessions)


def pickup(settings: Settings) -> str:
    """Return when running workers will find new work."""
    return f"running workers pick it up within {settings.schedule.relay:g} s"


@contextmanager
def explained() -> Iterator[None]:
    """Turn an expected failure into its sentence on standard error and the exit code; no traceback."""
    try:
        yield
    except SettingsError as error:
        say(str(error))
        raise SystemExit(SETTINGS) from None
    except (OrderbridgeError, OperationalError, ProgrammingError, RedisError) as error:
        text = sentence(error)
        if text is None:
            raise
        say(text)
        raise SystemExit(PROBLEM) from None


def sentence(error: Exception) -> str | None:
    """Return what happened and its cure in at most two lines, None for a failure nobody expects."""
    if isinstance(error, OrderbridgeError):
        cure = CODES[error.code].cure if error.code in CODES else ""
        return f"{error.code}: {error.detail}" + (f"\ncure: {cure}" if cure else "")
    if isinstance(error, OperationalError):
        return (
            f"the database is away: {_first_line(error)}\ncure: start it, or correct ORDERBRIDGE_DATABASE_URL"
        )
    if isinstance(error, RedisError):
        return f"Redis is away: {_first_line(error)}\ncure: start it, or correct ORDERBRIDGE_REDIS_URL"
    if isinstance(error, ProgrammingError) and type(error.orig).__name__ == "UndefinedTable":
        return "the database has no tables of Orderbridge yet\ncure: orderbridge migrate"
    return None


def _first_line(error: Exception) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip().splitlines() or [type(origin).__name__])[0]


def fail(text: str) -> typer.Exit:
    """Say what is wrong and return the exit to raise."""
    say(text)
    return typer.Exit(PROBLEM)
