"""What agents think should be done better."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXED = ("agent_id", "at", "decided_at", "state")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=True),
        sa.Column("complaint_no", sa.String(length=20), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_suggestions_agent_id")),
        sa.ForeignKeyConstraint(["complaint_no"], ["complaints.no"], name=op.f("fk_suggestions_complaint_no")),
        sa.ForeignKeyConstraint(["decided_by"], ["agents.id"], name=op.f("fk_suggestions_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("request_id", name=op.f("uq_suggestions_request_id")),
    )
    with op.batch_alter_table("suggestions", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.create_index(batch_op.f(f"ix_suggestions_{column}"), [column], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("suggestions", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.drop_index(batch_op.f(f"ix_suggestions_{column}"))
    op.drop_table("suggestions")
