"""What the services share: the year a task is about, its rows, a figure as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.workflow.context import TaskContext


def year_of(task: TaskContext) -> int:
    """The fiscal year that the process is in."""
    return int(task.data["year"])


def text_of(value: Decimal | None) -> str | None:
    """A figure as a form's field holds it; nothing where there is none."""
    return None if value is None else format(value, "f")


def rows_of(task: TaskContext) -> dict[int, Mapping[str, Any]]:
    """The form's rows by the id of their target."""
    return {int(row["id"]): row for row in task.answers.get("rows") or () if row.get("id")}
