"""Messages, their attempts, and how far each poll has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base

_UNFINISHED = text("state IN ('due', 'working')")


class MessageRow(Base):
    """One piece of work of any flow, from its arrival to its end."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("origin", "topic", "site", "dedupe_key"),
        # The claim and its look for earlier work of the same key touch unfinished rows only, so
        # their cost does not grow with the history.
        Index("message_due", "topic", "next_attempt_at", postgresql_where=_UNFINISHED),
        Index("message_order", "origin", "site", "key", "id", postgresql_where=_UNFINISHED),
        Index("message_dead", "error_code", "site", postgresql_where=text("state = 'dead'")),
        Index("message_key", "site", "key"),
        # What still has content, and when that was of use last.
        Index(
            "message_kept",
            "site",
            "settled_at",
            postgresql_where=text(
                "blanked_at IS NULL AND state IN ('done', 'dead')"
                " AND topic NOT IN ('stock.changed', 'stock.requested', 'basket.changed')"
            ),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    site: Mapped[str]
    topic: Mapped[str]
    origin: Mapped[str]
    key: Mapped[str]
    dedupe_key: Mapped[str]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="due")
    outcome: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Attempts since the last requeue: what the backoff counts, while `attempts` fences off late results.
    tries: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_until: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[dict[str, Any] | None]
    # What the last attempt sent in vain; gone once the message is done.
    document: Mapped[str | None]
    # A person asked for the order as `body` has it, not as the storefront has it now.
    replay: Mapped[bool] = mapped_column(server_default=text("false"))
    correlation_id: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]
    # Since when it has no personal content any more.
    blanked_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One try of a message: when, how long, with what result."""

    __tablename__ = "attempt"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    result: Mapped[str]
    error_code: Mapped[str | None]
    remote_status: Mapped[int | None]
    excerpt: Mapped[str] = mapped_column(server_default="")


class CursorRow(Base):
    """How far a poll has come."""

    __tablename__ = "cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[datetime]
