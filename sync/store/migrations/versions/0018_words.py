"""Which orders' progress has free words or names of people, and since when it says them.

Revision: 0018, after 0017.
"""

from alembic import op
from sqlalchemy import text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_WORDED = (
    """(known @? '$.returns.* ? (@.reason != "" && @.reason != "…")'"""
    """ OR known @? '$.returns.* ? (@.condition != "" && @.condition != "…")'"""
    """ OR evidence @? '$.* ? (@.actor != "" && @.actor != "…")')"""
)


def upgrade() -> None:
    """Apply."""
    op.create_index("progress_worded", "progress", ["site", "updated_at"], postgresql_where=text(_WORDED))
