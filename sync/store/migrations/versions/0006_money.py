"""What was paid beside the lines of a hand-over, and how a line's price is made up.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_HANDOVER = ("shipping_gross", "shipping_tax", "shipping_listed", "rest_gross", "rest_tax", "rest_listed")
_LINE = ("tax", "listed")


def upgrade() -> None:
    """Apply."""
    op.add_column("handover", sa.Column("taxation", sa.Text(), server_default="", nullable=False))
    for name in _HANDOVER:
        op.add_column("handover", sa.Column(name, sa.Numeric(), nullable=True))
    for name in _LINE:
        op.add_column("handover_line", sa.Column(name, sa.Numeric(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in _LINE:
        op.drop_column("handover_line", name)
    for name in (*_HANDOVER, "taxation"):
        op.drop_column("handover", name)
