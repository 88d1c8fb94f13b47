"""The life of one demonstration project: a driver with a calendar, a purse and a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from sqlalchemy.orm import Session

from engine.clock import SHANGHAI, local
from engine.errors import Conflict, Invalid
from engine.people import queries as people
from engine.people.models import Person
from engine.projects import queries as projects
from engine.projects.commands import ProjectDraft, create_project
from engine.projects.models import Project
from engine.work import Work, reading
from engine.workflow.models import Task
from forms.demo.foundation import District
from forms.demo.pace import Pace
from forms.demo.places import department_of
from forms.demo.plan import DRAFT, Plan
from forms.demo.topics import Fortune, table
from forms.walk.answers import Answers
from forms.walk.driver import Driver

LIMIT = 300  # acts; a diagram that loops for ever is stopped here
SEASONS = {"monitoring": (8, 3), "self_evaluation": (12, 8)}
RUN_UP = timedelta(days=10)
CENT = Decimal("0.01")
FORWARD_OPINIONS = (
    "同意。",
    "材料齐全，测算有据，同意上报。",
    "同意。请按序时进度推进，按月核对支出。",
)


@dataclass
class Life(Driver):
    """One project from its draft to where its plan stops; `acts` counts everybody's acts."""

    plan: Plan
    district: District
    manager: Person
    pace: Pace
    fortune: Fortune
    random: Random
    acts: Counter[int]
    paid: dict[str, Decimal] = field(default_factory=dict)
    waited: set[tuple[str, str, int]] = field(default_factory=set)
    excess: str = ""

    @property
    def moment(self) -> datetime:
        """The moment of its next act."""
        return self.pace.at

    def set_out(self) -> bool:
        """Draft the project and, unless it stays a draft, send it; whether there is more."""
        department = self.district.units[department_of(self.plan.unit)]
        if self.plan.stop == DRAFT:
            self.act("submit", self.manager, "project_manager", "draft", self._draft_only)
            return False
        self.start(self.manager, self._draft(), department)
        return self._after()

    def _draft_only(self, work: Work) -> None:
        department = self.district.units[department_of(self.plan.unit)]
        self.project_id = create_project(work, self._draft(), department_id=department).id

    def _draft(self) -> ProjectDraft:
        plan, texts = self.plan, self.plan.topic.texts
        return ProjectDraft(
            name=self.case.name,
            type=plan.topic.type,
            topic=plan.topic.library,
            first_year=plan.first_year,
            last_year=plan.last_year,
            amount=self.case.adjusted,
            pilot=plan.pilot,
            place=self.case.place,
            starts_on=date(plan.first_year, 1, 1),
            ends_on=date(plan.last_year, 12, 31),
            overall_goal=texts["goal"],
            background=texts["background"],
            basis=texts["basis"],
            plan=texts["plan"],
            demo=True,
        )

    def step(self) -> bool:
        """The next act at `moment`; whether there is more to come."""
        if len(self.steps) > LIMIT:
            raise Conflict(f"“{self.case.name}”走了 {LIMIT} 步仍未停下")
        task = self.next_task()
        if task is None:
            if self.plan.node:
                raise Conflict(f"“{self.case.name}”没有停在 {self.plan.stop}")
            return False
        with reading(self.engine) as session:
            project = projects.project(session, self.project_id)
        if self.plan.stops_at(task, project.stage, project.year):
            return False
        if self._waits(task, project):
            return True
        if not self._pays(task, project):
            self._reply(task, project)
        return self._after()

    def _after(self) -> bool:
        self.run_jobs()
        self.pace.advance(self.plan.length - len(self.steps))
        return True

    def _waits(self, task: Task, project: Project) -> bool:
        """Wait for the season of a form, and in the last stretch until shortly before the end."""
        known = (project.stage, task.form, project.year)
        if known in self.waited:
            return False
        self.waited.add(known)
        wanted = [self.pace.at, *_season(task, project)]
        if self._last_stretch(task, project):
            wanted.append(self.pace.until - RUN_UP)
        moment = min(max(wanted), self.pace.until)
        if moment <= self.pace.at:
            return False
        self.pace.skip_to(moment)
        return True

    def _last_stretch(self, task: Task, project: Project) -> bool:
        """Whether this is where a plan that stops in a season makes up for the time between."""
        plan, year = self.plan, project.year
        if not plan.node or not plan.in_season:
            return False
        if "adjust" in plan.node:
            return task.form == "evaluation_review" and year == plan.year - 1
        if plan.node == "gate/submit_gate":
            return task.form == "monitoring_review" and year == plan.year
        if (project.stage, year) != (plan.stage, plan.year):
            return False
        forms = (
            ("gate_documents", "self_evaluation") if plan.stage == "closure" else ("monitoring",)
        )
        return task.form in forms

    def _pays(self, task: Task, project: Project) -> bool:
        """Pay a part of the year's money before it is reported; whether anything was paid."""
        year, parts = project.year, {"monitoring": ("1", "2"), "self_evaluation": ("3",)}
        vouchers = [f"{year}-{part}" for part in parts.get(task.form, ())]
        voucher = next((one for one in vouchers if one not in self.paid), None)
        if voucher is None:
            return False
        amount = self._part(voucher, year)
        self.paid[voucher] = amount
        if amount <= 0:
            return False
        self.deliver("payment", voucher, amount, year)
        return True

    def _part(self, voucher: str, year: int) -> Decimal:
        """What a payment is: two before monitoring, the rest before the self-evaluation."""
        with reading(self.engine) as session:
            money = projects.year_money(session, self.project_id, year)
        if voucher.endswith("-1"):
            share = Decimal(self.random.randint(30, 45)).scaleb(-2)
            return (money.budget * share).quantize(CENT, ROUND_HALF_UP)
        if voucher.endswith("-2"):
            over = self.plan.overspend and year == self.plan.year
            self.excess = voucher if over else self.excess
            high = 60 if self.plan.weak else 70
            share = Decimal("1.12") if over else Decimal(self.random.randint(50, high)).scaleb(-2)
        else:
            low, high = (600, 780) if self.plan.weak else (850, 998)
            share = Decimal(self.random.randint(low, high)).scaleb(-3)
        wanted = (money.budget * share).quantize(CENT, ROUND_HALF_UP)
        return max(wanted - money.executed, Decimal(0))

    def _reply(self, task: Task, project: Project) -> None:
        """Answer; a closing that is refused because money is still overspent takes it back."""
        monitoring = task.form == "monitoring" and local(self.moment).year == project.year
        month = local(self.moment).month if monitoring else 12
        self.case = table(
            self.plan.topic, self.fortune, self.case, project.year, Decimal(month) / 12
        )
        try:
            self.answer(task)
        except Invalid:
            if not self.excess:
                raise
            voucher, self.excess = self.excess, ""
            self.deliver("reversal", f"R{voucher}", self.paid[voucher], project.year, voucher)
            self.answer(task)

    def candidates(self, session: Session, task: Task) -> Iterable[Person]:
        """The assignee, or the holders of the role for the unit, whoever has acted least first."""
        if task.assignee_id is not None:
            return [people.person(session, task.assignee_id)]
        holders = people.holders(session, task.role, task.unit_path)
        return sorted(holders, key=lambda one: (self.acts[one.id], one.id))

    def complete(
        self, task: Task, person: Person, verb: str, answers: Answers, return_to: str | None
    ) -> None:
        """Complete the task, and count the act."""
        super().complete(task, person, verb, answers, return_to)
        self.acts[person.id] += 1

    def wish(self, task: Task) -> str:
        """Return once, or reject, where the plan says so."""
        if task.node == self.plan.rejects:
            return "reject"
        here = (task.node, self.steps[-1].stage) == (self.plan.returns, self.plan.stage)
        returned = any(step.verb == "return" for step in self.steps)
        return "return" if here and not returned else ""

    def opinion(self, verb: str, task: Task) -> str:
        """What people write beside a verb."""
        if verb == "reject":
            return "与已实施项目内容重复，不予通过。"
        if verb == "return":
            return "绩效目标和测算依据应进一步细化，请修改后重新报送。"
        return self.random.choice(FORWARD_OPINIONS) if verb == "approve" else ""

    def file_text(self, name: str) -> str:
        """Alike for all projects, so that the store keeps one small file for each name."""
        return f"演示材料：{name}\n"

    def typed(self, task: Task, typed: Answers) -> Answers:
        """The topic's own words, the sum of all years, and the measure that the plan wants."""
        texts = self.plan.topic.texts
        if task.form == "declaration":
            words = {name: texts[name] for name in ("background", "basis", "plan")}
            years = {"end": f"{self.plan.last_year}-12-31", "estimate": str(self.case.adjusted)}
            return typed | words | years | {"overall_goal": texts["goal"]}
        if task.form == "targets":
            return typed | {"overall_goal": texts["goal"]}
        if task.form == "monitoring_review" and self.plan.rectify:
            return typed | {"measure": "rectify"}
        return typed


def _season(task: Task, project: Project) -> list[datetime]:
    """When a form has its time: monitoring in August, 自评 in December, or after the last year."""
    if task.form not in SEASONS:
        return []
    month, day = SEASONS[task.form]
    if task.form == "self_evaluation" and project.stage == "closure":
        return [datetime(project.year + 1, 1, 12, 9, tzinfo=SHANGHAI)]
    return [datetime(project.year, month, day, 9, tzinfo=SHANGHAI)]
