"""The ledger entry of a signature, alike for people, for those who act for others, for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.work import Work
from engine.workflow.models import Signer, Task

SIGNED = "task.signed"
"""One of several signers has spoken; the task goes on."""
COMPLETED = "task.completed"
SKIPPED = "task.skipped"
"""The machine answered for a person who need not."""
TRANSFERRED = "task.transferred"
KINDS = (SIGNED, COMPLETED, SKIPPED)


def transferred(person: str, reason: str) -> str:
    """What the timeline says of a part that was given away (转办)."""
    return f"转办给{person}：{reason}"


def record_signature(
    work: Work, kind: str, task: Task, signer: Signer, subject: str, answers: Mapping[str, Any]
) -> None:
    """Leave the entry of a signer's act; `for` names whose part it was if another acted.

    `by` says who that was if the machine acted because of what the actor did elsewhere.
    """
    facts: dict[str, Any] = {
        "node": task.node,
        "title": task.title,
        "round": task.round,
        "verb": signer.verb,
        "opinion": signer.opinion,
        "answers": dict(answers),
        "role": task.role,
    }
    if signer.person_id != work.actor.id or signer.acted_by is not None:
        facts["for"] = {"id": signer.person_id, "name": signer.person}
    if signer.acted_by not in (None, work.actor.name):
        facts["by"] = signer.acted_by
    if signer.source != "defined":
        facts["source"] = signer.source
    if task.verb is not None and task.verb != signer.verb:
        facts["outcome"] = task.verb
    work.record(kind, f"task:{task.id}", subject, facts)
