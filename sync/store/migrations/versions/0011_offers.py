"""Counts know how many full pulls have missed them, publications in what manner and when they began.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("stock_count", sa.Column("missed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("published", sa.Column("manner", JSONB(), nullable=True))
    op.add_column("published", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("published", "begun_at")
    op.drop_column("published", "manner")
    op.drop_column("stock_count", "missed")
