"""What the commands of a project share: its name in entries, and one change of money at a time."""

from __future__ import annotations

from sqlalchemy import select

from engine.projects.models import Project
from engine.work import Work


def subject_of(project: Project) -> str:
    return f"project:{project.id}"


def lock_money(work: Work, project_id: int) -> None:
    """One change of a project's money at a time: two at once would not see each other's."""
    work.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
