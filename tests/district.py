"""A small district for the tests: its people, the deployed processes, and one project on its way.

What takes time (migrating, hashing, deploying, walking to a stage) is done once for each kind of
database and then copied: `district` is at the beginning, `monitored` waits for the monitoring
sheet, `closing` for the self-evaluation.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import clock, db
from engine import settings as installation
from engine.clock import SHANGHAI
from engine.jobs.models import Job
from engine.jobs.run import run_due
from engine.people.access import create_first_administrator
from engine.people.commands import create_person, create_unit, grant_role
from engine.projects.commands import ProjectDraft, create_project, start_project
from engine.projects.models import Project
from engine.projects.packs import installed_packs
from engine.risk.commands import install_rules
from engine.settings import Settings
from engine.work import MACHINE, Actor, Work, begin, reading
from engine.workflow import deployments, queries
from engine.workflow.commands import complete_task, refusal, stand
from engine.workflow.models import Instance, Task
from engine.workflow.verbs import FORWARD
from forms.render.clean import clean_answers
from forms.render.schema import FormSchema
from forms.walk.answers import answers_for
from forms.walk.case import Case, CaseRow
from tests.conftest import DATABASES, drop_postgres, make_postgres, postgres_url
from webhooks.inbound.commands import receive_delivery
from webhooks.inbound.models import Delivery

NOW = datetime(2025, 6, 9, 9, 0, tzinfo=SHANGHAI)
PASSWORD = "Harbour-2025-rain"
FINANCE = Actor(None, "财务系统")
BUDGET = Decimal(1_000_000)


@dataclass(frozen=True)
class Part:
    """A person: name, the unit they work in, and the roles they hold at which unit."""

    name: str
    home: str
    roles: tuple[tuple[str, str], ...] = ()


UNITS = {  # code, name, kind, parent
    "bureau": ("100", "区民政局", "bureau", "district"),
    "section": ("100001", "养老服务科", "section", "bureau"),
    "finance": ("200", "区财政局", "bureau", "district"),
    "town": ("300", "浦江镇", "town", "district"),
}
PARTS = {
    "shen": Part("沈知行", "section", (("project_manager", "section"),)),
    "he": Part("何同行", "section", (("project_manager", "section"),)),
    "lu": Part("陆文远", "section", (("unit_head", "section"),)),
    "gu": Part("顾清和", "bureau", (("department_reviewer", "bureau"),)),
    "qian": Part("钱若水", "bureau", (("department_reviewer", "bureau"),)),
    "zhou": Part("周秉正", "finance", (("budget_reviewer", "district"),)),
    "wu": Part("吴思齐", "finance", (("budget_reviewer", "district"),)),
    "zheng": Part("郑明德", "finance", (("performance_office", "district"),)),
    "wang": Part("王怀瑾", "finance", (("performance_office", "district"),)),
    "feng": Part("冯守拙", "finance", (("investment_reviewer", "district"),)),
    "chen": Part("陈慎之", "section", (("performance_officer", "section"),)),
    "jiang": Part("蒋鉴明", "finance", (("auditor", "district"),)),
    "tan": Part("谭外人", "town", (("unit_head", "town"), ("department_reviewer", "town"))),
    "bai": Part("白无职", "section"),
    "duo": Part(
        "多面手",
        "section",
        (
            ("unit_head", "section"),
            ("department_reviewer", "bureau"),
            ("budget_reviewer", "district"),
        ),
    ),
    "yan": Part("严守一", "finance", (("expert", "district"),)),
    "shi": Part("施论衡", "finance", (("expert", "district"),)),
    "cao": Part("曹公允", "town", (("expert", "district"),)),
    "tang": Part("汤知白", "town", (("expert", "district"),)),
    "ji": Part("纪家客", "bureau", (("expert", "district"),)),
}
RESERVED = frozenset({"he", "tan", "bai", "duo", "ji"})
"""Those who act only where a test says so."""


def _row(level1: str, level2: str, level3: str, target: str, actual: str, weight: int) -> CaseRow:
    return CaseRow(level1, level2, level3, target, actual, Decimal(weight), None, "")


CASE = Case(
    name="社区助老服务",
    place="江川路街道",
    department="区民政局",
    unit="养老服务科",
    year=2025,
    type="service",
    initial=BUDGET,
    adjusted=BUDGET,
    executed=Decimal(0),
    execution_weight=Decimal(10),
    execution_published=Decimal(10),
    rows=(
        _row("产出指标", "数量指标", "服务老人数", "≥100人", "100人", 30),
        _row("产出指标", "质量指标", "服务达标率", "≥95%", "96%", 20),
        _row("效益指标", "社会效益指标", "投诉下降率", "≥10%", "12%", 30),
        _row("满意度指标", "服务对象满意度指标", "老人满意度", "≥90%", "92%", 10),
    ),
)


@dataclass
class District:
    """A database with its people, and the project that the test is about."""

    engine: Engine
    settings: Settings
    now: datetime = NOW
    project: int = 1
    case: Case = CASE
    people: dict[str, Actor] = field(default_factory=dict)
    acts: Counter[str] = field(default_factory=Counter)
    live: bool = False
    """Whether the moment goes on with the clock."""

    def work(self, who: str | Actor = MACHINE) -> AbstractContextManager[Work]:
        """A work of a person (by login) or a machine, at the district's moment."""
        return begin(self.engine, self.people[who] if isinstance(who, str) else who, self.now)

    def reading(self) -> AbstractContextManager[Session]:
        """A session for looking."""
        return reading(self.engine)

    def id(self, who: str) -> int:
        """A person's id by login."""
        found = self.people[who].id
        assert found is not None
        return found

    @property
    def subject(self) -> str:
        """The project as processes name it."""
        return f"project:{self.project}"

    def draft(self, **changes: Any) -> ProjectDraft:
        """A plain draft, with what the test says otherwise."""
        plain: dict[str, Any] = {
            "name": self.case.name,
            "type": self.case.type,
            "first_year": 2025,
            "last_year": 2025,
            "amount": BUDGET,
        }
        return ProjectDraft(**(plain | changes))

    def start(self, who: str = "shen", **changes: Any) -> int:
        """Draft a project, send it on its way, and let the machine do its part."""
        with self.work(who) as work:
            project = create_project(work, self.draft(**changes))
            self.project = project.id
            start_project(work, project.id, installed_packs())
        self.run_jobs()
        return self.project

    def run_jobs(self) -> None:
        """Everything that the machine has to do now; it may not fail."""
        self.now = max(self.now, clock.now()) if self.live else self.now
        run_due(self.engine, self.settings, self.now)
        with self.reading() as session:
            bad = session.scalars(select(Job).where(Job.attempts > 0, Job.state != "done")).all()
        assert [job.error for job in bad] == []

    def tasks(self, node: str = "") -> list[Task]:
        """Open tasks about the project, the newest process's first; of a node, if given."""
        with self.reading() as session:
            found = session.scalars(
                select(Task)
                .join(Instance, Instance.id == Task.instance_id)
                .where(Task.state == "open", Instance.subject == self.subject)
                .order_by(Instance.id.desc(), Task.id)
            ).all()
        return [one for one in found if one.node.endswith(node)]

    def task(self, node: str = "") -> Task:
        """The open task (of a node); there must be one."""
        found = self.tasks(node)
        assert found, f"nothing open at {node or 'all'}: {[one.node for one in self.tasks()]}"
        return found[0]

    def complete(
        self,
        who: str,
        verb: str = "approve",
        answers: Mapping[str, Any] | None = None,
        *,
        opinion: str = "请核对",
        to: str | None = None,
        task: Task | None = None,
    ) -> list[Task]:
        """Answer the open task by the command, and let the machine go on."""
        answered = task or self.task()
        with self.work(who) as work:
            opened = complete_task(
                work, answered.id, verb, answers or {}, opinion=opinion, return_to=to
            )
        self.run_jobs()
        return opened

    def someone(self, task: Task, *, among: frozenset[str] = frozenset()) -> str:
        """Somebody who may answer the task, who has done least so far."""
        there = (who for who in PARTS if who in self.people)  # a kept database has its own
        order = sorted(there, key=lambda who: self.acts[who])
        with self.reading() as session:
            for who in order:
                if who in RESERVED - among or refusal(session, self.id(who), task):
                    continue
                return who
        raise AssertionError(f"nobody may answer {task.node}")

    def typed(self, task: Task, **changes: Any) -> dict[str, Any]:
        """What a careful person types into the task's form, cleaned by it as the web does."""
        with self.reading() as session:
            instance = session.get_one(Instance, task.instance_id)
            facts = queries.prefill(session, stand(session, task, instance))
            schema = FormSchema.load(deployments.form(session, instance.deployment_id, task.form))
        today = clock.local(self.now).date()
        answers = answers_for(task.form, schema, facts, self.case, today, _file)
        return clean_answers(schema, answers | changes, facts)

    def step(self, task: Task | None = None, **changes: Any) -> str:
        """Answer the open task forward as somebody would; who did."""
        task = task or self.task()
        with self.reading() as session:
            instance = session.get_one(Instance, task.instance_id)
            verbs = stand(session, task, instance).facts.verbs
        who = self.someone(task)
        verb = next(one for one in verbs if one in FORWARD)
        self.complete(who, verb, self.typed(task, **changes), task=task)
        self.acts[who] += 1
        return who

    def walk_to(self, node: str = "") -> list[str]:
        """Go forward until a task of `node` is open (or to the end); the nodes passed."""
        passed: list[str] = []
        for _ in range(400):
            if not self.tasks() or (node and self.tasks(node)):
                return passed
            passed.append(self.task().node)
            self.step()
        raise AssertionError(f"never came to {node}")

    def row(self) -> Project:
        """The project's row."""
        with self.reading() as session:
            return session.get_one(Project, self.project)

    def deliver(self, voucher: str, amount: Decimal | str, **changes: Any) -> Delivery:
        """Have the finance system say that money moved, and handle it."""
        body = self.body(voucher, amount, **changes)
        with self.work(FINANCE) as work:
            delivery = receive_delivery(work, "finance", f"msg-{voucher}", body)
        self.run_jobs()
        with self.reading() as session:
            return session.get_one(Delivery, delivery.id)

    def body(self, voucher: str, amount: Decimal | str, **changes: Any) -> bytes:
        """A finance message about the project."""
        told: dict[str, Any] = {
            "type": "reversal" if changes.get("reverses") else "payment",
            "id": voucher,
            "project": self.row().code,
            "year": 2025,
            "amount": str(amount),
            "at": self.now.isoformat(),
        }
        return json.dumps(told | changes).encode()


