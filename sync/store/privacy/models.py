"""The tables of erasures."""

from datetime import datetime

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models import Base


class ErasedRow(Base):
    """A key of an erased order: its number or a reference. What comes for it is not kept."""

    __tablename__ = "erased"

    site: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ErasureRow(Base):
    """Who had a person erased; the person is a digest under the house's key."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person: Mapped[str]
    actor: Mapped[str]
    orders: Mapped[int]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
