"""Which of our entities goes by which id in which system, with history.

Orders of before have none: `orderbridge links rebuild` fills them in, while the bridge works.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SUBJECT = ["entity", "scope", "key"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "link",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*_SUBJECT, "system", "kind", "value")),
        *(sa.Column(f"belongs_{name}", sa.Text()) for name in _SUBJECT),
        sa.Column("sole", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("replaced_by", sa.BigInteger()),
    )
    op.create_index(
        "link_subject",
        "link",
        [*_SUBJECT, "system", "kind"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "link_id",
        "link",
        ["system", "kind", "entity", "scope", "value"],
        unique=True,
        postgresql_where=sa.text("until IS NULL AND sole"),
    )
    op.create_index("link_value", "link", ["value"])
    op.create_index("link_history", "link", _SUBJECT)
    op.create_index("link_belongs", "link", [f"belongs_{name}" for name in _SUBJECT])


def downgrade() -> None:
    """Undo."""
    op.drop_table("link")
