"""Writes of the documents that gates ask for."""

from __future__ import annotations

from engine.errors import Conflict, Forbidden
from engine.projects import queries
from engine.projects.commands.shared import subject_of
from engine.projects.models import Document
from engine.projects.rules import (
    MISSING,
    PASSED,
    RECEIVED,
)
from engine.work import Work


def hand_in_document(
    work: Work, document_id: int, *, sha256: str, file_name: str, size: int, note: str = ""
) -> Document:
    """Record a file that was put in the store as the current version of a document.

    Only the project's manager, and only while the project goes on; a document that has passed
    stays as it is.
    """
    # As it stands under the lock: a reviewer may have passed it since the caller looked.
    document = work.session.get_one(
        Document, document_id, with_for_update=True, populate_existing=True
    )
    project = queries.project(work.session, document.project_id)
    if project.manager_id != work.actor.id:
        raise Forbidden("只有项目经办人可以提交材料")
    if project.status != "active":
        raise Conflict("项目不在办理中，不能再提交材料")
    if document.state == PASSED:
        raise Conflict("“{document}”已通过审核，不能替换", document=document.name)
    document.state, document.sha256, document.file_name = RECEIVED, sha256, file_name
    document.size, document.note = size, note
    document.handed_in_by, document.handed_in_at = work.actor.name, work.now
    work.record(
        "document.received",
        f"document:{document.id}",
        subject_of(project),
        {"name": document.name, "gate": document.gate, "file": file_name, "sha256": sha256},
    )
    return document


def missing_documents(documents: list[Document]) -> list[str]:
    """The names of the required documents that nobody has handed in."""
    return [one.name for one in documents if one.required and one.state == MISSING]
