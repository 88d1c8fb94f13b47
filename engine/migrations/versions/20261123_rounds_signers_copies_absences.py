"""Rounds signers copies absences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "rounds_signers_copies_absences"
down_revision = "entries_are_append_only"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    op.create_table(
        "absence",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("delegate_id", Key, nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["person.id"], name=op.f("fk_absence_delegate_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index("ix_absence_delegate", ["delegate_id", "to_at"], unique=False)
        batch_op.create_index("ix_absence_person", ["person_id", "to_at"], unique=False)

    op.create_table(
        "comment",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("matter", sa.String(length=80), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_comment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index("ix_comment_subject", ["subject", "id"], unique=False)

    op.create_table(
        "copy",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("task_id", Key, nullable=True),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sender_id", Key, nullable=True),
        sa.Column("sender", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("must_reply", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_copy_instance_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_copy_person_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["person.id"], name=op.f("fk_copy_sender_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_copy_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy")),
    )
    with op.batch_alter_table("copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_copy_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index("ix_copy_person", ["person_id", "read_at"], unique=False)

    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("memory", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("direct", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("waits", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_instance_due", ["status", "next_due"], unique=False)

    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("source", sa.String(length=10), server_default="defined", nullable=False)
        )
        batch_op.add_column(sa.Column("parent_id", Key, nullable=True))
        batch_op.add_column(
            sa.Column("state", sa.String(length=10), server_default="done", nullable=False)
        )
        batch_op.add_column(sa.Column("acted_by_id", Key, nullable=True))
        batch_op.add_column(sa.Column("acted_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("answers", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("person_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.drop_index(batch_op.f("ix_signer_person_id"))
        batch_op.create_index("ix_signer_part", ["person_id", "state"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_signer_acted_by_id"), "person", ["acted_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_signer_parent_id"), "signer", ["parent_id"], ["id"]
        )

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("due_estimated", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("urged", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("approval", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("signed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index("ix_task_alarm", ["state", "alarm_at"], unique=False)
