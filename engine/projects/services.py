"""What diagrams may ask of the projects: guards, effects, prefills and services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.projects import queries
from engine.projects.commands import hand_in_document, missing_documents
from engine.projects.models import (
    Assessment,
    BudgetLine,
    Document,
    Project,
    ProjectFigure,
    StageGate,
)
from engine.projects.packs import installed_packs
from engine.projects.rules import (
    CONCLUSIONS,
    EX_ANTE_TESTS,
    JUDGEMENTS,
    LARGEST,
    MISSING,
    PASSED,
    STAGES,
    carry_over,
)
from engine.registry import effect, guard, prefill, service
from engine.work import Work
from engine.workflow.context import CallContext, TaskContext
from engine.workflow.models import Task


def _amount(value: object, field: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise Invalid("请填写金额", field=field) from None
    if not amount.is_finite() or not 0 <= amount < LARGEST or round(amount, 2) != amount:
        raise Invalid("金额应为不小于零、最多两位小数的数", field=field)
    return amount


@effect("projects.declare")
def declare(work: Work, task: TaskContext) -> None:
    """立项申报: the declaration's answers become the project's."""
    project, answers = queries.project(work.session, task.subject_id), task.answers
    for name in ("overall_goal", "background", "basis", "plan"):
        setattr(project, name, str(answers.get(name) or ""))
    project.starts_on = _day(answers.get("start"))
    project.ends_on = _day(answers.get("end"))
    if project.starts_on and project.ends_on and project.ends_on < project.starts_on:
        raise Invalid("计划完成日期不能早于开始日期", field="end")
    if answers.get("estimate") not in (None, ""):
        set_figure(work, project.id, "估算", _amount(answers["estimate"], "estimate"))


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def set_figure(work: Work, project_id: int, name: str, amount: Decimal) -> None:
    """Keep a sum that the numeric guards speak of."""
    known = work.session.scalar(
        select(ProjectFigure).where(
            ProjectFigure.project_id == project_id, ProjectFigure.name == name
        )
    )
    if known is None:
        known = ProjectFigure(project_id=project_id, name=name)
        work.session.add(known)
    known.amount = amount


@prefill("projects.declaration")
def declaration(session: Session, task: TaskContext) -> dict[str, Any]:
    """The declaration starts with what the wizard asked."""
    project = queries.project(session, task.subject_id)
    return {
        "overall_goal": project.overall_goal,
        "background": project.background,
        "basis": project.basis,
        "plan": project.plan,
        "start": project.starts_on.isoformat() if project.starts_on else None,
        "end": project.ends_on.isoformat() if project.ends_on else None,
    }


@effect("projects.assess_ex_ante")
def assess_ex_ante(work: Work, task: TaskContext) -> None:
    """事前绩效评估: five tests of twenty points (rules.md A.2) and a conclusion."""
    marks = {key: str(task.answers.get(key)) for key in EX_ANTE_TESTS}
    conclusion = str(task.answers.get("conclusion"))
    if conclusion not in CONCLUSIONS:
        raise Invalid("请选择评估结论", field="conclusion")
    total = sum((Decimal(mark) for mark in marks.values()), Decimal(0))
    if conclusion == "supported" and total < 60:
        raise Invalid(f"五项合计 {total} 分，不足 60 分不能“予以支持”", field="conclusion")
    keep_assessment(work, task, "ex_ante", marks, conclusion)


def keep_assessment(
    work: Work, task: TaskContext, kind: str, marks: Mapping[str, str], conclusion: str
) -> None:
    """Keep a set of test marks with its conclusion."""
    work.session.add(
        Assessment(
            project_id=task.subject_id,
            kind=kind,
            year=int(task.data.get("year") or 0),
            marks=dict(marks),
            conclusion=conclusion,
            opinion=task.opinion,
            by=work.actor.name,
            at=work.now,
        )
    )


def _gate(session: Session, task: TaskContext) -> StageGate:
    key = (task.data.get("gate") or {}).get("key")
    gate = session.scalar(
        select(StageGate).where(StageGate.project_id == task.subject_id, StageGate.key == str(key))
    )
    if gate is None:
        raise Invalid("流程没有说明这是哪一个关口")
    return gate


@prefill("projects.gate_checklist")
def gate_checklist(session: Session, task: TaskContext) -> dict[str, Any]:
    """The gate's documents with their states, and the figures that its guards need."""
    gate = _gate(session, task)
    known = queries.figures(session, task.subject_id)
    return {
        "documents": [
            {
                "key": one.key,
                "name": one.name,
                "required": one.required,
                "state": one.state,
                "file": _file(one),
                "note": one.note,
            }
            for one in queries.documents(session, task.subject_id, gate.key)
        ],
        "figures": [
            {"key": figure, "name": figure, "amount": _shown(known.get(figure))}
            for figure in _figures_asked(session, task.subject_id, gate.key)
        ],
    }


