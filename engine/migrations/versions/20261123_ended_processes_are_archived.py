"""Ended processes are archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ended_processes_are_archived"
down_revision = "calendars_of_units_and_years"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    op.create_table(
        "archive",
        sa.Column("instance_id", Key, autoincrement=False, nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit_path", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_archive")),
    )
    with op.batch_alter_table("archive", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_subject"), ["subject"], unique=False)

    op.create_table(
        "archived_task",
        sa.Column("task_id", Key, autoincrement=False, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_archived_task")),
    )
    with op.batch_alter_table("archived_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archived_task_instance_id"), ["instance_id"], unique=False
        )

    with op.batch_alter_table("rectification", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_rectification_instance_id"), type_="foreignkey")
