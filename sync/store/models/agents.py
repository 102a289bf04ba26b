"""What agents have been shown in the CRM."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from sync.store.models.base import Base


class AgentRecordRow(Base):
    """A record that the CRM has of an order, as it was sent last; nothing of its content but a digest."""

    __tablename__ = "agent_record"

    site: Mapped[str] = mapped_column(primary_key=True)
    order_no: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(server_default="")
    digest: Mapped[str]
    written_at: Mapped[datetime]
