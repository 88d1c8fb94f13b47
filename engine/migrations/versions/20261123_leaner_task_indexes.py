"""Leaner task indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "leaner_task_indexes"
down_revision = "archives_are_listed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    with op.batch_alter_table("task", schema=None) as batch_op:
        for name in ("ix_task_matter", "ix_task_alarm", "ix_task_assignee"):
            batch_op.drop_index(name)
        alarmed = sa.text("state = 'open' AND alarm_at IS NOT NULL")
        batch_op.create_index(
            "ix_task_alarm", ["alarm_at"], sqlite_where=alarmed, postgresql_where=alarmed
        )
        assigned = sa.text("assignee_id IS NOT NULL")
        batch_op.create_index(
            "ix_task_assignee",
            ["assignee_id", "state"],
            sqlite_where=assigned,
            postgresql_where=assigned,
        )
