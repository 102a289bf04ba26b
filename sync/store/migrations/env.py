"""Alembic's entry: one connection, one lock, so that two starting processes do not migrate twice."""

from alembic import context
from sqlalchemy import create_engine, text

from sync.store.models import Base

_LOCK = 7_305_211


def _run() -> None:
    engine = create_engine(context.config.attributes["database_url"])
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()
    engine.dispose()


_run()
