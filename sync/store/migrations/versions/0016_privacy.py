"""What is kept of people: since when it is blank, whose it is as a digest, and who was erased.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEPT = (
    "blanked_at IS NULL AND state IN ('done', 'dead')"
    " AND topic NOT IN ('stock.changed', 'stock.requested', 'basket.changed')"
)


def upgrade() -> None:
    """Apply."""
    moment = sa.DateTime(timezone=True)
    op.add_column("message", sa.Column("blanked_at", moment))
    op.add_column("conflict", sa.Column("blanked_at", moment))
    op.add_column("handover", sa.Column("person", sa.Text(), nullable=False, server_default=""))
    op.create_index("message_kept", "message", ["site", "settled_at"], postgresql_where=sa.text(_KEPT))
    op.create_index(
        "conflict_kept", "conflict", ["site", "seen_at"], postgresql_where=sa.text("blanked_at IS NULL")
    )
    op.create_index("act_kept", "act", ["site", "at"], postgresql_where=sa.text("reason <> ''"))
    op.create_index("handover_reference", "handover", ["site", "reference"])
    ended = "coalesce(closed_at, CASE WHEN accepted_at IS NULL THEN stamp END)"
    op.create_index(
        "handover_kept",
        "handover",
        ["site", sa.text(ended)],
        postgresql_where=sa.text("destination IS NOT NULL"),
    )
    op.create_index("handover_person", "handover", ["person"], postgresql_where=sa.text("person <> ''"))
    op.create_table(
        "erased",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("site", "key"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False, server_default=sa.text("clock_timestamp()")),
    )
