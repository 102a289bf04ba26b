"""The connection to PostgreSQL, and migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

# Milliseconds after which the server ends what hangs, so that no lock is held by the dead.
_TIMEOUTS = {
    "statement_timeout": 60_000,
    "lock_timeout": 20_000,
    "idle_in_transaction_session_timeout": 60_000,
}


def make_engine(database_url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine whose statements end by themselves when a lock or a query hangs."""
    engine = create_engine(
        _with_driver(database_url),
        # What a statement that fails was given may be about people, and errors end up in logs.
        hide_parameters=True,
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "orderbridge",
            "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in _TIMEOUTS.items()),
        },
    )
    event.listen(engine, "handle_error", _without_values)
    return engine


def _without_values(context: ExceptionContext) -> None:
    """Keep what kind of error it is; the server's words quote the row, and libraries log and show them."""
    error, told = context.original_exception, context.sqlalchemy_exception
    code = getattr(error, "pgcode", None)
    if told is None or not isinstance(told, DataError | IntegrityError):
        return
    kind = f"{type(error).__name__} {code or ''}".strip()
    error.args = (kind,)
    told.args = (f"({kind})",)


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