def _file(document: Document) -> dict[str, Any] | None:
    if document.sha256 is None:
        return None
    return {"sha256": document.sha256, "name": document.file_name, "size": document.size or 0}


def _shown(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _figures_asked(session: Session, project_id: int, gate: str) -> tuple[str, ...]:
    pack = installed_packs()[queries.project(session, project_id).type]
    return next((tuple(one.figures) for one in pack.gates if one.key == gate), ())


@effect("projects.submit_gate")
def submit_gate(work: Work, task: TaskContext) -> None:
    """The manager hands a gate in: files and figures are kept; required documents must be there."""
    gate = _gate(work.session, task)
    documents = queries.documents(work.session, task.subject_id, gate.key)
    by_key = {one.key: one for one in documents}
    for row in task.answers.get("documents") or ():
        document = by_key.get(str(row.get("key")))
        _receive(work, document, row)
        if document is not None:
            row["state"] = document.state  # what was handed in is not shown as missing later
    lacking = missing_documents(documents)
    if lacking:
        raise Invalid(f"“{gate.name}”还缺少材料：{'、'.join(lacking)}", field="documents")
    for row in task.answers.get("figures") or ():
        if row.get("amount") not in (None, ""):
            set_figure(work, task.subject_id, row["key"], _amount(row["amount"], "figures"))


def _receive(work: Work, document: Document | None, row: Mapping[str, Any]) -> None:
    """Hand in what a row of the form carries, if it is not the file that is there already."""
    file = row.get("file")
    if document is None or not isinstance(file, Mapping) or file.get("sha256") == document.sha256:
        return
    hand_in_document(
        work,
        document.id,
        sha256=str(file["sha256"]),
        file_name=str(file.get("name") or document.name),
        size=int(file.get("size") or 0),
        note=str(row.get("note") or ""),
    )


@guard("projects.gate_is_complete")
def gate_is_complete(work: Work, task: TaskContext) -> None:
    """A gate with a missing or refused document, or a figure that breaks a rule, is not passed."""
    gate = _gate(work.session, task)
    given = {row.get("key"): row.get("state") for row in task.answers.get("documents") or ()}
    documents = queries.documents(work.session, task.subject_id, gate.key)
    open_ = [
        f"{one.name}（{given.get(one.key) or one.state}）"
        for one in documents
        if one.required and (one.state == MISSING or given.get(one.key, one.state) != PASSED)
    ]
    if open_:
        raise Invalid(f"“{gate.name}”的材料尚未全部通过：{'、'.join(open_)}", field="documents")
    broken = broken_guards(work.session, task.subject_id, gate.key)
    blocking = [message for message, blocks in broken if blocks]
    if blocking:
        raise Invalid("；".join(blocking), field="figures")


def broken_guards(session: Session, project_id: int, gate: str) -> list[tuple[str, bool]]:
    """The numeric rules of a gate that the project's figures break: (message, whether it blocks).

    A rule over figures that nobody has given is not broken: its value is null (DMN).
    """
    project = queries.project(session, project_id)
    pack = installed_packs()[project.type]
    figures: dict[str, Any] = {**queries.figures(session, project_id), "资金总额": project.amount}
    return [
        (one.message, one.severity == "block")
        for found in pack.gates
        if found.key == gate
        for one in found.guards
        if one.expression.evaluate(figures) is False
    ]


@effect("projects.review_gate")
def review_gate(work: Work, task: TaskContext) -> None:
    """The gatekeeper's marks on each document; the gate is passed by approving."""
    gate = _gate(work.session, task)
    by_key = {one.key: one for one in _locked(work.session, task.subject_id, gate.key)}
    opened_at = work.session.get_one(Task, task.task_id).opened_at
    for row in task.answers.get("documents") or ():
        document, state = by_key.get(str(row.get("key"))), row.get("state")
        if document is None or state not in JUDGEMENTS or document.state == MISSING:
            continue
        if state == PASSED != document.state:
            _check_not_replaced(document, opened_at)
        document.state, document.note = str(state), str(row.get("note") or "")
    if task.verb == "approve":
        gate.passed_at, gate.passed_by = work.now, work.actor.name
        warnings = [text for text, _ in broken_guards(work.session, task.subject_id, gate.key)]
        work.record(
            "gate.passed",
            f"gate:{gate.id}",
            task.subject,
            {
                "gate": gate.name,
                "stage": gate.stage,
                "warnings": warnings,
                "documents": {one.key: [one.state, one.sha256] for one in by_key.values()},
            },
        )


def _locked(session: Session, project_id: int, gate: str) -> list[Document]:
    """A gate's documents as they stand, kept from being replaced until the commit."""
    wanted = select(Document).where(Document.project_id == project_id, Document.gate == gate)
    locked = wanted.order_by(Document.id).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))


