"""SKUs that the storefront refuses are remembered, and so is who began to write an allocation.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KNOWN = ("allocation", "started_at", "finished_at")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "refused",
        sa.Column("inventory_list", sa.Text(), primary_key=True),
        sa.Column("sku", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("remote_status", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
    )
    for name in _KNOWN:
        op.alter_column("published", name, nullable=True)
    op.add_column("published", sa.Column("token", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("published", "token")
    op.execute("DELETE FROM published WHERE allocation IS NULL")
    for name in _KNOWN:
        op.alter_column("published", name, nullable=False)
    op.drop_table("refused")
