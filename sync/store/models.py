"""The tables, and why each column is there."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Numeric, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Common types: every time is with a zone, every text unlimited, every mapping JSONB."""

    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        Decimal: Numeric(),
    }


_HEARD = text("coalesce(heard_at, accepted_at)")
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


class HandoverRow(Base):
    """A storefront order (or one shipment of it) under its warehouse reference."""

    __tablename__ = "handover"
    __table_args__ = (
        UniqueConstraint("channel", "reference"),
        UniqueConstraint("channel", "stamp"),
        Index("handover_silent", "site", _HEARD, postgresql_where=text("closed_at IS NULL")),
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


class ProgressRow(Base):
    """What is known of an order's fulfillment, joined over all facts."""

    __tablename__ = "progress"

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


class ActRow(Base):
    """What a person did with a message: the ledger itself keeps only its present state."""

    __tablename__ = "act"
    __table_args__ = (Index("act_key", "site", "key"),)

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


class StockCountRow(Base):
    """The newest count of a SKU in a warehouse."""

    __tablename__ = "stock_count"

    organisation: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    warehouse: Mapped[str] = mapped_column(primary_key=True)
    available: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(BigInteger)
    as_of: Mapped[datetime]
    last_exported: Mapped[datetime | None]
    # When a document last told of it, and since when a whole answer of the warehouse has not.
    seen_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    # How many full pulls in a row have not; our own word for what was never told of is not counted.
    missed: Mapped[int] = mapped_column(server_default="0")


class PublishedRow(Base):
    """The allocation last written to a storefront list; none while a write is under way or failed.

    `token` names the writer that began last: only its result may be remembered.
    """

    __tablename__ = "published"
    __table_args__ = (
        Index("published_audited", "inventory_list", text("audited_at ASC NULLS FIRST"), "sku"),
    )

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    allocation: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(server_default="")
    manner: Mapped[dict[str, Any] | None]
    begun_at: Mapped[datetime | None]
    # What a file under way holds of this SKU, and that file's name.
    wanted: Mapped[int | None] = mapped_column(BigInteger)
    feed: Mapped[str] = mapped_column(server_default="")
    # When it was last read back.
    audited_at: Mapped[datetime | None]


class FeedRow(Base):
    """A file of allocations on its way to a list, and how far it has come."""

    __tablename__ = "feed"

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    at: Mapped[datetime]
    handle: Mapped[str]
    execution: Mapped[str]


class RefusedRow(Base):
    """A SKU that the storefront refused at its last write, `times` in a row."""

    __tablename__ = "refused"

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    detail: Mapped[str]
    remote_status: Mapped[int | None]
    times: Mapped[int]
    since: Mapped[datetime]
    next_at: Mapped[datetime]


class CursorRow(Base):
    """How far a poll has come."""

    __tablename__ = "cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[datetime]


class WantedCountRow(Base):
    """A SKU whose counts shall be asked for, not before `due_at`: an order has changed them."""

    __tablename__ = "wanted_count"

    organisation: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)


class PaceRow(Base):
    """When the next request of a kind may be sent, by whichever process."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime]
