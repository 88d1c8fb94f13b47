"""Inboxes by index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inboxes_by_index"
down_revision = "opinion_templates"
branch_labels = None
depends_on = None

ANSWERED = "verb IN ('answer', 'approve', 'reject', 'return', 'submit', 'transfer')"
SHOWN = ["role", "unit_path", "due_at", "id", "instance_id", "party_id", "duty", "why"]
POOL = "state = 'open' AND signed = false AND assignee_id IS NULL"


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    if op.get_context().dialect.name == "postgresql":  # elsewhere it is ordered by bytes anyway
        path = sa.String(200, collation="C")
        op.alter_column("task", "unit_path", existing_type=sa.String(200), type_=path)
    op.drop_index("ix_task_inbox", "task")
    _partial("ix_task_pool", "task", SHOWN, POOL)
    _partial("ix_task_pool_due", "task", ["role", "due_at", "id"], POOL)
    _partial("ix_task_pool_returned", "task", ["role", "unit_path"], f"{POOL} AND why <> ''")
    op.drop_index("ix_instance_status", "instance")
    op.create_index("ix_instance_status", "instance", ["status", "id"])
    op.drop_index("ix_signer_instance_id", "signer")
    op.create_index("ix_signer_instance", "signer", ["instance_id", "person_id"])
    op.drop_index("ix_signer_part", "signer")
    _partial("ix_signer_part", "signer", ["person_id"], "state = 'active'")
    _partial("ix_signer_acts", "signer", ["person_id", "at", "task_id", "instance_id"], ANSWERED)
    _partial("ix_signer_substitute", "signer", ["acted_by_id", "at"], "acted_by_id IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    sqlite = sa.text(where.replace("false", "0"))
    op.create_index(name, table, columns, sqlite_where=sqlite, postgresql_where=sa.text(where))
