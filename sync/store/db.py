"""The connection to PostgreSQL, and migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

# Milliseconds after which the server ends what hangs, so that no lock is held by the dead.
_TIMEOUTS = {
    "statement_timeout": 60_000,
    "lock_timeout": 20_000,
    "idle_in_transaction_session_timeout": 60_000,
}


def make_engine(database_url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine whose statements end by themselves when a lock or a query hangs."""
    return create_engine(
        _with_driver(database_url),
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "orderbridge",
            "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in _TIMEOUTS.items()),
        },
    )


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the factory of short transactions: `with sessions.begin() as session:`."""
    return sessionmaker(engine, expire_on_commit=False)


def migrate(database_url: str) -> None:
    """Bring the database to the newest schema; safe to call by several processes at once."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["database_url"] = _with_driver(database_url)
    command.upgrade(config, "head")


def _with_driver(database_url: str) -> URL:
    """A plain postgresql:// would mean another driver than the one that is installed."""
    return make_url(database_url).set(drivername="postgresql+psycopg2")
