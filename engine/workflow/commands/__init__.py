"""Writes of people to running processes: answering a task, drafts, giving it to somebody else."""

from engine.workflow.commands.assigning import (
    OpenPart,
    assign_task,
    assignment_refusal,
    may_assign,
    open_parts,
)
from engine.workflow.commands.completing import act_for, complete_task
from engine.workflow.commands.copying import read_copy, reply_copy, send_copies
from engine.workflow.commands.drafts import draft_of, save_draft
from engine.workflow.commands.intervening import (
    JumpTarget,
    act_in_place,
    end_refusal,
    force_end,
    jump_targets,
    jump_task,
    place_refusal,
    touch_refusal,
)
from engine.workflow.commands.mending import edit_call, skip_call
from engine.workflow.commands.outside import may_hold, may_intervene
from engine.workflow.commands.parts import KINDS as ASKING_KINDS
from engine.workflow.commands.parts import asking_refusal, seat_refusal
from engine.workflow.commands.passing import delegate_task, transfer_task
from engine.workflow.commands.recalling import recall_refusal, recall_task
from engine.workflow.commands.recusing import recusal_refusal, recuse
from engine.workflow.commands.remarks import add_comment
from engine.workflow.commands.seeing import see_task
from engine.workflow.commands.signing import add_signers, removal_refusal, remove_signer
from engine.workflow.commands.standing import Standing, history, refusal, stand
from engine.workflow.commands.suspending import (
    resume_instance,
    suspend_instance,
    void_instance,
)
from engine.workflow.commands.templates import (
    Template,
    delete_opinion_template,
    opinion_templates,
    save_opinion_template,
)
from engine.workflow.commands.urging import urge_refusal, urge_task

__all__ = [
    "ASKING_KINDS",
    "JumpTarget",
    "OpenPart",
    "Standing",
    "Template",
    "act_for",
    "act_in_place",
    "add_comment",
    "add_signers",
    "asking_refusal",
    "assign_task",
    "assignment_refusal",
    "complete_task",
    "delegate_task",
    "delete_opinion_template",
    "draft_of",
    "edit_call",
    "end_refusal",
    "force_end",
    "history",
    "jump_targets",
    "jump_task",
    "may_assign",
    "may_hold",
    "may_intervene",
    "open_parts",
    "opinion_templates",
    "place_refusal",
    "read_copy",
    "recall_refusal",
    "recall_task",
    "recusal_refusal",
    "recuse",
    "refusal",
    "removal_refusal",
    "remove_signer",
    "reply_copy",
    "resume_instance",
    "save_draft",
    "save_opinion_template",
    "seat_refusal",
    "see_task",
    "send_copies",
    "skip_call",
    "stand",
    "suspend_instance",
    "touch_refusal",
    "transfer_task",
    "urge_refusal",
    "urge_task",
    "void_instance",
]
