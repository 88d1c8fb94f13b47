"""Archives are listed: who dealt with what, who was shown what, which deployment it was of."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.db import Moment

revision = "archives_are_listed"
down_revision = "inboxes_by_index"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    op.create_table(
        "archived_act",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("task_id", Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_archived_act_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_act")),
    )
    with op.batch_alter_table("archived_act", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archived_act_instance_id"), ["instance_id"], unique=False
        )
        batch_op.create_index("ix_archived_act_person", ["person_id", "at", "id"], unique=False)

    op.create_table(
        "archived_copy",
        sa.Column("copy_id", Key, autoincrement=False, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_archived_copy_person_id")
        ),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_archived_copy")),
    )
    with op.batch_alter_table("archived_copy", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archived_copy_instance_id"), ["instance_id"], unique=False
        )
        batch_op.create_index("ix_archived_copy_person", ["person_id", "copy_id"], unique=False)

    with op.batch_alter_table("archive", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deployment_id", Key, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_archive_deployment_id"), "deployment", ["deployment_id"], ["id"]
        )
    _list_what_is_archived()


ACTED = ("submit", "approve", "return", "reject", "answer", "transfer")
FROM_TASK = ("title", "role", "round", "why", "verb")
MOMENTS = ("opened_at", "due_at", "closed_at")


def _list_what_is_archived() -> None:
    """Read every archive once for the new lists."""
    bind = op.get_bind()
    archive = sa.table(
        "archive", sa.column("instance_id"), sa.column("deployment_id"), sa.column("content")
    )
    for (number,) in bind.execute(sa.select(archive.c.instance_id)).all():
        here = archive.c.instance_id == number
        content: bytes = bind.execute(sa.select(archive.c.content).where(here)).scalar_one()
        tables = json.loads(zlib.decompress(content))["tables"]
        deployment = tables["instance"][0]["deployment_id"]
        bind.execute(sa.update(archive).where(here).values(deployment_id=deployment))
        op.bulk_insert(_acts(), list(_acted(tables)))
        copies = [
            {"copy_id": one["id"], "person_id": one["person_id"], "instance_id": number}
            for one in tables.get("copy", ())
        ]
        op.bulk_insert(_copies(), copies)


def _acts() -> sa.TableClause:
    plain = ("person_id", "instance_id", "task_id", *FROM_TASK)
    moments = (sa.column(name, Moment()) for name in (*MOMENTS, "at"))
    return sa.table("archived_act", *(sa.column(name) for name in plain), *moments)


def _copies() -> sa.TableClause:
    names = ("copy_id", "person_id", "instance_id")
    return sa.table("archived_copy", *(sa.column(name) for name in names))


def _acted(tables: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The latest act of each person in each task."""
    tasks = {one["id"]: one for one in tables.get("task", ())}
    latest = {
        (one["task_id"], one["person_id"]): one
        for one in tables.get("signer", ())
        if one["verb"] in ACTED and one["person_id"] is not None
    }
    for one in latest.values():
        task = tasks[one["task_id"]]
        yield {
            "person_id": one["person_id"],
            "instance_id": task["instance_id"],
            "task_id": task["id"],
            "at": datetime.fromisoformat(one["at"]),
            **{name: task[name] for name in FROM_TASK},
            **{name: _moment(task[name]) for name in MOMENTS},
        }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
