"""What was handed in about a project: gates, their documents, the marks of assessments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.projects.models import (
    Assessment,
    Document,
    StageGate,
)


def gates(session: Session, project_id: int) -> list[StageGate]:
    """The project's gates in their order."""
    return list(
        session.scalars(
            select(StageGate).where(StageGate.project_id == project_id).order_by(StageGate.position)
        )
    )


def documents(session: Session, project_id: int, gate: str | None = None) -> list[Document]:
    """The documents that the gates ask for, of one gate or all."""
    wanted = select(Document).where(Document.project_id == project_id)
    if gate is not None:
        wanted = wanted.where(Document.gate == gate)
    return list(session.scalars(wanted.order_by(Document.id)))


def document(session: Session, document_id: int) -> Document:
    """A document that a gate asks for; `NotFound` otherwise."""
    found = session.get(Document, document_id)
    if found is None:
        raise NotFound("没有这份材料")
    return found


def assessments(session: Session, project_id: int) -> list[Assessment]:
    """The marks of 事前绩效评估 and 目标审核, oldest first."""
    return list(
        session.scalars(
            select(Assessment).where(Assessment.project_id == project_id).order_by(Assessment.id)
        )
    )
