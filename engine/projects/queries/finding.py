"""Which project is meant, and who may see it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people.policy import Grant
from engine.projects.models import (
    Project,
)
from engine.projects.rules import DELETED


def project(session: Session, project_id: int) -> Project:
    """The project; `NotFound` otherwise."""
    found = session.get(Project, project_id)
    if found is None:
        raise NotFound("没有这个项目")
    return found


def project_by_code(session: Session, code: str) -> Project | None:
    """The project of that code (项目代码), if any."""
    return session.scalar(select(Project).where(Project.code == code))


def visible(person_id: int, grants: Iterable[Grant], *, deleted: bool = False) -> Select[Project]:
    """The projects a person may see: their own, and all within the scope of any business role.

    Deleted drafts are among them only for who reads what was done (`deleted`).
    """
    scopes = {
        grant.path
        for grant in grants
        if grant.role not in ("project_manager", "administrator", "security_officer", "expert")
    }
    seen = [Project.unit_path.startswith(path) for path in sorted(scopes)]
    own = Project.manager_id == person_id
    found = select(Project).where(or_(own, *seen))
    return found if deleted else found.where(Project.status != DELETED)


def may_see(person_id: int, grants: Iterable[Grant], found: Project) -> bool:
    """Whether `visible` would hold this project."""
    if found.status == DELETED:
        return False
    return found.manager_id == person_id or any(
        found.unit_path.startswith(grant.path)
        for grant in grants
        if grant.role not in ("project_manager", "administrator", "security_officer", "expert")
    )


def subjects(session: Session, *, stage: str = "", type_: str = "") -> set[str]:
    """The projects of a stage and a type, as processes and entries name them."""
    wanted = select(Project.id)
    for column, value in ((Project.stage, stage), (Project.type, type_)):
        if value:
            wanted = wanted.where(column == value)
    return {f"project:{key}" for key in session.scalars(wanted)}
