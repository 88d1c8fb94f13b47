"""Lines of the inbox whose process is archived: the same columns, from the archive's lists."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, false, literal_column, select

from engine.db import Key, fixed
from engine.workflow.archive.models import Archive, ArchivedAct

ARCHIVED = "archived"
"""The state of such a line; nothing can be done with it."""
COLUMNS = (
    *(ArchivedAct.task_id.label("id"), ArchivedAct.title, Archive.subject, Archive.title),
    *(Archive.process, ArchivedAct.role, ArchivedAct.round, ArchivedAct.why),
    *(fixed(ARCHIVED).label("state"), ArchivedAct.verb, ArchivedAct.opened_at),
    *(ArchivedAct.due_at, ArchivedAct.closed_at, literal_column("0", Integer).label("urged")),
)
MINE = ArchivedAct.person_id == bindparam("one0", type_=Key)


def archived_lines(also: Collection[ColumnElement[bool]]) -> Any:
    """What the person dealt with, with its rank and moment, the latest first."""
    lines: Any = select(*COLUMNS, literal_column("0").label("rank"), ArchivedAct.at)
    return (
        lines.join(Archive, Archive.instance_id == ArchivedAct.instance_id)
        .where(MINE, *also)
        .order_by(ArchivedAct.at.desc(), ArchivedAct.id.desc())
    )


def archived_tasks() -> Any:
    """The tasks of such lines, none of which came back."""
    return select(ArchivedAct.task_id, false().label("back")).where(MINE)
