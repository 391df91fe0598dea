"""Customers who are followed up first, with the reason, and their place in the queue among equals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "risk_labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_up_by", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["followed_up_by"], ["agents.id"], name=op.f("fk_risk_labels_followed_up_by")),
        sa.ForeignKeyConstraint(["removed_by"], ["agents.id"], name=op.f("fk_risk_labels_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_labels")),
        sa.UniqueConstraint("owner", "kind", "subject", name=op.f("uq_risk_labels_owner_kind_subject")),
    )
    with op.batch_alter_table("risk_labels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_labels_owner"), ["owner"], unique=False)
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ahead", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("handovers", "ahead")
    with op.batch_alter_table("risk_labels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_risk_labels_owner"))
    op.drop_table("risk_labels")
