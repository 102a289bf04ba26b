"""Files of allocations are remembered while they are under way.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "feed",
        sa.Column("inventory_list", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("execution", sa.Text(), nullable=False),
    )
    op.add_column("published", sa.Column("wanted", sa.BigInteger(), nullable=True))
    op.add_column("published", sa.Column("feed", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("published", "feed")
    op.drop_column("published", "wanted")
    op.drop_table("feed")
