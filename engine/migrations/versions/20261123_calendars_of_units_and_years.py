"""Calendars of units and years."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "calendars_of_units_and_years"
down_revision = "rounds_signers_copies_absences"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    op.create_table(
        "calendar_stamp",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_stamp")),
    )
    # Random, so that no other database has the same (see engine.people.calendar.book).
    stamps = sa.table("calendar_stamp", sa.column("id"), sa.column("stamp"))
    op.execute(stamps.insert().values(id=1, stamp=secrets.token_hex(8)))
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "special_day",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("unit_id", Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_special_day_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_day")),
        sa.UniqueConstraint("unit_id", "day", name=op.f("uq_special_day_unit_id_day")),
    )
    op.create_table(
        "unit_hours",
        sa.Column("unit_id", Key, autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("lunch_from", sa.Time(), nullable=False),
        sa.Column("lunch_to", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_to", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_hours_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_hours")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reason", sa.String(length=300), server_default="", nullable=False)
        )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused", sa.Integer(), server_default="0", nullable=False))
