"""Counts, publications, refusals and what is wanted."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base


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
