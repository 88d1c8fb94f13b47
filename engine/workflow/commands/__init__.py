"""Writes of people to running processes: answering a task, drafts, giving it to somebody else."""

from engine.workflow.commands.assigning import assign_task, assignment_refusal, may_assign
from engine.workflow.commands.completing import act_for, complete_task
from engine.workflow.commands.drafts import draft_of, save_draft
from engine.workflow.commands.seeing import see_task
from engine.workflow.commands.standing import Standing, history, refusal, stand

__all__ = [
    "Standing",
    "act_for",
    "assign_task",
    "assignment_refusal",
    "complete_task",
    "draft_of",
    "history",
    "may_assign",
    "refusal",
    "save_draft",
    "see_task",
    "stand",
]
