"""SKUs whose counts are wanted after orders, and the pace that the fleet shares.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    at = sa.DateTime(timezone=True)
    op.create_table(
        "wanted_count",
        sa.Column("organisation", sa.Text(), primary_key=True),
        sa.Column("due_at", at, primary_key=True),
        sa.Column("sku", sa.Text(), primary_key=True),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("free_at", at, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("pace", "wanted_count"):
        op.drop_table(name)
