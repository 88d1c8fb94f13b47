"""Writes of people to running processes: answering a task, drafts, reassigning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.people.policy import covers
from engine.work import Work
from engine.workflow import deployments, runtime
from engine.workflow.context import TaskContext
from engine.workflow.instances import lock_instance_of, write_changes
from engine.workflow.models import Draft, Instance, Signer, Task
from engine.workflow.properties import FORWARD, VERBS, NodeFacts, node_facts
from engine.workflow.rules import Item, Signed, already_done, may_complete, ways_back
from engine.workflow.runtime import Definition, OpenTask, Run

OPINION_NEEDED = frozenset({"return", "reject"})
ASSIGNERS = ("performance_officer", "performance_office")
WHY_LENGTH = 300  # of the task's line in the inbox; the whole opinion stands in the timeline


@dataclass(frozen=True)
class Standing:
    """Where an open task stands: its rows, its running process, and what the diagram says of it."""

    task: Task
    instance: Instance
    definition: Definition
    run: Run
    opened: OpenTask
    facts: NodeFacts


def complete_task(
    work: Work,
    task_id: int,
    verb: str,
    answers: Mapping[str, Any],
    *,
    opinion: str = "",
    return_to: str | None = None,
) -> list[Task]:
    """Answer a task by `verb` (submit, approve, return, reject); the tasks opened next.

    `answers` are already cleaned by the form of the instance's deployment. `return_to` names the
    node of a return's target. A task that somebody else answered meanwhile is a `Conflict` that
    names them; a person who may not act is `Forbidden` with the reason; guards raise `Invalid`.
    """
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    standing = stand(work.session, task, instance)
    earlier = history(work.session, task)
    actor = _check_actor(work, task, earlier)
    _check_verb(standing, verb, opinion)
    if return_to and verb == "return":
        _check_target(task, earlier, return_to)
    context = TaskContext(
        task_id=task.id,
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
        node=task.node,
        subject=instance.subject,
        data=standing.opened.data,
        round=task.round,
        actor_id=actor,
        verb=verb,
        opinion=opinion.strip(),
        answers=answers,
    )
    outputs = _mean(work, standing.facts, context)
    if verb == "return":
        outputs["return_to"] = (return_to or "").rpartition("/")[2]
    return _advance(work, standing, context, outputs)


def _open_row(session: Session, task_id: int) -> Task:
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("没有这个事项")
    if task.state != "open":
        raise Conflict(_closed(session, task))
    return task


def stand(session: Session, task: Task, instance: Instance) -> Standing:
    """Where an open task stands; a `Conflict` naming who answered it if it is not open."""
    if task.state != "open":
        raise Conflict(_closed(session, task))
    definition = deployments.definition(session, instance.deployment_id, instance.process)
    run = runtime.restore(definition, instance.state)
    opened = next((one for one in run.open_tasks() if one.id == task.token), None)
    if opened is None:
        raise Conflict("此事项已被流程收回，请刷新")
    return Standing(task, instance, definition, run, opened, node_facts(definition, opened))


def _closed(session: Session, task: Task) -> str:
    signer = session.scalar(
        select(Signer).where(Signer.task_id == task.id).order_by(Signer.id.desc()).limit(1)
    )
    if signer is None:
        return "此事项已被流程收回，无须再办理"
    return already_done(signer.person, signer.verb, signer.at)


def _check_actor(work: Work, task: Task, earlier: Sequence[Signed]) -> int:
    if work.actor.id is None:
        raise Forbidden("此事项须由人员办理")
    reason = _refusal(work.session, work.actor.id, task, earlier)
    if reason:
        raise Forbidden(reason)
    return work.actor.id


def refusal(session: Session, person_id: int, task: Task) -> str | None:
    """Why the person may not answer the task, or None."""
    return _refusal(session, person_id, task, history(session, task))


def _refusal(session: Session, person_id: int, task: Task, earlier: Sequence[Signed]) -> str | None:
    return may_complete(
        person_id,
        people.grants(session, person_id),
        Item(task.node, task.role, task.unit_path, task.assignee_id, task.duty, task.party_id),
        [one.act for one in earlier],
    )


def history(session: Session, task: Task) -> list[Signed]:
    """What was signed in the task's matter so far, in order."""
    rows = session.execute(
        select(Signer.task_id, Task.node, Task.title, Task.duty, Signer.person_id, Signer.person)
        .join(Task, Task.id == Signer.task_id)
        .where(Task.instance_id == task.instance_id, Task.matter == task.matter)
        .where(Signer.person_id.is_not(None))
        .order_by(Signer.id)
    )
    return [Signed(*row) for row in rows]


def _check_target(task: Task, earlier: Sequence[Signed], return_to: str) -> None:
    """A return goes back to who acted before in this matter, never past those who have not."""
    if return_to not in {one.node for _, one in ways_back(task.node, task.id, earlier)}:
        raise Invalid("不能退回到这一步", field="return_to")


