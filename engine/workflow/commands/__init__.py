"""Writes of people to running processes: answering a task, drafts, giving it to somebody else."""

from engine.workflow.commands.assigning import assign_task, assignment_refusal, may_assign
from engine.workflow.commands.completing import act_for, complete_task
from engine.workflow.commands.drafts import draft_of, save_draft
from engine.workflow.commands.intervening import (
    JumpTarget,
    act_in_place,
    force_end,
    jump_targets,
    jump_task,
)
from engine.workflow.commands.outside import may_hold, may_intervene
from engine.workflow.commands.parts import KINDS as ASKING_KINDS
from engine.workflow.commands.parts import asking_refusal, seat_refusal
from engine.workflow.commands.passing import delegate_task, transfer_task
from engine.workflow.commands.recalling import recall_refusal, recall_task
from engine.workflow.commands.seeing import see_task
from engine.workflow.commands.signing import add_signers, removal_refusal, remove_signer
from engine.workflow.commands.standing import Standing, history, refusal, stand
from engine.workflow.commands.suspending import (
    resume_instance,
    suspend_instance,
    void_instance,
)

__all__ = [
    "ASKING_KINDS",
    "JumpTarget",
    "Standing",
    "act_for",
    "act_in_place",
    "add_signers",
    "asking_refusal",
    "assign_task",
    "assignment_refusal",
    "complete_task",
    "delegate_task",
    "draft_of",
    "force_end",
    "history",
    "jump_targets",
    "jump_task",
    "may_assign",
    "may_hold",
    "may_intervene",
    "recall_refusal",
    "recall_task",
    "refusal",
    "removal_refusal",
    "remove_signer",
    "resume_instance",
    "save_draft",
    "seat_refusal",
    "see_task",
    "stand",
    "suspend_instance",
    "transfer_task",
    "void_instance",
]
