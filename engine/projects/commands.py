"""Writes of the projects: drafting, starting, budgets, payments, documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.projects import queries
from engine.projects.models import BudgetLine, Document, Payment, Project, StageGate
from engine.projects.numbers import add_numbered
from engine.projects.packs import Pack
from engine.projects.rules import DELETED, LARGEST, MISSING, PASSED, RECEIVED, STAGES, budget_of
from engine.work import Work
from engine.workflow.instances import start_instance
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
            found["name"] = "请填写项目名称"
        elif len(self.name) > NAME_LENGTH:
            found["name"] = f"项目名称不超过 {NAME_LENGTH} 字"
        if self.type not in packs:
            found["type"] = "请选择项目类型"
        if self.amount <= 0:
            found["amount"] = "项目资金总额应大于零"
        elif self.amount >= LARGEST:
            found["amount"] = "项目资金总额过大"
        if self.last_year < self.first_year:
            found["last_year"] = "结束年度不能早于开始年度"
        elif self.last_year - self.first_year > 9:
            found["last_year"] = "项目期不超过十年"
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            found["ends_on"] = "计划完成日期不能早于开始日期"
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
    work.record("project.drafted", _subject(project), _subject(project), {"name": project.name})
    return project


def _subject(project: Project) -> str:
    return f"project:{project.id}"


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
    work.record("project.drafted", _subject(project), _subject(project), {"name": project.name})
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
    work.record("draft.deleted", _subject(project), _subject(project), {"name": project.name})
    empty = ProjectDraft(
        project.name, project.type, project.first_year, project.last_year, Decimal(0)
    )
    _write_draft(project, empty)
    project.status = DELETED
    return project


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
        _subject(project),
        _subject(project),
        {"name": project.name, "type": project.type, "amount": project.amount},
    )
    return start_instance(
        work,
        "lifecycle",
        subject=_subject(project),
        title=project.name,
        unit_path=project.unit_path,
        data={
            "project": process_facts(project),
            "year": project.first_year,
            "last_year": project.last_year,
            "gates": gates,
        },
    )


def draft_of(project: Project) -> ProjectDraft:
    """The wizard's answers as they stand in the row."""
    names = ProjectDraft.__dataclass_fields__
    return ProjectDraft(**{name: getattr(project, name) for name in names})


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


def hand_in_document(
    work: Work, document_id: int, *, sha256: str, file_name: str, size: int, note: str = ""
) -> Document:
    """Record a file that was put in the store as the current version of a document.

    Only the project's manager, and only while the project goes on; a document that has passed
    stays as it is.
    """
    # As it stands under the lock: a reviewer may have passed it since the caller looked.
    document = work.session.get_one(
        Document, document_id, with_for_update=True, populate_existing=True
    )
    project = queries.project(work.session, document.project_id)
    if project.manager_id != work.actor.id:
        raise Forbidden("只有项目经办人可以提交材料")
    if project.status != "active":
        raise Conflict("项目不在办理中，不能再提交材料")
    if document.state == PASSED:
        raise Conflict(f"“{document.name}”已通过审核，不能替换")
    document.state, document.sha256, document.file_name = RECEIVED, sha256, file_name
    document.size, document.note = size, note
    document.handed_in_by, document.handed_in_at = work.actor.name, work.now
    work.record(
        "document.received",
        f"document:{document.id}",
        _subject(project),
        {"name": document.name, "gate": document.gate, "file": file_name, "sha256": sha256},
    )
    return document


def missing_documents(documents: list[Document]) -> list[str]:
    """The names of the required documents that nobody has handed in."""
    return [one.name for one in documents if one.required and one.state == MISSING]


def set_budget_line(work: Work, project_id: int, year: int, source: str, initial: Decimal) -> None:
    """Declare a source's money for a year (年初预算数), before its approval."""
    if initial < 0:
        raise Invalid("预算数不能为负", field="budget")
    line = _line(work, project_id, year, source)
    if line is None:
        line = BudgetLine(project_id=project_id, year=year, source=source)
        work.session.add(line)
    line.initial = initial


def declare_budget(work: Work, project_id: int, year: int, lines: Mapping[str, Decimal]) -> None:
    """Declare a year's money by source (年初预算数); replaces what was declared before.

    Money that was carried over (结转) is what last year left: it stays as it is.
    """
    for known in queries.budget_lines(work.session, project_id, year):
        if known.source not in lines and not known.carried_over:
            work.session.delete(known)
    for source, initial in lines.items():
        line = _line(work, project_id, year, source)
        if line is None or not line.carried_over:
            set_budget_line(work, project_id, year, source, initial)


