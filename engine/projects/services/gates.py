"""What handing in and passing a gate means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.projects import queries
from engine.projects.commands import hand_in_document, missing_documents
from engine.projects.models import (
    Document,
    StageGate,
)
from engine.projects.packs import installed_packs
from engine.projects.rules import (
    JUDGEMENTS,
    MISSING,
    PASSED,
)
from engine.projects.services.assessing import amount_of, set_figure
from engine.registry import effect, guard, prefill
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.context import TaskContext
from engine.workflow.models import Task


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
        raise Invalid(
            "“{gate}”还缺少材料：{lacking}",
            gate=gate.name,
            lacking=lacking,
            field="documents",
        )
    for row in task.answers.get("figures") or ():
        if row.get("amount") not in (None, ""):
            set_figure(work, task.subject_id, row["key"], amount_of(row["amount"], "figures"))


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
        Sentence("{name}（{state}）", name=one.name, state=given.get(one.key) or one.state)
        for one in documents
        if one.required and (one.state == MISSING or given.get(one.key, one.state) != PASSED)
    ]
    if open_:
        raise Invalid(
            "“{gate}”的材料尚未全部通过：{open}",
            gate=gate.name,
            open=open_,
            field="documents",
        )
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
            "“{document}”在送审之后被替换过，不能判为通过，请驳回并退回重报",
            document=document.name,
            field="documents",
        )
