"""What baskets hold.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reservation",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("basket", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("inventory_list", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "basket", "sku"),
    )
    op.create_index("reservation_sku", "reservation", ["sku"])
    op.create_index("reservation_until", "reservation", ["until"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("reservation")
