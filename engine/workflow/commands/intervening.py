"""流程干预: an administrator moves a task, ends a process, acts in others' place (rules.md F.12).

Each needs a reason, is told to everybody concerned, and alerts the auditors; 终审 is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.errors import Conflict, Invalid
from engine.people import queries as people
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.completing import act_for
from engine.workflow.commands.outside import (
    alert_auditors,
    check_administrator,
    check_not_final,
    final_words,
    note,
    tasks_in,
    tell,
)
from engine.workflow.commands.standing import Standing, stand
from engine.workflow.commands.texts import need_reason
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance, lock_instance_of
from engine.workflow.models import Instance, Task
from engine.workflow.running import run_of
from engine.workflow.runtime import Place
from engine.workflow.verbs import VERBS

WHY_LENGTH = 300
NOT_ACTIVE = Sentence("只有办理中的流程可以强制归档")
ONLY_FILLED = Sentence("填报须由经办人本人办理，不能代审")
KINDS = ("userTask", "manualTask", "serviceTask", "callActivity", "subProcess", "endEvent")
"""Where a task may be moved: to work and to ends, not to what only routes."""


@dataclass(frozen=True)
class JumpTarget:
    """A node to which a task may be moved; `key` names it in `jump_task`."""

    key: str
    title: str
    kind: str


def jump_targets(session: Session, task: Task) -> tuple[JumpTarget, ...]:
    """Where an open task may be moved without leaving an orphan, in the diagram's order."""
    instance = session.get_one(Instance, task.instance_id)
    if task.duty == "final":
        return ()
    return tuple(
        JumpTarget(key, target.title, target.kind)
        for key, (target, _) in _targets(stand(session, task, instance)).items()
    )


def _targets(standing: Standing) -> dict[str, tuple[JumpTarget, Place]]:
    found: dict[str, tuple[JumpTarget, Place]] = {}
    for place in standing.run.may_move(standing.task.token):
        node = standing.definition.nodes.get(f"{place.process}/{place.node}")
        key = "/".join((*place.path, place.process, place.node))
        passing = _passes_a_final(standing, place)
        if node is not None and node.kind in KINDS and key not in found and not passing:
            found[key] = JumpTarget(key, node.name or node.id, node.kind), place
    return found


def _passes_a_final(standing: Standing, place: Place) -> bool:
    """Whether a jump would leave out a 终审 that still lies before the task (rules.md F.12)."""
    definition, to = standing.definition, f"{place.process}/{place.node}"
    here = [*standing.task.path, standing.task.node][len(place.path) :]
    if not here or to not in (before := definition.ahead(here[0])):
        return False  # back, or into what is beside
    left_out = before - definition.ahead(to) - {to}
    for inner in here[1:]:
        left_out |= definition.ahead(inner)
    return any(
        one.properties.get("duty") == "final" for key in left_out for one in definition.within(key)
    )


def jump_task(work: Work, task_id: int, to: str, reason: str) -> list[Task]:
    """Move an open task to another node (自由跳转); the tasks opened by that."""
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    check_administrator(work, instance)
    reason = need_reason(reason)
    check_not_final([task])
    standing = stand(work.session, task, instance)
    if to not in (targets := _targets(standing)):
        raise Invalid("不能跳转到这一步", field="to")
    target, place = targets[to]
    why = f"{work.actor.name}跳转：{reason}"[:WHY_LENGTH]
    tell(work, instance, "jumped", f"“{instance.title}”已由管理员跳转到“{target.title}”：{reason}")
    changes = standing.run.move(task.token, place, at=work.now)
    facts = {"from": task.node, "to": to, "title": target.title, "reason": reason}
    work.record("task.jumped", f"task:{task.id}", instance.subject, facts)
    opened = write_changes(work, instance, standing.run, changes, why)
    _leave(work, instance, "jump", f"跳转到“{target.title}”：{reason}", task)
    return opened


def force_end(work: Work, instance_id: int, reason: str) -> Instance:
    """End a process with all that is open withdrawn, and what is known kept (强制归档)."""
    instance = lock_instance(work.session, instance_id)
    check_administrator(work, instance)
    reason = need_reason(reason)
    if instance.status != "active":
        raise Conflict(NOT_ACTIVE)
    tasks = tasks_in(work.session, instance, "open")
    check_not_final(tasks)
    tell(work, instance, "ended", f"“{instance.title}”的流程已由管理员强制归档：{reason}")
    run = run_of(work.session, instance)
    write_changes(work, instance, run, run.force_end(at=work.now))
    _leave(work, instance, "force_end", reason, tasks[-1] if tasks else None)
    facts = {"process": instance.process, "open": [one.node for one in tasks], "reason": reason}
    work.record("process.force_ended", f"instance:{instance.id}", instance.subject, facts)
    return instance


def end_refusal(session: Session, instance: Instance) -> Sentence | None:
    """Why a process cannot be ended by force now, or None; who may is another question."""
    if instance.status != "active":
        return NOT_ACTIVE
    return final_words(tasks_in(session, instance, "open"))


def touch_refusal(task: Task) -> Sentence | None:
    """Why nobody may move a waiting task or answer it for another now, or None."""
    if task.state == "suspended":
        return Sentence("流程已挂起，请先恢复")
    return final_words([task])


def place_refusal(session: Session, task: Task) -> Sentence | None:
    """Why an open task cannot be answered in the name of whom it waits for, or None (代审)."""
    standing = stand(session, task, session.get_one(Instance, task.instance_id))
    if set(standing.facts.verbs) <= {"submit"}:
        return ONLY_FILLED
    if not task.signed and task.assignee_id is None:
        return Sentence("还没有指定办理人，可先改派")
    return None


def act_in_place(work: Work, task_id: int, person_id: int, verb: str, opinion: str) -> list[Task]:
    """Answer a task in the name of the person for whom it waits (代审); both are on the record."""
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    check_administrator(work, instance)
    reason = need_reason(opinion)
    check_not_final([task])
    if verb == "submit":
        raise Invalid(ONLY_FILLED, field="verb")
    person = people.person(work.session, person_id)
    said = VERBS.get(verb, verb)
    text = f"“{instance.title}”的“{task.title}”已由管理员代{person.name}{said}：{reason}"
    tell(work, instance, f"acted:{task.id}:{person_id}", text, person_id)
    alert_auditors(work, instance, f"acted:{task.id}:{person_id}", text)
    return act_for(work, task_id, person_id, verb, opinion=f"代审：{reason}")


def _leave(work: Work, instance: Instance, verb: str, reason: str, task: Task | None) -> None:
    note(work, instance, verb, reason, task)
    alert_auditors(
        work,
        instance,
        verb,
        f"“{instance.title}”的流程已被{work.actor.name}{VERBS[verb]}：{reason}",
    )
