"""Who may see the matter of an indicator."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.indicators.models import Target
from engine.projects.services import see_project
from engine.registry import visible


@visible("indicator")
def see_indicator(session: Session, person_id: int, number: int) -> str | None:
    """The matter of a project's indicator if the person may see the project, else None."""
    target = session.get(Target, number)
    return see_project(session, person_id, target.project_id) if target is not None else None
