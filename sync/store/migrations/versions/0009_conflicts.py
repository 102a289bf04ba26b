"""A conflict keeps both sides, its evidence and its resolution; a timeline keeps evidence and people's acts.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = ("identity", "storefront", "warehouse", "owner", "sender")
_OPTIONAL = ("resolution", "resolved_by", "reason", "follows")
_FROM_DETAIL = """
UPDATE conflict SET
    identity = encode(sha256(convert_to(detail, 'UTF8')), 'hex'),
    storefront = coalesce(substring(detail from '^storefront: (.*); warehouse: '), ''),
    warehouse = coalesce(
        substring(detail from '; warehouse: (.*); the [a-z]+ owns it(?:; [0-9a-f]{64})?$'), detail),
    owner = CASE WHEN field LIKE 'order.%' OR field IN ('shipment.address', 'shipment.method')
                 THEN 'storefront' ELSE 'warehouse' END,
    sender = CASE WHEN field = 'order.cancellation' OR detail NOT LIKE 'storefront: %' THEN 'warehouse'
                  ELSE 'storefront' END,
    state = CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'resolved' END,
    alarm = field = 'shipment.stage' AND detail LIKE '%shipped%' AND detail LIKE '%canceled%',
    seen_at = created_at
"""


def upgrade() -> None:
    """Apply."""
    for name in _TEXT:
        op.add_column("conflict", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("conflict", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    op.add_column("conflict", sa.Column("message_id", sa.BigInteger(), nullable=True))
    op.add_column("conflict", sa.Column("alarm", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("conflict", sa.Column("state", sa.Text(), server_default="open", nullable=False))
    op.add_column("conflict", sa.Column("times", sa.Integer(), server_default="1", nullable=False))
    seen = sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    op.add_column("conflict", seen)
    for name in _OPTIONAL:
        op.add_column("conflict", sa.Column(name, sa.Text(), nullable=True))
    op.execute(_FROM_DETAIL)
    for name in _TEXT:
        op.alter_column("conflict", name, server_default=None)
    op.drop_constraint("conflict_site_order_no_field_detail_key", "conflict")
    op.drop_column("conflict", "detail")
    op.create_unique_constraint(None, "conflict", ["site", "order_no", "field", "identity"])
    is_open = sa.text("state = 'open'")
    op.create_index("conflict_open", "conflict", ["alarm", "id"], postgresql_where=is_open)
    _acts_and_evidence()


def _acts_and_evidence() -> None:
    op.create_table(
        "act",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
    )
    op.create_index("act_key", "act", ["site", "key"])
    evidence = sa.Column("evidence", sa.dialects.postgresql.JSONB(), server_default="{}", nullable=False)
    op.add_column("progress", evidence)
    op.add_column("handover", sa.Column("placed_status", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("handover", "placed_status")
    op.drop_column("progress", "evidence")
    op.drop_table("act")
    op.drop_index("conflict_open", "conflict")
    op.drop_constraint("conflict_site_order_no_field_identity_key", "conflict")
    op.add_column("conflict", sa.Column("detail", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE conflict SET detail = 'storefront: ' || storefront || '; warehouse: ' || warehouse"
        " || '; the ' || owner || ' owns it; ' || identity"
    )
    op.alter_column("conflict", "detail", server_default=None)
    added = (*_TEXT, *_OPTIONAL, "reference", "message_id", "alarm", "state", "times", "seen_at")
    for name in added:
        op.drop_column("conflict", name)
    op.create_unique_constraint(None, "conflict", ["site", "order_no", "field", "detail"])
