"""Which of our entities goes, or went, by which id in which system."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base

_HOLDS = text("until IS NULL")
_HOLDS_ALONE = text("until IS NULL AND sole")


class LinkRow(Base):
    """One id of a subject for as long as it had it; rows that have ended are the history."""

    __tablename__ = "link"
    __table_args__ = (
        # One id of a kind from a system per subject, and one subject per id.
        Index(
            "link_subject", "entity", "scope", "key", "system", "kind", unique=True, postgresql_where=_HOLDS
        ),
        Index(
            "link_id",
            "system",
            "kind",
            "entity",
            "scope",
            "value",
            unique=True,
            postgresql_where=_HOLDS_ALONE,
        ),
        Index("link_value", "value"),
        Index("link_history", "entity", "scope", "key"),
        Index("link_belongs", "belongs_entity", "belongs_scope", "belongs_key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entity: Mapped[str]
    scope: Mapped[str]
    key: Mapped[str]
    system: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    belongs_entity: Mapped[str | None]
    belongs_scope: Mapped[str | None]
    belongs_key: Mapped[str | None]
    # False of an id that several may have, and of one that another subject had first.
    sole: Mapped[bool]
    since: Mapped[datetime]
    proven_at: Mapped[datetime]
    until: Mapped[datetime | None]
    # The message that proved it first: it may be pruned, so no foreign key.
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    replaced_by: Mapped[int | None] = mapped_column(BigInteger)
