"""What was read back from the storefront, and what differed; how many SKUs are out of the ordinary.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.add_column("published", sa.Column("audited_at", _TIME, nullable=True))
    oldest = sa.text("audited_at ASC NULLS FIRST")
    op.create_index("published_audited", "published", ["inventory_list", oldest, "sku"])
    op.create_table(
        "audit",
        sa.Column("inventory_list", sa.Text(), primary_key=True),
        sa.Column("site", sa.Text(), nullable=False),
        *(sa.Column(name, _TIME, nullable=False) for name in ("started_at", "finished_at")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("whole", "walked")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("audited", "moving", "drifted", "repaired")
        ),
        sa.Column("error", sa.Text(), nullable=False),
        *(
            sa.Column(f"{name}_total", sa.BigInteger(), nullable=False)
            for name in ("audited", "drifted", "repaired")
        ),
    )
    op.create_table(
        "drift",
        sa.Column("inventory_list", sa.Text(), primary_key=True),
        sa.Column("sku", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "ours", "theirs")),
        sa.Column("since", _TIME, nullable=True),
        sa.Column("found_at", _TIME, nullable=False),
        sa.Column("repaired_at", _TIME, nullable=True),
    )
    op.create_table(
        "finding_count",
        sa.Column("inventory_list", sa.Text(), primary_key=True),
        sa.Column("matter", sa.Text(), primary_key=True),
        sa.Column("skus", sa.Integer(), nullable=False),
        sa.Column("counted_at", _TIME, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("finding_count", "drift", "audit"):
        op.drop_table(table)
    op.drop_index("published_audited", "published")
    op.drop_column("published", "audited_at")
