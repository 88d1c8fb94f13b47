"""Writes of a project before it is sent: begun, changed, deleted, and sent on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.projects.commands.shared import subject_of
from engine.projects.models import Document, Project, StageGate
from engine.projects.numbers import add_numbered
from engine.projects.packs import Pack
from engine.projects.rules import (
    DELETED,
    LARGEST,
    STAGES,
)
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance

ORIGINS = {"new": "新增", "continuing": "延续"}
NAME_LENGTH = 200


@dataclass(frozen=True)
class ProjectDraft:
    """What the wizard asks for; money in 元."""

    name: str
    type: str
    first_year: int
    last_year: int
    amount: Decimal
    topic: str = ""
    origin: str = "new"
    pilot: bool = False
    place: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    overall_goal: str = ""
    background: str = ""
    basis: str = ""
    plan: str = ""
    demo: bool = False

    def problems(self, packs: Mapping[str, Pack]) -> dict[str, str]:
        """What keeps the draft from being sent, by field."""
        found: dict[str, str] = {}
        if not self.name.strip():
            found["name"] = Sentence("请填写项目名称")
        elif len(self.name) > NAME_LENGTH:
            found["name"] = Sentence("项目名称不超过 {most} 字", most=NAME_LENGTH)
        if self.type not in packs:
            found["type"] = Sentence("请选择项目类型")
        if self.amount <= 0:
            found["amount"] = Sentence("项目资金总额应大于零")
        elif self.amount >= LARGEST:
            found["amount"] = Sentence("项目资金总额过大")
        if self.last_year < self.first_year:
            found["last_year"] = Sentence("结束年度不能早于开始年度")
        elif self.last_year - self.first_year > 9:
            found["last_year"] = Sentence("项目期不超过十年")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            found["ends_on"] = Sentence("计划完成日期不能早于开始日期")
        return found


def create_project(work: Work, draft: ProjectDraft, *, department_id: int | None = None) -> Project:
    """A project in draft, of the unit and in the hands of the acting person."""
    if work.actor.id is None:
        raise Forbidden("项目须由人员申报")
    manager = people.person(work.session, work.actor.id)
    unit = people.unit(work.session, manager.unit_id)

    def make() -> Project:
        project = Project(
            code=_next_code(work, draft.first_year),
            unit_id=unit.id,
            unit_path=unit.path,
            department_id=department_id or unit.parent_id or unit.id,
            manager_id=manager.id,
            created_at=work.now,
        )
        _write_draft(project, draft)
        return project

    project = add_numbered(work, make)
    work.record("project.drafted", subject_of(project), subject_of(project), {"name": project.name})
    return project


def _next_code(work: Work, year: int) -> str:
    prefix = f"MH-{year}-"
    last = work.session.scalar(
        select(func.max(Project.code)).where(Project.code.startswith(prefix))
    )
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def _write_draft(project: Project, draft: ProjectDraft) -> None:
    for name in ProjectDraft.__dataclass_fields__:
        setattr(project, name, getattr(draft, name))
    project.year = draft.first_year


def update_draft(work: Work, project_id: int, draft: ProjectDraft) -> Project:
    """Save the wizard at any step; only the manager, and only before the project is sent."""
    project = _own_draft(work, project_id)
    _write_draft(project, draft)
    work.record("project.drafted", subject_of(project), subject_of(project), {"name": project.name})
    return project


def _own_draft(work: Work, project_id: int) -> Project:
    # Locked, so that a draft that is sent twice at once starts one process.
    project = work.session.get(Project, project_id, with_for_update=True, populate_existing=True)
    if project is None:
        raise NotFound("没有这个项目")
    if project.manager_id != work.actor.id:
        raise Forbidden("只有项目经办人可以修改或提交草稿")
    if project.status == DELETED:
        raise NotFound("草稿已经删除")
    if project.status != "draft":
        raise Conflict("项目已经提交，不能再按草稿修改")
    return project


def delete_draft(work: Work, project_id: int) -> Project:
    """Withdraw one's own draft: what it said is gone, nobody sees it, its number stays taken.

    The row stays, because entries speak of it by its id, which must never mean another project.
    """
    project = _own_draft(work, project_id)
    work.record("draft.deleted", subject_of(project), subject_of(project), {"name": project.name})
    empty = ProjectDraft(
        project.name, project.type, project.first_year, project.last_year, Decimal(0)
    )
    _write_draft(project, empty)
    project.status = DELETED
    return project


def draft_of(project: Project) -> ProjectDraft:
    """The wizard's answers as they stand in the row."""
    names = ProjectDraft.__dataclass_fields__
    return ProjectDraft(**{name: getattr(project, name) for name in names})


def start_project(work: Work, project_id: int, packs: Mapping[str, Pack]) -> Instance:
    """Send a draft on its way: its type's gates are laid out and the lifecycle starts."""
    project = _own_draft(work, project_id)
    problems = draft_of(project).problems(packs)
    if problems:
        raise Invalid("项目信息还不完整", problems=problems)
    pack = packs[project.type]
    gates = _lay_out_gates(work, project, pack)
    project.status = "active"
    work.record(
        "project.started",
        subject_of(project),
        subject_of(project),
        {"name": project.name, "type": project.type, "amount": project.amount},
    )
    return start_instance(
        work,
        "lifecycle",
        About(subject_of(project), project.name, project.unit_path, project.manager_id),
        {
            "project": process_facts(project),
            "year": project.first_year,
            "last_year": project.last_year,
            "gates": gates,
        },
    )


def process_facts(project: Project) -> dict[str, object]:
    """What diagrams and decision tables may ask of a project."""
    return {
        "id": project.id,
        "manager": project.manager_id,
        "type": project.type,
        "amount": project.amount,
        "origin": project.origin,
        "pilot": project.pilot,
    }


def _lay_out_gates(work: Work, project: Project, pack: Pack) -> dict[str, list[dict[str, str]]]:
    laid: dict[str, list[dict[str, str]]] = {stage: [] for stage in STAGES}
    for position, gate in enumerate(pack.gates):
        laid[gate.stage].append({"key": gate.key, "name": gate.name, "gatekeeper": gate.gatekeeper})
        work.session.add(
            StageGate(
                project_id=project.id,
                stage=gate.stage,
                position=position,
                key=gate.key,
                name=gate.name,
                gatekeeper=gate.gatekeeper,
            )
        )
        for kind in gate.documents:
            work.session.add(
                Document(
                    project_id=project.id,
                    gate=gate.key,
                    key=kind.key,
                    name=kind.name,
                    required=kind.required,
                )
            )
    return laid
