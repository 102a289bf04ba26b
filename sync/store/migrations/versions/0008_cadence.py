"""SKUs whose counts are wanted after orders, the pace that the fleet shares, and what audits found.

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
    op.create_table(
        "audit",
        sa.Column("site", sa.Text(), primary_key=True),
        sa.Column("inventory_list", sa.Text(), nullable=False),
        sa.Column("finished_at", at, nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("differing", sa.BigInteger(), nullable=False),
        sa.Column("repaired", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("audit", "pace", "wanted_count"):
        op.drop_table(name)
