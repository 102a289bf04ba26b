"""Counts know when a document last told of them, and since when whole answers do not.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A count with the sequence 0 was our own word for what the warehouse tells nothing of."""
    op.add_column("stock_count", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stock_count", sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE stock_count SET seen_at = as_of, missing_since = CASE WHEN sequence = 0 THEN as_of END"
    )
    op.alter_column("stock_count", "seen_at", nullable=False)


def downgrade() -> None:
    """Undo."""
    op.drop_column("stock_count", "missing_since")
    op.drop_column("stock_count", "seen_at")
