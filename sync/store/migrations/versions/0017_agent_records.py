"""What agents have been shown in the CRM.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agent_record",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("site", "order_no", "key")),
        sa.Column("what", sa.Text(), nullable=False, server_default=""),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("agent_record")