def _line(work: Work, project_id: int, year: int, source: str) -> BudgetLine | None:
    return work.session.scalar(
        select(BudgetLine).where(
            BudgetLine.project_id == project_id,
            BudgetLine.year == year,
            BudgetLine.source == source,
        )
    )


def adjust_budget(
    work: Work, project_id: int, year: int, source: str, adjusted: Decimal, reason: str
) -> BudgetLine:
    """Change a line's budget during the year (全年预算数); the declared figure stays beside it."""
    project = queries.project(work.session, project_id)
    if work.actor.id is None or not _may_adjust(work, project):
        raise Forbidden("预算调整由财政业务科室办理")
    if work.actor.id == project.manager_id:
        raise Forbidden("项目经办人不能调整本项目的预算")
    if project.status not in ("draft", "active"):
        raise Conflict("项目已经结束，不能再调整预算")
    if not reason.strip():
        raise Invalid("请填写调整原因", field="reason")
    if adjusted < 0:
        raise Invalid("预算数不能为负", field="adjusted")
    if adjusted >= LARGEST:
        raise Invalid("预算数过大", field="adjusted")
    _lock_money(work, project_id)
    line = _line(work, project_id, year, source)
    if line is None:
        raise Invalid(f"{year} 年没有“{source}”的预算", field="source")
    before = budget_of(line.initial, line.adjusted)
    line.adjusted = adjusted
    work.record(
        "budget.adjusted",
        f"budget_line:{line.id}",
        _subject(project),
        {"year": year, "source": source, "before": before, "after": adjusted, "reason": reason},
    )
    return line


def approve_budget(work: Work, project: Project) -> None:
    """The budget of the project's year is approved: what was declared is from now on the base."""
    money = queries.year_money(work.session, project.id, project.year)
    work.record(
        "budget.approved",
        _subject(project),
        _subject(project),
        {"year": money.year, "budget": money.budget},
    )


def _may_adjust(work: Work, project: Project) -> bool:
    grants = people.grants(work.session, work.actor.id or 0)
    return any(
        grant.role == "budget_reviewer" and project.unit_path.startswith(grant.path)
        for grant in grants
    )


def record_payment(
    work: Work,
    project: Project,
    *,
    year: int,
    amount: Decimal,
    source: str,
    external_id: str,
    at: datetime,
    reverses: str | None = None,
    note: str = "",
) -> Payment:
    """Record money that moved: `amount` > 0 as paid; with `reverses` as the return of a payment.

    A reversal may not take back more than the payment it names. `external_id` is unique within
    its source, so a delivery counted twice is a `Conflict`.
    """
    if amount <= 0:
        raise Invalid("金额应大于零", field="amount")
    _lock_money(work, project.id)
    if _payment(work, source, external_id) is not None:
        raise Conflict(f"凭证 {external_id} 已经入账")
    origin = _reversed(work, source, reverses, project, amount) if reverses else None
    payment = Payment(
        project_id=project.id,
        year=origin.year if origin else year,
        amount=-amount if origin else amount,
        source=source,
        external_id=external_id,
        reverses_id=origin.id if origin else None,
        note=note,
        at=at,
    )
    work.session.add(payment)
    work.session.flush()
    work.record(
        "payment.reversed" if origin else "payment.recorded",
        f"payment:{payment.id}",
        _subject(project),
        {"year": payment.year, "amount": payment.amount, "source": source, "id": external_id},
    )
    return payment


def _lock_money(work: Work, project_id: int) -> None:
    """One change of a project's money at a time: two at once would not see each other's."""
    work.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())


def _payment(work: Work, source: str, external_id: str) -> Payment | None:
    return work.session.scalar(
        select(Payment).where(Payment.source == source, Payment.external_id == external_id)
    )


def _reversed(
    work: Work, source: str, external_id: str, project: Project, amount: Decimal
) -> Payment:
    origin = _payment(work, source, external_id)
    if origin is None or origin.project_id != project.id or origin.amount < 0:
        raise Invalid(f"没有可冲销的付款 {external_id}", field="reverses")
    taken = work.session.scalar(
        select(func.sum(Payment.amount)).where(Payment.reverses_id == origin.id)
    )
    left = origin.amount + (taken or Decimal(0))
    if amount > left:
        raise Invalid(f"冲销金额超过该笔付款的余额 {left} 元", field="amount")
    return origin
