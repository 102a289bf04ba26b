"""Counts and allocations of any size that the warehouse can write.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.alter_column("stock_count", "available", type_=sa.BigInteger(), existing_type=sa.Integer())
    op.alter_column("published", "allocation", type_=sa.BigInteger(), existing_type=sa.Integer())


def downgrade() -> None:
    """Undo."""
    op.alter_column("published", "allocation", type_=sa.Integer(), existing_type=sa.BigInteger())
    op.alter_column("stock_count", "available", type_=sa.Integer(), existing_type=sa.BigInteger())
