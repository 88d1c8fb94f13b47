"""The first shape of the database."""

from __future__ import annotations

from alembic import op

from engine.migrations import tables

revision = "initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    tables.metadata().create_all(op.get_bind())
