"""The table of what baskets hold."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base


class ReservationRow(Base):
    """What a basket holds of a SKU; over, and soon deleted, from `until` on."""

    __tablename__ = "reservation"
    __table_args__ = (Index("reservation_sku", "sku"), Index("reservation_until", "until"))

    site: Mapped[str] = mapped_column(primary_key=True)
    basket: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    inventory_list: Mapped[str]
    quantity: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime]
