"""From the engine's rows to the closure record: what the paper says is what the rows say."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import local
from engine.indicators import queries as indicators
from engine.indicators.models import Evaluation
from engine.indicators.scoring import FLAG_TEXT
from engine.ledger.models import Entry
from engine.people import queries as people
from engine.people.roles import ROLES
from engine.projects import queries as projects
from engine.projects.packs import installed_packs
from engine.projects.queries import ProjectRow
from engine.projects.rules import STAGES, budget_of
from engine.risk import queries as risks
from engine.risk.rules import ORIGINS
from engine.settings import Settings
from engine.workflow import queries as workflow
from engine.workflow.verbs import DECISIONS, VERBS
from reports.closure import (
    Approval,
    BudgetRow,
    ClosureRecord,
    IndicatorRow,
    ProjectFacts,
    Rectification,
    ReportTexts,
    Signatories,
)
from reports.diagram import render


def closure_record(
    session: Session, settings: Settings, project_id: int, number: str, at: datetime
) -> ClosureRecord:
    """All that the closure document of a project says, as the rows stand at `at`."""
    row = projects.row(session, project_id)
    project = projects.project(session, project_id)
    evaluation = indicators.require_evaluation(session, project_id, row.year)
    return ClosureRecord(
        document_number=number,
        project=_facts(row),
        budget=tuple(_budget(session, row, evaluation)),
        goal_expected=project.overall_goal or _goal(session, row),
        goal_actual=evaluation.goal_actual,
        indicators=tuple(_indicators(session, evaluation)),
        total=evaluation.total,
        grade=evaluation.grade or "",
        texts=_texts(session, row, evaluation),
        approvals=tuple(_approvals(session, row)),
        rectifications=tuple(_rectifications(session, project_id)),
        path_svg=_path(session, row),
        ledger_head=_head(session),
        issued_at=at,
        verdict_url=f"{settings.public_url}/verify/{number}",
        organisation=settings.organisation,
        signatories=Signatories(
            filled_by=evaluation.filled_by,
            checked_by=evaluation.checked_by or "",
            responsible=evaluation.final_by or "",
            on=local(at).date(),
        ),
        demonstration=row.demo,
    )


def _facts(row: ProjectRow) -> ProjectFacts:
    pack = installed_packs().get(row.type)
    return ProjectFacts(
        name=row.name,
        code=row.code,
        type=pack.name if pack else row.type,
        unit=row.unit,
        department=row.department,
        years=tuple(range(row.first_year, row.last_year + 1)),
        manager=row.manager,
        place=row.place,
    )


def _goal(session: Session, row: ProjectRow) -> str:
    plan = indicators.plan(session, row.id, row.year)
    return plan.goal if plan else ""


def _budget(session: Session, row: ProjectRow, evaluation: Evaluation) -> list[BudgetRow]:
    weight = indicators.execution_weight(session, row.id, row.year)
    found = []
    for year in range(row.first_year, row.year + 1):
        money = projects.year_money(session, row.id, year)
        found.append(
            BudgetRow(
                year=year,
                line="年度资金总额",
                initial=money.initial,
                adjusted=money.budget,
                executed=money.executed,
                # The scored table is the last year's; earlier years show their money only.
                weight=weight if year == row.year else None,
                rate=money.executed / money.budget if money.budget else None,
                score=evaluation.execution_accepted if year == row.year else None,
                total=True,
            )
        )
        found += [
            BudgetRow(
                year=year,
                line=line.source,
                initial=line.initial,
                adjusted=budget_of(line.initial, line.adjusted),
                executed=None,
            )
            for line in projects.budget_lines(session, row.id, year)
        ]
    return found


def _indicators(session: Session, evaluation: Evaluation) -> list[IndicatorRow]:
    return [
        IndicatorRow(
            level1=target.level1,
            level2=target.level2,
            level3=target.level3,
            target_initial=target.initial,
            target_adjusted=target.adjusted or "",
            actual=row.actual,
            weight=target.weight,
            proposed=row.proposed,
            accepted=row.accepted,
            reason=row.reason,
            deviation_reason=row.deviation_reason,
            flags=tuple(FLAG_TEXT.get(flag, flag) for flag in row.flags),
        )
        for row, target in indicators.evaluation_rows(session, evaluation.id)
    ]


def _texts(session: Session, row: ProjectRow, evaluation: Evaluation) -> ReportTexts:
    told = evaluation.texts
    project = projects.project(session, row.id)
    bases = "\n".join(one.text for one in people.dictionary(session, "basis"))
    return ReportTexts(
        overview="\n".join(filter(None, [told.get("overview"), project.background, project.plan])),
        work="\n".join(filter(None, [told.get("organisation"), bases])),
        conclusion=told.get("conclusion") or "",
        analysis=told.get("deviation") or "",
        experience="\n".join(filter(None, [told.get("experience"), told.get("problems")])),
        advice=told.get("suggestions") or "",
        other="",
        self_report=evaluation.goal_actual,
    )


def _approvals(session: Session, row: ProjectRow) -> list[Approval]:
    entered = _stage_entries(session, row)
    return [
        Approval(
            stage=next((name for at, name in reversed(entered) if at <= one.at), ""),
            node=one.title,
            person=one.who,
            role=ROLES.get(one.role, one.role),
            verb=VERBS.get(one.verb, one.verb),
            opinion=one.opinion,
            at=one.at,
            round=one.round,
        )
        for one in workflow.timeline(session, row.subject)
        if one.verb in DECISIONS
    ]


def _stage_entries(session: Session, row: ProjectRow) -> list[tuple[datetime, str]]:
    """When the diagram said that the project entered a stage, and the stage's name."""
    rows = session.execute(
        select(Entry.at, Entry.payload)
        .where(Entry.kind == "stage.entered", Entry.subject == row.subject)
        .order_by(Entry.id)
    )
    return [(found.at, STAGES[json.loads(found.payload)["facts"]["stage"]]) for found in rows]


def _rectifications(session: Session, project_id: int) -> list[Rectification]:
    return [
        Rectification(
            number=one.number,
            source=ORIGINS.get(one.origin, one.origin),
            problem=one.problem,
            requirement=one.requirement,
            measures=one.measures,
            feedback=one.result,
            review=one.review,
            closed_by=one.closed_by or "",
            closed_at=one.closed_at,
        )
        for one in risks.rectifications(session, project_id)
    ]


def _path(session: Session, row: ProjectRow) -> str:
    """The lifecycle's diagram with the way that this project went."""
    instances = workflow.instances(session, row.subject)
    if not instances:
        return ""
    way = workflow.path(session, instances[0])
    return render(way.diagram, passed=way.passed, taken=way.taken, current=way.current)


def _head(session: Session) -> str:
    newest = session.execute(
        select(Entry.number, Entry.head).where(
            Entry.number == select(func.max(Entry.number)).scalar_subquery()
        )
    ).one_or_none()
    return f"{newest.number}:{newest.head.hex()}" if newest and newest.head else ""
