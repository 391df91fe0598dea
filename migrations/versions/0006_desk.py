"""The desk: complaints to their end, clocks, satisfaction, labels; and logs that the database lets nobody edit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOGS = ("complaint_events", "audit_log")


def guard(table: str) -> None:
    """Refuse to change or delete a line of a log."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def unguard(table: str) -> None:
    """Take the triggers of a log away."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")


def upgrade() -> None:
    """Apply."""
    for table in LOGS:
        guard(table)
    op.create_table(
        "clock_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("clock", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_marks")),
        sa.UniqueConstraint(
            "subject", "clock", "mark", "due_at", name=op.f("uq_clock_marks_subject_clock_mark_due_at")
        ),
    )
    with op.batch_alter_table("clock_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_marks_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_clock_marks_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_kind_at"), ["kind", "at"], unique=False)

    op.create_table(
        "schemes",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("legal_reference", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["agents.id"], name=op.f("fk_schemes_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
    )
    op.create_table(
        "service_tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("tag", sa.String(length=24), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_service_tags_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_tags")),
        sa.UniqueConstraint("owner", "tag", name=op.f("uq_service_tags_owner_tag")),
    )
    with op.batch_alter_table("service_tags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_tags_owner"), ["owner"], unique=False)

    op.create_table(
        "tags_off",
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_tags_off_agent_id")),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_tags_off")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_key", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("customer_key", sa.String(length=64), nullable=True),
        sa.Column("claim_no", sa.String(length=32), nullable=True),
        sa.Column("handover_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_invitations_agent_id")),
        sa.ForeignKeyConstraint(["claim_no"], ["claims.claim_no"], name=op.f("fk_invitations_claim_no")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_invitations_conversation_id")),
        sa.ForeignKeyConstraint(["customer_key"], ["customers.key"], name=op.f("fk_invitations_customer_key")),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_invitations_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("case_key", name=op.f("uq_invitations_case_key")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_claim_no"), ["claim_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_customer_key"), ["customer_key"], unique=False)

    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.add_column(sa.Column("legal_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("level_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_via", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("confirmation", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("asked_again", sa.Integer(), nullable=True))

    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invitation_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("subject", sa.String(length=32), nullable=True))
        batch_op.add_column(
            sa.Column("dimensions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.create_unique_constraint(batch_op.f("uq_ratings_invitation_id"), ["invitation_id"])


def downgrade() -> None:
    """Take back."""
    for table in LOGS:
        unguard(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_ratings_invitation_id"), type_="unique")
        batch_op.drop_column("dimensions")
        batch_op.drop_column("subject")
        batch_op.drop_column("invitation_id")

    op.drop_column("handovers", "queued_at")

    op.drop_column("complaints", "asked_again")
    op.drop_column("complaints", "confirmation")
    op.drop_column("complaints", "answered_via")
    op.drop_column("complaints", "answered_at")
    op.drop_column("complaints", "waiting_since")
    op.drop_column("complaints", "promised_at")
    op.drop_column("complaints", "level_since")
    op.drop_column("complaints", "legal_days")

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_customer_key"))
        batch_op.drop_index(batch_op.f("ix_invitations_conversation_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_claim_no"))

    op.drop_table("invitations")
    op.drop_table("tags_off")
    with op.batch_alter_table("service_tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_tags_owner"))

    op.drop_table("service_tags")
    op.drop_table("schemes")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_kind_at"))

    op.drop_table("events")
    with op.batch_alter_table("clock_marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clock_marks_ended_at"))
        batch_op.drop_index(batch_op.f("ix_clock_marks_at"))

    op.drop_table("clock_marks")
