"""Amendments: the currency handed over, the destination told, and when a reference was freed and sent anew.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("handover", sa.Column("currency", sa.Text(), server_default="", nullable=False))
    op.add_column("handover", sa.Column("destination", sa.Text(), nullable=True))
    op.add_column("handover", sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("handover", sa.Column("amended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in ("amended_at", "freed_at", "destination", "currency"):
        op.drop_column("handover", name)
