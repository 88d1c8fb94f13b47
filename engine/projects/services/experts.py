"""专家评审 before the assessment of a large new project (rules.md A.2, D.3-3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.policy import independent
from engine.projects import queries
from engine.projects.models import Assessment
from engine.projects.rules import CONCLUSIONS, EX_ANTE_TESTS
from engine.projects.services.assessing import ex_ante_marks, keep_assessment
from engine.registry import effect, guard, prefill
from engine.work import Work
from engine.workflow.context import TaskContext
from engine.workflow.models import Signer

KIND = "expert_review"
CENT = Decimal("0.01")
NO_EXPERTS = "本项目没有组织专家评审"


@guard("projects.expert_may_assess")
def expert_may_assess(work: Work, task: TaskContext) -> None:
    """An expert has declared that nothing ties them to the project, and comes from elsewhere."""
    if task.answers.get("no_conflict") is not True:
        raise Invalid("有利益关系的专家应当回避，请申请回避", field="no_conflict")
    project = queries.project(work.session, task.subject_id)
    home = people.unit(work.session, people.person(work.session, task.actor_id or 0).unit_id).path
    if not independent(home, project.unit_path):
        raise Invalid("评审专家不得来自被评项目的单位及其上级")
    ex_ante_marks(task.answers)


@effect("projects.keep_expert_review")
def keep_expert_review(work: Work, task: TaskContext) -> None:
    """Each expert's marks are kept under their own name."""
    for answers, person, opinion in _reviews(work, task):
        marks, conclusion = ex_ante_marks(answers)
        keep_assessment(work, task, KIND, marks, conclusion, by=(person, opinion))


def _reviews(work: Work, task: TaskContext) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """What each signer answered; one who reviewed alone has no part of their own."""
    rows = work.session.scalars(
        select(Signer).where(Signer.task_id == task.task_id).order_by(Signer.id)
    ).all()
    spoken = [row for row in rows if row.state == "done" and row.answers]
    if not spoken:
        yield task.answers, work.actor.name, task.opinion
    for row in spoken:
        yield row.answers or {}, row.person, row.opinion


@prefill("projects.expert_opinions")
def expert_opinions(session: Session, task: TaskContext) -> dict[str, Any]:
    """The assessment starts with the experts' opinions and the means of their marks."""
    found = _latest(queries.assessments(session, task.subject_id))
    if not found:
        return {"experts": NO_EXPERTS}
    means = {key: str(_mean(Decimal(one.marks[key]) for one in found)) for key in EX_ANTE_TESTS}
    return {"experts": "\n".join(_told(one) for one in found), **means}


def _latest(every: list[Assessment]) -> list[Assessment]:
    """The reviews of the last round, which were kept in one moment."""
    reviews = [one for one in every if one.kind == KIND]
    return [one for one in reviews if one.at == reviews[-1].at]


def _mean(marks: Iterator[Decimal]) -> Decimal:
    given = list(marks)
    return (sum(given, Decimal(0)) / len(given)).quantize(CENT, ROUND_HALF_UP)


def _told(one: Assessment) -> str:
    total = sum((Decimal(mark) for mark in one.marks.values()), Decimal(0))
    said = f"：{one.opinion}" if one.opinion else ""
    return f"{one.by}：合计 {total} 分，{CONCLUSIONS[one.conclusion]}{said}"
