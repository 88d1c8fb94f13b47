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
    for name in ("ix_task_matter", "ix_task_alarm", "ix_task_assignee", "ix_task_suspended"):
        op.drop_index(name, "task", if_exists=True)
    alarmed = sa.text("state = 'open' AND alarm_at IS NOT NULL")
    op.create_index(
        "ix_task_alarm", "task", ["alarm_at"], sqlite_where=alarmed, postgresql_where=alarmed
    )
    assigned = sa.text("assignee_id IS NOT NULL")
    op.create_index(
        *("ix_task_assignee", "task", ["assignee_id", "state"]),
        sqlite_where=assigned,
        postgresql_where=assigned,
    )
    held = sa.text("state = 'suspended'")
    op.create_index(
        *("ix_task_suspended", "task", ["role", "unit_path"]),
        sqlite_where=held,
        postgresql_where=held,
    )
