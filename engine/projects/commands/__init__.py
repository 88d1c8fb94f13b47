"""Writes of the projects: drafts and their start, documents, budgets, payments."""

from __future__ import annotations

from engine.projects.commands.budgets import (
    adjust_budget,
    approve_budget,
    declare_budget,
    set_budget_line,
)
from engine.projects.commands.documents import hand_in_document, missing_documents
from engine.projects.commands.drafts import (
    NAME_LENGTH,
    ORIGINS,
    ProjectDraft,
    create_project,
    delete_draft,
    draft_of,
    process_facts,
    start_project,
    update_draft,
)
from engine.projects.commands.payments import record_payment

__all__ = [
    "NAME_LENGTH",
    "ORIGINS",
    "ProjectDraft",
    "adjust_budget",
    "approve_budget",
    "create_project",
    "declare_budget",
    "delete_draft",
    "draft_of",
    "hand_in_document",
    "missing_documents",
    "process_facts",
    "record_payment",
    "set_budget_line",
    "start_project",
    "update_draft",
]