def _file(name: str) -> dict[str, Any]:
    return {"sha256": f"{hash(name) & 0xFFFF:064x}", "name": f"{name}.txt", "size": 1}


def settle(district: District) -> None:
    """Units, people, roles, rules and processes of a fresh database."""
    with district.work() as work:
        admin = create_first_administrator(
            work, district="上海市闵行区", login="admin", name="韩管理", password=PASSWORD
        )
        install_rules(work)
        root = admin.unit_id
    district.people["admin"] = Actor(admin.id, admin.name)
    with district.work("admin") as work:
        units = {"district": root}
        for key, (code, name, kind, parent) in UNITS.items():
            units[key] = create_unit(work, code, name, kind, units[parent]).id
        for login, part in PARTS.items():
            person = create_person(
                work,
                login=login,
                name=part.name,
                unit_id=units[part.home],
                password=PASSWORD,
                must_change=False,
            )
            district.people[login] = Actor(person.id, part.name)
            for role, place in part.roles:
                grant_role(work, person.id, role, units[place])
        files = deployments.read_folder(district.settings.bpmn, district.settings.schemas)
        for process in deployments.processes_of(files):
            deployments.deploy(work, process, files)


def started(district: District) -> None:
    """A project at its first task."""
    district.start()


def at_monitoring(district: District) -> None:
    """The project waits for its monitoring sheet."""
    district.walk_to("fill_monitoring")


