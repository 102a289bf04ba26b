"""The longest silent orders are found in the order of an index, by the moment that is asked for.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.drop_index("handover_silent", table_name="handover", postgresql_where=_OPEN)
    heard = sa.text("coalesce(heard_at, accepted_at)")
    op.create_index("handover_silent", "handover", ["site", heard], postgresql_where=_OPEN)


def downgrade() -> None:
    """Undo."""
    op.drop_index("handover_silent", table_name="handover", postgresql_where=_OPEN)
    op.create_index("handover_silent", "handover", ["site", "heard_at"], postgresql_where=_OPEN)