def _check_verb(standing: Standing, verb: str, opinion: str) -> None:
    if verb not in standing.facts.verbs:
        raise Invalid(f"此事项不能“{VERBS.get(verb, verb)}”", field="verb")
    if verb in OPINION_NEEDED and not opinion.strip():
        raise Invalid(f"{VERBS[verb]}时必须填写意见", field="opinion")


def _mean(work: Work, facts: NodeFacts, context: TaskContext) -> dict[str, Any]:
    """Run guards (on going forward) and effects; what goes into the process data."""
    if context.verb in FORWARD:
        for name in facts.requires:
            registry.find("guard", name)(work, context)
    outputs = {key: context.answers.get(key) for key in facts.outputs if key in context.answers}
    for name in facts.effects:
        outputs.update(registry.find("effect", name)(work, context) or {})
    return outputs | {"outcome": context.verb}


def _advance(
    work: Work, standing: Standing, context: TaskContext, outputs: Mapping[str, Any]
) -> list[Task]:
    task = standing.task
    changes = standing.run.complete(task.token, outputs, at=work.now)
    task.state, task.verb, task.closed_at = "done", context.verb, work.now
    task.answers = dict(context.answers)
    assert context.actor_id is not None
    work.session.add(
        Signer(
            task_id=task.id,
            instance_id=task.instance_id,
            person_id=context.actor_id,
            person=work.actor.name,
            role=task.role,
            verb=context.verb,
            opinion=context.opinion,
            return_to=outputs.get("return_to"),
            at=work.now,
        )
    )
    returned = f"{work.actor.name}退回：{context.opinion}"[:WHY_LENGTH]
    why = returned if context.verb == "return" else ""
    opened = write_changes(work, standing.instance, standing.definition, changes, why)
    work.record(
        "task.completed",
        f"task:{task.id}",
        standing.instance.subject,
        {
            "node": task.node,
            "title": task.title,
            "round": task.round,
            "verb": context.verb,
            "opinion": context.opinion,
            "answers": dict(context.answers),
            "role": task.role,
        },
    )
    return opened


def save_draft(work: Work, task_id: int, answers: Mapping[str, Any], opinion: str = "") -> Draft:
    """Keep what was typed, unchecked; only a person who may answer the task has a draft of it."""
    task = _open_row(work.session, task_id)
    actor = _check_actor(work, task, history(work.session, task))
    draft = draft_of(work.session, task_id, actor)
    if draft is None:
        draft = Draft(task_id=task_id, person_id=actor)
        work.session.add(draft)
    draft.answers, draft.opinion, draft.saved_at = dict(answers), opinion, work.now
    return draft


def draft_of(session: Session, task_id: int, person_id: int) -> Draft | None:
    """The person's draft of a task, if any."""
    return session.scalar(
        select(Draft).where(Draft.task_id == task_id, Draft.person_id == person_id)
    )


def assign_task(work: Work, task_id: int, person_id: int, reason: str) -> Task:
    """Give an open task to another person who may answer it (改派); the reason is on the record.

    The unit's 绩效专员 or the 财政绩效科 may, for tasks within their scope; the administrator may
    not (rules.md D.3-4). The other must hold the task's role, and may not have acted in another
    duty of the matter.
    """
    lock_instance_of(work.session, task_id)
    task = _open_row(work.session, task_id)
    if work.actor.id is None or not may_assign(work.session, work.actor.id, task):
        raise Forbidden("改派由本单位绩效专员或财政绩效科办理")
    if not reason.strip():
        raise Invalid("请填写改派原因", field="reason")
    person, before = people.person(work.session, person_id), task.assignee_id
    refused = assignment_refusal(work.session, person_id, task)
    if refused:
        raise Invalid(f"{person.name}不能办理此事项：{refused}", field="person")
    task.assignee_id = person_id
    work.record(
        "task.assigned",
        f"task:{task.id}",
        work.session.get_one(Instance, task.instance_id).subject,
        {"before": before, "after": person_id, "person": person.name, "reason": reason.strip()},
    )
    return task


def may_assign(session: Session, person_id: int, task: Task) -> bool:
    """Whether the person may give this task to somebody else."""
    return covers(people.grants(session, person_id), ASSIGNERS, task.unit_path)


def assignment_refusal(session: Session, person_id: int, task: Task) -> str | None:
    """Why the task may not be given to the person, or None; said to others, not to the person.

    Whether the role is held counts, not who has had the task so far.
    """
    if not people.person(session, person_id).active:
        return "账号已停用"
    if person_id == task.assignee_id:
        return "事项已在其名下"
    refused = may_complete(
        person_id,
        people.grants(session, person_id),
        Item(task.node, task.role, task.unit_path, None, task.duty),
        [one.act for one in history(session, task)],
    )
    return refused.removeprefix("您") if refused else None
