"""Messages keep what the last attempt sent in vain, and whether their own body is to be used.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("message", sa.Column("document", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("replay", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo."""
    for name in ("replay", "document"):
        op.drop_column("message", name)
