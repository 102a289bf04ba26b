"""Counts know how many full pulls have missed them, and publications in what manner they were made.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("stock_count", sa.Column("missed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("published", sa.Column("manner", JSONB(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("published", "manner")
    op.drop_column("stock_count", "missed")
