"""The tables of audits, and of what is out of the ordinary."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base


class AuditRow(Base):
    """How the last audit of a list ended, and what all of them have found."""

    __tablename__ = "audit"

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    whole: Mapped[bool]
    walked: Mapped[bool]
    audited: Mapped[int]
    moving: Mapped[int]
    drifted: Mapped[int]
    repaired: Mapped[int]
    error: Mapped[str]
    audited_total: Mapped[int] = mapped_column(BigInteger)
    drifted_total: Mapped[int] = mapped_column(BigInteger)
    repaired_total: Mapped[int] = mapped_column(BigInteger)


class DriftRow(Base):
    """A record of a list that is not as it was written; gone once an audit has seen it as it should be."""

    __tablename__ = "drift"

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ours: Mapped[str]
    theirs: Mapped[str]
    since: Mapped[datetime | None]
    found_at: Mapped[datetime]
    repaired_at: Mapped[datetime | None]


class FindingCountRow(Base):
    """How many SKUs of a list are out of the ordinary in one way."""

    __tablename__ = "finding_count"

    inventory_list: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(primary_key=True)
    skus: Mapped[int]
    counted_at: Mapped[datetime]
