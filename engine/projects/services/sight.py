"""Who may see a project, for what the workflow shows of it (copies, comments)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.people import queries as people
from engine.projects import queries
from engine.projects.models import Project
from engine.registry import visible


@visible("project")
def see_project(session: Session, person_id: int, number: int) -> str | None:
    """The matter of a project if the person may see it, else None."""
    found = session.get(Project, number)
    if found is None or not queries.may_see(person_id, people.grants(session, person_id), found):
        return None
    return f"project:{found.id}"
