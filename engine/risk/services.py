"""What diagrams may ask of the risks: the rectification's guards, effects and services (A.8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local
from engine.errors import Conflict, Invalid
from engine.people.notices import notify
from engine.projects import queries as projects
from engine.projects.numbers import add_numbered
from engine.registry import effect, guard, prefill, service
from engine.risk import queries
from engine.risk.commands import next_number, still_crossed
from engine.risk.models import Alert, Rectification
from engine.risk.rules import ORIGINS
from engine.work import Work
from engine.workflow.context import CallContext, TaskContext
from engine.workflow.models import Deployment, Instance

TERM_DAYS = 30  # rules.md A.8: 10号 sets no term; where the decision table gives none

LONGEST_TERM = 9999  # days that a diagram's term can tell


def _alert(session: Session, task: TaskContext) -> Alert | None:
    number = task.data.get("alert")
    return session.get(Alert, int(number)) if number else None


def _of(session: Session, instance_id: int) -> Rectification:
    found = queries.of_instance(session, instance_id)
    if found is None:
        raise Conflict("整改通知尚未编制")
    return found


@prefill("risk.notice_draft")
def notice_draft(session: Session, task: TaskContext) -> dict[str, Any]:
    """The notice starts with what the alert says, or with what was drafted before."""
    known = queries.of_instance(session, task.instance_id)
    if known is not None:
        return {
            "problem": known.problem,
            "basis": known.basis,
            "requirement": known.requirement,
            "deadline": known.deadline.isoformat() if known.deadline else None,
        }
    alert = _alert(session, task)
    days = int(task.data.get("deadline_days") or TERM_DAYS)
    start = local(alert.raised_at).date() if alert else None
    return {
        "problem": alert.text if alert else "",
        "deadline": (start + timedelta(days=days)).isoformat() if start else None,
    }


@effect("risk.draft_notice")
def draft_notice(work: Work, task: TaskContext) -> None:
    """整改通知编制: problem, basis, requirement and term."""
    found = queries.of_instance(work.session, task.instance_id)
    year = int(task.data.get("year") or local(work.now).year)
    if found is None:
        alert = _alert(work.session, task)

        def make() -> Rectification:
            return Rectification(
                number=next_number(work, year),
                project_id=task.subject_id,
                year=year,
                instance_id=task.instance_id,
                alert_id=alert.id if alert else None,
                origin=str(task.data.get("origin") or "monitoring"),
            )

        found = add_numbered(work, make)
    deadline = date.fromisoformat(str(task.answers["deadline"]))
    if deadline < local(work.now).date():
        raise Invalid("整改期限不能早于今天", field="deadline")
    for name in ("problem", "basis", "requirement"):
        setattr(found, name, str(task.answers.get(name) or ""))
    found.deadline = deadline


@service("risk.issue_notice")
def issue_notice(work: Work, call: CallContext) -> dict[str, Any]:
    """下达: the notice is out, and the project's manager is told; how many days are left."""
    found = _of(work.session, call.instance_id)
    project = projects.project(work.session, found.project_id)
    found.state, found.issued_at = "issued", work.now
    notify(
        work,
        project.manager_id,
        f"rectification:{found.id}",
        f"整改通知：{project.name}，{found.number}，请于 {found.deadline} 前反馈",
        call.subject,
    )
    work.record(
        "rectification.issued",
        f"rectification:{found.id}",
        call.subject,
        {
            "number": found.number,
            "origin": ORIGINS.get(found.origin, found.origin),
            "problem": found.problem,
            "requirement": found.requirement,
            "deadline": found.deadline,
        },
    )
    return {"days_left": _days_left(found, work.now)}


def _days_left(found: Rectification, now: datetime) -> int:
    """Natural days from today to the notice's deadline; 0 if the review took until after it."""
    assert found.deadline is not None
    return min(max((found.deadline - local(now).date()).days, 0), LONGEST_TERM)


@effect("risk.report_rectification")
def report_rectification(work: Work, task: TaskContext) -> None:
    """整改情况反馈 by the project's unit."""
    found, answers = _of(work.session, task.instance_id), task.answers
    completed = date.fromisoformat(str(answers["completed_on"]))
    if completed > local(work.now).date():
        raise Invalid("完成日期不能晚于今天", field="completed_on")
    found.measures, found.result = str(answers["measures"]), str(answers["result"])
    found.completed_on = completed
    found.unfinished_reason = str(answers.get("unfinished_reason") or "")
    found.state = "reported"


@effect("risk.review_rectification")
def review_rectification(work: Work, task: TaskContext) -> None:
    """整改情况审核: the opinion is kept; a return goes back to the unit."""
    found = _of(work.session, task.instance_id)
    found.review = task.opinion or str(task.answers.get("conclusion") or "")
    passed = task.verb == "approve" and task.answers.get("conclusion") == "passed"
    found.state = "reviewed" if passed else "issued"


@guard("risk.breach_is_over")
def breach_is_over(work: Work, task: TaskContext) -> None:
    """销号 is refused while the figures still cross the rule that raised the alert."""
    alert = _alert(work.session, task)
    if alert is not None and still_crossed(work, alert):
        raise Invalid("问题仍然存在，不能销号：{what}", what=alert.text)


@effect("risk.close_rectification")
def close_rectification(work: Work, task: TaskContext) -> None:
    """销号: the loop is closed, by someone else than the handler (segregation of duties)."""
    found = _of(work.session, task.instance_id)
    if task.verb != "approve":
        found.state = "issued"
        return
    found.state, found.closed_by, found.closed_at = "closed", work.actor.name, work.now
    found.budget_opinion = str(task.answers.get("budget_opinion") or "")
    alert = _alert(work.session, task)
    if alert is not None:
        alert.open_key, alert.closed_at = None, work.now
    work.record(
        "rectification.closed",
        f"rectification:{found.id}",
        task.subject,
        {"number": found.number, "result": found.result, "alert": found.alert_id},
    )


@guard("risk.nothing_open")
def nothing_open(work: Work, task: TaskContext) -> None:
    """A project with an open alert or rectification cannot be closed."""
    open_ = work.session.scalars(
        select(Alert.text).where(Alert.project_id == task.subject_id, Alert.open_key.is_not(None))
    ).all()
    loops = [
        one.number
        for one in queries.rectifications(work.session, task.subject_id)
        if one.state != "closed"
    ]
    waiting = _unfinished(work.session, task)
    if open_ or loops or waiting:
        raise Invalid(
            "还有未销号的整改或预警，不能终审：{what}", what="；".join([*loops, *open_, *waiting])
        )


def _unfinished(session: Session, task: TaskContext) -> list[str]:
    """The names of other processes about the project that go on, a notice not yet drafted say."""
    return list(
        session.scalars(
            select(Deployment.name)
            .join(Instance, Instance.deployment_id == Deployment.id)
            .outerjoin(Rectification, Rectification.instance_id == Instance.id)
            .where(
                Instance.subject == task.subject,
                Instance.status == "active",
                Instance.id != task.instance_id,
                Rectification.id.is_(None),
            )
        )
    )
