"""Closing a task: what its answer means, and where the process goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update

from engine import registry
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.commands.parts import form_answers, holder
from engine.workflow.commands.standing import Standing, parts
from engine.workflow.context import TaskContext
from engine.workflow.instances import write_changes
from engine.workflow.models import Signer, Task
from engine.workflow.opening import part_of, step_of
from engine.workflow.rounds import OPEN
from engine.workflow.signature import COMPLETED, record_signature
from engine.workflow.verbs import FORWARD

WHY_LENGTH = 300  # of the task's line in the inbox; the whole opinion stands in the timeline


@dataclass(frozen=True)
class Act:
    """What somebody does with a task, in whose name.

    `source` says why the machine or another acts: substitute, timeout, admin; else as defined.
    """

    verb: str
    answers: Mapping[str, Any]
    opinion: str
    return_to: str | None = None
    direct: bool = False
    source: str = "defined"


def close_round(
    work: Work, standing: Standing, signer: Signer, act: Act, verb: str, *, spoken: bool = True
) -> list[Task]:
    """The task is answered by `verb`; the tasks opened next.

    `signer` decided it last, by this very act if it is `spoken`: then the entry is of them.
    """
    task, instance, own = standing.task, standing.instance, act.answers
    rows = parts(work.session, task.id) if task.signed else []
    answers = form_answers(rows, signer, act.answers)
    if answers is not act.answers:
        act = replace(act, answers=answers)
    context = context_of(standing, signer, act, verb)
    if verb in FORWARD:
        check_guards(work, standing, context)
    outputs = _mean(work, standing, context)
    if verb == "return":
        outputs["return_to"] = (act.return_to or "").rpartition("/")[2]
    changes = standing.run.complete(
        task.token, outputs, at=work.now, back_to=standing.back_to(verb, act.return_to)
    )
    task.state, task.verb, task.closed_at = "done", verb, work.now
    task.answers = dict(act.answers)
    work.session.add(signer)
    signer.return_to = outputs.get("return_to")
    if task.signed:
        _dismiss_others(work, standing, signer)
    _remember(standing, signer, holder(rows))
    why = f"{signer.person}退回：{act.opinion}"[:WHY_LENGTH] if verb == "return" else ""
    if verb == "return":
        instance.direct = None
    stamp = standing.faculties.calendar if standing.faculties else None
    if spoken:
        record_signature(work, COMPLETED, task, signer, instance.subject, own)
    opened = write_changes(
        *(work, instance, standing.run, changes, why), stamp=stamp, memory=standing.memory
    )
    if verb == "return" and act.direct:
        instance.direct = {"matter": task.matter, "to": task.node}
    return opened


def _remember(standing: Standing, signer: Signer, owner: Signer | None) -> None:
    task, step = standing.task, step_of(standing.task)
    standing.memory.acted(step, task.duty, signer.person_id, signer.acted_by_id)
    if owner is not None and owner.state == "done":
        # Who handles it again is whose it was, not whom they asked to sign with them.
        standing.memory.acted(step, task.duty, owner.person_id, owner.acted_by_id)


def context_of(standing: Standing, signer: Signer, act: Act, verb: str) -> TaskContext:
    """What guards and effects are told; acting is who really signed, in whatever name."""
    task, instance = standing.task, standing.instance
    return TaskContext(
        task_id=task.id,
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
        node=task.node,
        subject=instance.subject,
        data=standing.opened.data,
        round=task.round,
        actor_id=signer.acted_by_id or signer.person_id,
        verb=verb,
        opinion=act.opinion,
        answers=act.answers,
    )


def check_guards(work: Work, standing: Standing, context: TaskContext) -> None:
    """Raise what a guard of the diagram has against going forward."""
    for name in standing.facts.requires:
        registry.find("guard", name)(work, context)


def _mean(work: Work, standing: Standing, context: TaskContext) -> dict[str, Any]:
    """Run the effects; what goes into the process data."""
    facts = standing.facts
    outputs = {key: context.answers.get(key) for key in facts.outputs if key in context.answers}
    for name in facts.effects:
        outputs.update(registry.find("effect", name)(work, context) or {})
    if standing.task.signed:
        outputs["votes"] = _votes(parts(work.session, standing.task.id))
    return outputs | {"outcome": context.verb}


def _votes(rows: Sequence[Signer]) -> dict[str, int]:
    voters = [row for row in rows if part_of(row).votes]
    return {
        "agreed": sum(row.verb in FORWARD for row in voters),
        "refused": sum(row.verb == "reject" for row in voters),
        "total": len(voters),
    }


def _dismiss_others(work: Work, standing: Standing, signer: Signer) -> None:
    """Who was still asked need not act any more, and is told who decided (F.2, F.9)."""
    task = standing.task
    text = f"“{standing.instance.title}”的“{task.title}”已由{signer.person}办理"
    for row in parts(work.session, task.id):
        if row.state in OPEN and row is not signer and row.person_id is not None:
            notify(work, row.person_id, f"dismissed:{row.id}", text, standing.instance.subject)
    work.session.execute(
        update(Signer)
        .where(Signer.task_id == task.id, Signer.state.in_(OPEN))
        .values(state="cancelled", at=work.now)
    )
