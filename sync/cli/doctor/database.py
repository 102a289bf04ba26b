"""PostgreSQL: reachable, new enough, migrated, on time, and discreet."""

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from sync.cli.doctor.finding import Finding, bad, clock, well
from sync.cli.doctor.logging import check_logging
from sync.store.db import make_engine
from sync.store.schema import newest_schema, schema_of
from sync.wiring import now

SUBJECT = "PostgreSQL"
# FOR UPDATE SKIP LOCKED and everything else in use is older; this is the oldest still maintained.
OLDEST = 140_000


def check_database(database_url: str) -> Iterator[Finding]:
    """Yield what is found; one finding when it cannot be reached."""
    engine = make_engine(database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            yield from _version(connection)
            yield _clock(connection)
            yield _schema(connection)
            yield check_logging(connection, SUBJECT)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield bad(SUBJECT, f"not usable: {reason}", "Start it, or correct ORDERBRIDGE_DATABASE_URL.")
    finally:
        engine.dispose()


def _version(connection: Connection) -> Iterator[Finding]:
    number = int(connection.scalar(text("SHOW server_version_num")) or 0)
    version = connection.scalar(text("SHOW server_version"))
    if number < OLDEST:
        yield bad(SUBJECT, f"version {version} is too old", "Run PostgreSQL 14 or newer.")
    else:
        yield well(SUBJECT, f"reachable, version {version}")


def _clock(connection: Connection) -> Finding:
    before = now()
    theirs = connection.scalar(text("SELECT clock_timestamp()"))
    return clock(SUBJECT, theirs, before, now())


def _schema(connection: Connection) -> Finding:
    found, wanted = schema_of(connection), newest_schema()
    if found == wanted:
        return well(SUBJECT, f"schema {found} is the newest")
    return bad(SUBJECT, f"schema is {found or 'missing'}, this version needs {wanted}", "orderbridge migrate")