def _check_not_replaced(document: Document, opened_at: datetime) -> None:
    """What passes is what was handed in for review, not what took its place meanwhile."""
    if document.handed_in_at is not None and document.handed_in_at > opened_at:
        raise Invalid(
            f"“{document.name}”在送审之后被替换过，不能判为通过，请驳回并退回重报",
            field="documents",
        )


@service("projects.enter_stage")
def enter_stage(work: Work, call: CallContext) -> None:
    """The diagram says which of the four stages the project is in."""
    stage = str(call.parameters.get("stage"))
    if stage not in STAGES:
        raise Invalid(f"没有阶段 {stage}")
    project = queries.project(work.session, call.subject_id)
    project.stage = stage
    work.record(
        "stage.entered", call.subject, call.subject, {"stage": stage, "name": STAGES[stage]}
    )


@service("projects.open_next_year")
def open_next_year(work: Work, call: CallContext) -> dict[str, Any]:
    """The next fiscal year opens; what this year left goes over (结转)."""
    project = queries.project(work.session, call.subject_id)
    money = queries.year_money(work.session, project.id, project.year)
    carried = carry_over(money.budget, money.executed)
    project.year += 1
    if carried > 0:
        _carry(work, project, carried)
    work.record(
        "year.opened",
        call.subject,
        call.subject,
        {"year": project.year, "carried_over": carried},
    )
    return {"year": project.year}


CARRIED = "上年结转"


def _carry(work: Work, project: Project, amount: Decimal) -> None:
    work.session.add(
        BudgetLine(
            project_id=project.id,
            year=project.year,
            source=CARRIED,
            initial=amount,
            carried_over=amount,
        )
    )


@service("projects.close_project")
def close_project(work: Work, call: CallContext) -> None:
    """The project is closed; its file stays as it is."""
    project = queries.project(work.session, call.subject_id)
    project.status, project.closed_at = "closed", work.now
    work.record("project.closed", call.subject, call.subject, {"name": project.name})


@service("projects.reject_project")
def reject_project(work: Work, call: CallContext) -> None:
    """The project may not go on (未予立项, or its targets may not enter the budget)."""
    project = queries.project(work.session, call.subject_id)
    project.status, project.closed_at = "rejected", work.now
    work.record("project.rejected", call.subject, call.subject, {"name": project.name})