def at_closure(district: District) -> None:
    """The project waits for its self-evaluation; all its money is paid."""
    district.deliver("V1", BUDGET)
    district.walk_to("closure/self_evaluate")


STAGES: dict[str, tuple[str | None, Callable[[District], None]]] = {
    "settled": (None, settle),
    "started": ("settled", started),
    "monitored": ("started", at_monitoring),
    "closing": ("monitored", at_closure),
}


@dataclass
class Templates:
    """Databases to copy, each made when it is first asked for."""

    folder: Path
    empty: Mapping[str, Callable[[], str]]
    """For each kind of database: the URL or name of a migrated, empty one."""
    stages: Mapping[str, tuple[str | None, Callable[[District], None]]] = field(
        default_factory=lambda: STAGES
    )
    """For each stage: the one before, and what is done then."""
    made: dict[tuple[str, str], tuple[str, District]] = field(default_factory=dict)

    def copy(self, kind: str, stage: str, var: Path) -> tuple[str, District]:
        """A fresh copy of a stage: its source (file or name) and the district on it."""
        before, build = self.stages[stage]
        if (kind, stage) not in self.made:
            folder = self.folder / f"{kind}-{stage}"
            source, district = (
                self.copy(kind, before, folder) if before else self._fresh(kind, folder)
            )
            build(district)
            district.engine.dispose()  # folds the write-ahead log into the file
            self.made[kind, stage] = source, district
        source, model = self.made[kind, stage]
        target = self._copy_database(kind, source, var)
        district = self._open(kind, target, var)
        district.live = model.live
        district.people, district.acts = dict(model.people), Counter(model.acts)
        district.project = model.project
        _share_definitions(model, district)
        return target, district

    def _fresh(self, kind: str, var: Path) -> tuple[str, District]:
        target = self._copy_database(kind, self.empty[kind](), var)
        return target, self._open(kind, target, var)

    def _copy_database(self, kind: str, source: str, var: Path) -> str:
        var.mkdir(parents=True, exist_ok=True)
        if kind == "sqlite":
            return str(shutil.copyfile(source, var / "bihuan.db"))
        return make_postgres(source)

    def _open(self, kind: str, target: str, var: Path) -> District:
        url = f"sqlite:///{target}" if kind == "sqlite" else postgres_url(target)
        settings = installation.load({"BIHUAN_VAR": str(var), "BIHUAN_DATABASE": url})
        settings = replace(settings, authority=self.folder / "pki")
        return District(db.connect(url), settings)

    def close(self) -> None:
        """Remove what was made."""
        self.drop([name for (kind, _), (name, _) in self.made.items() if kind == "postgresql"])

    def drop(self, names: list[str]) -> None:
        """Remove PostgreSQL databases."""
        for name in names:
            drop_postgres(name)


