"""All running processes as those see them who keep them running; projects by number only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotFound
from engine.people.models import Person
from engine.people.sessions import SignedIn
from engine.plain import canonical
from engine.projects.models import Project
from engine.workflow import queries as workflow
from engine.workflow.commands import (
    JumpTarget,
    end_refusal,
    jump_targets,
    may_hold,
    may_intervene,
    place_refusal,
    touch_refusal,
)
from engine.workflow.models import Deployment, Instance, Signer, Task
from engine.workflow.queries import Path
from forms.inbox.page import opens_project
from forms.operations.incidents import project_number
from forms.operations.masking import Mask, one_line, readable
from forms.text import _

WAITING = ("open", "suspended")
STATUSES: dict[str, str] = {
    "active": "办理中",
    "suspended": "挂起",
    "ended": "已办结",
    "void": "已作废",
    "archived": "已归档",
}
STATES: dict[str, str] = {
    "open": "待办",
    "suspended": "挂起",
    "done": "已办",
    "withdrawn": "已收回",
    "waiting": "等待",
    "answered": "已完成",
    "refused": "被拒绝",
    "skipped": "已跳过",
}


def status_name(status: str) -> str:
    """The state of a process in words."""
    return _(STATUSES[status]) if status in STATUSES else status


def state_name(state: str) -> str:
    """The state of a task or a call in words."""
    return _(STATES[state]) if state in STATES else state


@dataclass(frozen=True)
class TaskLine:
    """A task of a process: where it waits it may be moved, or answered for somebody, or why not."""

    task: Task
    title: str
    acts: list[tuple[str, str]]
    """Who did what; opinions are for those whose business it is."""
    targets: tuple[JumpTarget, ...]
    asked: list[tuple[int, str]]
    not_moved: str = ""
    not_answered: str = ""

    @property
    def ways(self) -> list[tuple[str, str]]:
        """Where it may be moved, as a choice shows it."""
        return [(one.key, _(one.title)) for one in self.targets]


@dataclass(frozen=True)
class CallLine:
    """A service call: what it was given, and why it stands still if it does."""

    id: int
    title: str
    operation: str
    state: str
    parameters: str
    error: str
    failed: bool
    job: int | None


@dataclass(frozen=True)
class InstancePage:
    """All that one page shows of a process."""

    instance: Instance
    deployment: Deployment
    newer: list[Deployment]
    title: str
    project: int | None
    code: str
    way: Path
    tasks: list[TaskLine]
    calls: list[CallLine]
    holds: bool
    intervenes: bool
    opens: bool = False
    """Whether the person may open its tasks."""
    not_ended: str = ""
    """Why it cannot be ended by force, if so."""
    archived_at: datetime | None = None
    restores: bool = False
    """Whether the person may bring it back from the archive."""


def open_instance(session: Session, instance_id: int, person: SignedIn) -> InstancePage:
    """The page of one process; `NotFound` otherwise."""
    instance = session.get(Instance, instance_id)
    if instance is None:
        raise NotFound(_("没有这个流程"))
    mask = mask_for(session, person)
    project = project_number(instance.subject)
    versions = select(Deployment).where(
        Deployment.process == instance.process, Deployment.id != instance.deployment_id
    )
    intervenes = may_intervene(session, person.id, instance)
    return InstancePage(
        instance=instance,
        deployment=session.get_one(Deployment, instance.deployment_id),
        newer=list(session.scalars(versions.order_by(Deployment.version.desc()))),
        title=mask.of_matter(instance.title, instance.subject),
        project=project,
        code=code_of(session, instance),
        way=workflow.path(session, instance),
        tasks=[
            _task(session, mask, one, intervenes) for one in workflow.tasks_of(session, instance_id)
        ],
        calls=[call_line(mask, one) for one in workflow.calls_of(session, instance_id)],
        holds=may_hold(session, person.id, instance),
        intervenes=intervenes,
        opens=opens_project(session, instance.subject, person),
        not_ended=end_refusal(session, instance) or "",
    )


def mask_for(session: Session, person: SignedIn) -> Mask:
    """No names of projects for those who only keep the system running."""
    return Mask(()) if "performance_office" in person.roles else Mask.of(session)


def code_of(session: Session, instance: Instance) -> str:
    """What is typed to confirm: the project's code, else the process's number."""
    project = project_number(instance.subject)
    code = session.scalar(select(Project.code).where(Project.id == project)) if project else None
    return code or str(instance.id)


def check_typed(session: Session, instance: Instance, typed: str) -> None:
    """The second confirmation (rules.md F.12): `Invalid` unless the code was typed."""
    code = code_of(session, instance)
    if typed.strip() != code:
        raise Invalid(_("请输入 %(code)s 以确认", code=code), field="confirm")


def _task(session: Session, mask: Mask, task: Task, intervenes: bool) -> TaskLine:
    signed = select(Signer.person, Signer.verb).where(Signer.task_id == task.id, Signer.verb != "")
    acts = [(name, verb) for name, verb in session.execute(signed.order_by(Signer.id))]
    line = TaskLine(task, mask(task.title), acts, (), [])
    if not intervenes or task.state not in WAITING:
        return line
    if refused := touch_refusal(task):
        return replace(line, not_moved=refused, not_answered=refused)
    targets, unanswerable = jump_targets(session, task), place_refusal(session, task)
    return replace(
        line,
        targets=targets,
        asked=[] if unanswerable else _asked(session, task),
        not_moved="" if targets else _("没有可以跳转到的环节"),
        not_answered=unanswerable or "",
    )


def _asked(session: Session, task: Task) -> list[tuple[int, str]]:
    """In whose place the task may be answered: those who are asked now, else who has it."""
    active = select(Signer.person_id, Signer.person).where(
        Signer.task_id == task.id, Signer.state == "active", Signer.person_id.is_not(None)
    )
    found = [(number, name) for number, name in session.execute(active) if number is not None]
    if not found and task.assignee_id is not None:
        found = [(task.assignee_id, session.get_one(Person, task.assignee_id).name)]
    return found


def call_line(mask: Mask, one: workflow.Call) -> CallLine:
    call, job = one.call, one.job
    return CallLine(
        id=call.id,
        title=call.title,
        operation=call.operation,
        state=call.state,
        parameters=mask(json.dumps(call.parameters, ensure_ascii=False, indent=1)),
        error=one_line(mask(readable(job.error or ""))) if job else "",
        failed=job is not None and job.state == "failed",
        job=job.id if job else None,
    )


def read_json(text: str, field: str) -> dict[str, Any]:
    """What was typed as JSON; `Invalid` unless it is an object."""
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise Invalid(_("不是正确的 JSON：%(error)s", error=error), field=field) from None
    if not isinstance(value, dict):
        raise Invalid(_('应为 JSON 对象，如 {"stage": "monitoring"}'), field=field)
    return value


def unmasked(mask: Mask, before: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed over a masked text: a value that was left alone is the one before."""
    shown = {name: json.loads(mask(canonical(value))) for name, value in before.items()}
    return {
        name: before[name] if name in shown and shown[name] == value else value
        for name, value in typed.items()
    }
