"""Which schema a database has, and which one this version needs."""

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).with_name("migrations")


def newest_schema() -> str | None:
    """Return the revision that `migrate` brings a database to."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def schema_of(connection: Connection) -> str | None:
    """Return the revision a database has, None before its first migration."""
    return MigrationContext.configure(connection).get_current_revision()