def _share_definitions(model: District, copied: District) -> None:
    """Deployments of a copy are those of its model: they need not be parsed again."""
    known = deployments._definitions
    known[copied.engine] = dict(known.get(model.engine, {}))


@pytest.fixture(scope="session")
def nothing_yet(request: pytest.FixtureRequest) -> Mapping[str, Callable[[], str]]:
    """For each kind of database: the file or name of a migrated, empty one."""
    return {
        "sqlite": lambda: str(request.getfixturevalue("sqlite_template")),
        "postgresql": lambda: str(request.getfixturevalue("postgres_template")),
    }


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory, nothing_yet: Mapping[str, Callable[[], str]]
) -> Iterator[Templates]:
    """The stages, made once for this run."""
    made = Templates(tmp_path_factory.mktemp("stages"), nothing_yet)
    yield made
    made.close()


@contextmanager
def opened(templates: Templates, kind: str, stage: str, var: Path) -> Iterator[District]:
    """A copy of a stage for one test, gone afterwards."""
    target, district = templates.copy(kind, stage, var)
    yield district
    district.engine.dispose()
    if kind == "postgresql":
        templates.drop([target])


@pytest.fixture(params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def settled(templates: Templates, kind: str, tmp_path: Path) -> Iterator[District]:
    """The district before any project."""
    with opened(templates, kind, "settled", tmp_path / "var") as district:
        yield district


@pytest.fixture
def district(templates: Templates, kind: str, tmp_path: Path) -> Iterator[District]:
    """A project that waits for its declaration."""
    with opened(templates, kind, "started", tmp_path / "var") as district:
        yield district


@pytest.fixture
def monitored(templates: Templates, kind: str, tmp_path: Path) -> Iterator[District]:
    """A project that waits for its monitoring sheet."""
    with opened(templates, kind, "monitored", tmp_path / "var") as district:
        yield district


@pytest.fixture
def closing(templates: Templates, kind: str, tmp_path: Path) -> Iterator[District]:
    """A project that waits for its self-evaluation; its whole budget is paid."""
    with opened(templates, kind, "closing", tmp_path / "var") as district:
        yield district


def later(district: District, **term: float) -> None:
    """Let time go by."""
    district.now += timedelta(**term)
