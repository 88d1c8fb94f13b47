"""The project page as data: stages, gates, money, indicators, risks, papers and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine import clock
from engine.errors import NotFound
from engine.indicators import queries as indicators
from engine.indicators.lights import Light, project_light
from engine.indicators.models import Evaluation
from engine.indicators.queries import IndicatorView
from engine.people.sessions import SignedIn
from engine.projects import queries as projects
from engine.projects.models import BudgetLine, Document, Project, StageGate
from engine.projects.queries import ProjectRow, YearMoney
from engine.projects.rules import MISSING, PASSED, STAGES, budget_of
from engine.risk import queries as risks
from engine.risk.models import Alert, Rectification
from engine.workflow import queries as workflow
from engine.workflow.models import Comment, Instance
from engine.workflow.queries import OpenRow, SignerRow
from reports.models import Paper, papers

COLOURS = {Light.RED: "red", Light.YELLOW: "yellow", Light.GREEN: "green", Light.BLUE: "blue"}


@dataclass(frozen=True)
class GateView:
    """A gate with its documents and how far they are."""

    gate: StageGate
    documents: list[Document]

    @property
    def lacking(self) -> int:
        """How many required documents nobody handed in."""
        return sum(one.required and one.state == MISSING for one in self.documents)


@dataclass(frozen=True)
class StageView:
    """A stage of the four, and its gates."""

    key: str
    name: str
    state: str
    gates: list[GateView]


@dataclass(frozen=True)
class YearView:
    """A fiscal year: its money, indicators and evaluation."""

    money: YearMoney
    lines: list[tuple[BudgetLine, Decimal]]
    indicators: list[IndicatorView]
    light: Light | None
    evaluation: Evaluation | None


@dataclass(frozen=True)
class ProjectPage:
    """All that one page shows of a project."""

    project: Project
    row: ProjectRow
    stages: list[StageView]
    year: YearView
    years: range
    alerts: list[Alert]
    rectifications: list[Rectification]
    papers: list[Paper]
    timeline: list[SignerRow]
    waiting: list[OpenRow]
    instances: list[Instance]
    mine: bool
    comments: list[Comment]


def visible_project(session: Session, project_id: int, person: SignedIn) -> Project:
    """The project, if this person may see it; otherwise it is as if it were not there."""
    found = projects.project(session, project_id)
    if not projects.may_see(person.id, person.grants, found):
        raise NotFound("没有这个项目，或者它不在您的权限范围内")
    return found


def open_page(
    session: Session, project_id: int, person: SignedIn, year: int | None = None
) -> ProjectPage:
    """The page of one project in one fiscal year (default: its current one)."""
    found = visible_project(session, project_id, person)
    row = projects.row(session, project_id)
    years = range(row.first_year, row.last_year + 1)
    shown = year if year in years else row.year
    subject = row.subject
    return ProjectPage(
        project=found,
        row=row,
        stages=_stages(session, row),
        year=_year(session, row, shown or row.year, clock.now()),
        years=years,
        alerts=risks.alerts(session, project_id),
        rectifications=risks.rectifications(session, project_id),
        papers=papers(session, project_id),
        timeline=workflow.timeline(session, subject),
        waiting=workflow.open_tasks(session, subject),
        instances=workflow.instances(session, subject),
        mine=found.manager_id == person.id,
        comments=workflow.comments(session, subject),
    )


def _stages(session: Session, row: ProjectRow) -> list[StageView]:
    documents: dict[str, list[Document]] = {}
    for one in projects.documents(session, row.id):
        documents.setdefault(one.gate, []).append(one)
    gates = projects.gates(session, row.id)
    order = list(STAGES)
    here = order.index(row.stage) if row.stage in order else 0
    ended = row.status == "closed"
    return [
        StageView(
            key=key,
            name=STAGES[key],
            state="done" if ended or place < here else "here" if place == here else "ahead",
            gates=[GateView(g, documents.get(g.key, [])) for g in gates if g.stage == key],
        )
        for place, key in enumerate(order)
    ]


def _year(session: Session, row: ProjectRow, year: int, at: datetime) -> YearView:
    seen = indicators.indicator_views(session, row.id, year, at)
    lines = projects.budget_lines(session, row.id, year)
    return YearView(
        money=projects.year_money(session, row.id, year),
        lines=[(line, budget_of(line.initial, line.adjusted)) for line in lines],
        indicators=seen,
        light=project_light(one.light for one in seen if one.light is not None),
        evaluation=indicators.evaluation(session, row.id, year),
    )


def document_class(document: Document) -> str:
    """How the stage list marks a document."""
    if document.state == PASSED:
        return "ok"
    if document.state == MISSING:
        return "missing" if document.required else ""
    return "returned" if document.state == "已驳回" else ""


def light_class(light: Light | None) -> dict[str, Any]:
    """The class and the word of a light."""
    if light is None:
        return {"colour": "", "word": ""}
    words = {Light.RED: "预警", Light.YELLOW: "关注", Light.GREEN: "正常", Light.BLUE: "超额"}
    return {"colour": COLOURS[light], "word": words[light]}
