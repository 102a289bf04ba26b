"""What was handed over, how far it is, and what the systems disagree about."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base

_HEARD = text("coalesce(heard_at, accepted_at)")
# When an order needed its address last; what was only reserved, at its last try.
_ENDED = text("coalesce(closed_at, CASE WHEN accepted_at IS NULL THEN stamp END)")


class HandoverRow(Base):
    """A storefront order (or one shipment of it) under its warehouse reference."""

    __tablename__ = "handover"
    __table_args__ = (
        UniqueConstraint("channel", "reference"),
        UniqueConstraint("channel", "stamp"),
        Index("handover_silent", "site", _HEARD, postgresql_where=text("closed_at IS NULL")),
        Index("handover_reference", "site", "reference"),
        Index("handover_kept", "site", _ENDED, postgresql_where=text("destination IS NOT NULL")),
        Index("handover_person", "person", postgresql_where=text("person <> ''")),
    )

    site: Mapped[str] = mapped_column(primary_key=True)
    order_no: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    inventory_list: Mapped[str]
    currency: Mapped[str] = mapped_column(server_default="")
    # What was paid beside the lines: for the shipping of this reference, and, at the first one, for what is
    # not shipped. Empty where the hand-over is older than the columns.
    taxation: Mapped[str] = mapped_column(server_default="")
    shipping_gross: Mapped[Decimal | None]
    shipping_tax: Mapped[Decimal | None]
    shipping_listed: Mapped[Decimal | None]
    rest_gross: Mapped[Decimal | None]
    rest_tax: Mapped[Decimal | None]
    rest_listed: Mapped[Decimal | None]
    # What the warehouse was told of address, service and instruction: a difference later is an amendment.
    destination: Mapped[str | None]
    # Who ordered, as a digest: an order is found by it when nothing else of the person is kept.
    person: Mapped[str] = mapped_column(server_default="")
    # Set between the cancellation that frees the reference and its second import.
    freed_at: Mapped[datetime | None]
    amended_at: Mapped[datetime | None]
    stamp: Mapped[datetime]
    placed_at: Mapped[datetime]
    # The storefront's status of the order at its hand-over; empty for those of before.
    placed_status: Mapped[str] = mapped_column(server_default="")
    accepted_at: Mapped[datetime | None]
    exported_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class HandoverLineRow(Base):
    """A line as it was handed over: for reporting back by line id, and as demand on stock."""

    __tablename__ = "handover_line"
    __table_args__ = (Index("handover_line_sku", "sku"),)

    site: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order_no: Mapped[str]
    item_id: Mapped[str]
    sku: Mapped[str]
    quantity: Mapped[int]
    gross: Mapped[Decimal]
    # Of the whole line: the tax in it, and its price before any discount, in the order's taxation mode.
    tax: Mapped[Decimal | None]
    listed: Mapped[Decimal | None]


# Free words are in what returns are known by, names of people in what was learned from whom.
WORDS = (
    """(known @? '$.returns.* ? (@.reason != "" && @.reason != "…")'"""
    """ OR known @? '$.returns.* ? (@.condition != "" && @.condition != "…")'"""
    """ OR evidence @? '$.* ? (@.actor != "" && @.actor != "…")')"""
)


class ProgressRow(Base):
    """What is known of an order's fulfillment, joined over all facts."""

    __tablename__ = "progress"
    __table_args__ = (Index("progress_worded", "site", "updated_at", postgresql_where=text(WORDS)),)

    site: Mapped[str] = mapped_column(primary_key=True)
    order_no: Mapped[str] = mapped_column(primary_key=True)
    # Raised by every write, so that two facts about one order cannot overwrite each other.
    version: Mapped[int]
    known: Mapped[dict[str, Any]]
    # Subject → the message that was the first to tell it; the messages themselves are pruned one day.
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    updated_at: Mapped[datetime]


class ConflictRow(Base):
    """A disagreement between the systems: both values, the evidence, and what a person made of it."""

    __tablename__ = "conflict"
    __table_args__ = (
        # Values may be longer than an index takes, so their digest makes a conflict itself.
        UniqueConstraint("site", "order_no", "field", "identity"),
        Index("conflict_open", "alarm", "id", postgresql_where=text("state = 'open'")),
        Index("conflict_kept", "site", "seen_at", postgresql_where=text("blanked_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    site: Mapped[str]
    order_no: Mapped[str]
    field: Mapped[str]
    identity: Mapped[str]
    storefront: Mapped[str]
    warehouse: Mapped[str]
    owner: Mapped[str]
    # Whose word showed it, and that word's number in the ledger: it may be pruned, so no foreign key.
    sender: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    alarm: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default="open")
    times: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    resolution: Mapped[str | None]
    resolved_by: Mapped[str | None]
    reason: Mapped[str | None]
    follows: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    blanked_at: Mapped[datetime | None]


class ActRow(Base):
    """What a person did with a message: the ledger itself keeps only its present state."""

    __tablename__ = "act"
    __table_args__ = (
        Index("act_key", "site", "key"),
        Index("act_kept", "site", "at", postgresql_where=text("reason <> ''")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    site: Mapped[str]
    key: Mapped[str]
    message_id: Mapped[int] = mapped_column(BigInteger)
    topic: Mapped[str]
    what: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    error_code: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
