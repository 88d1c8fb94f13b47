"""Opinion templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opinion_templates"
down_revision = "ended_processes_are_archived"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    op.create_table(
        "opinion_template",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_opinion_template_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_template")),
    )
    with op.batch_alter_table("opinion_template", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opinion_template_person_id"), ["person_id"], unique=False
        )
