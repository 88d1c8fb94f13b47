"""The driver: finds a project's open task, the person who may answer it, and answers it.

It does not know the way: which task comes next is drawn in the diagrams. How people behave on the
way (what they return, what is paid, when) is told by its heirs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Conflict
from engine.jobs.models import Job
from engine.jobs.run import run_due
from engine.ledger.models import Entry
from engine.people.models import Person
from engine.projects import queries as projects
from engine.projects.commands import ProjectDraft, create_project, start_project
from engine.projects.packs import Pack
from engine.settings import Settings
from engine.work import Actor, Work, begin, reading
from engine.workflow import deployments
from engine.workflow.commands import Standing, complete_task, refusal, stand
from engine.workflow.models import Instance, Task
from engine.workflow.queries import prefill, return_targets
from engine.workflow.verbs import FORWARD
from forms.render.clean import clean_answers
from forms.render.schema import FormSchema
from forms.walk.answers import Answers, answers_for
from forms.walk.case import Case
from reports.store import Store
from webhooks.inbound.commands import receive_delivery

FINANCE = Actor(None, "财务系统")


@dataclass(frozen=True)
class Step:
    """One act, as `steps.json` tells it."""

    stage: str
    verb: str
    actor: str
    role: str
    ms: float
    node: str


@dataclass
class Driver:
    """A project on its way in one database."""

    engine: Engine
    settings: Settings
    case: Case
    packs: Mapping[str, Pack]
    steps: list[Step] = field(default_factory=list, kw_only=True)
    faults: list[str] = field(default_factory=list, kw_only=True)
    project_id: int = field(default=0, kw_only=True)

    @property
    def subject(self) -> str:
        """The project's name in entries and processes."""
        return f"project:{self.project_id}"

    @property
    def moment(self) -> datetime | None:
        """When the next act happens; None: as time goes by."""
        return None

    def candidates(self, session: Session, task: Task) -> Iterable[Person]:
        """Who might answer the task, the most willing first."""
        raise Conflict(f"没有人可以办理“{task.title}”")

    def opinion(self, verb: str, task: Task) -> str:
        """What the person writes beside the verb."""
        return "权重与指标值请再核对后重新报送" if verb == "return" else "同意"

    def wish(self, task: Task) -> str:
        """A verb other than going forward that the person would give: `return`, `reject`."""
        return ""

    def typed(self, task: Task, typed: Answers) -> Answers:
        """What the person types, where it is not what the case says."""
        return typed

    def file_text(self, name: str) -> str:
        """What the file handed in as `name` says."""
        return f"演示材料：{name}（{self.case.name}）\n"

    def start(self, manager: Person, draft: ProjectDraft, department_id: int | None = None) -> None:
        """Draft the project and send it on its way."""

        def send(work: Work) -> None:
            project = create_project(work, draft, department_id=department_id)
            self.project_id = project.id
            start_project(work, project.id, self.packs)

        self.act("submit", manager, "project_manager", "start", send)

    def act(
        self, verb: str, person: Person | None, role: str, node: str, act: Callable[[Work], object]
    ) -> None:
        """Do one act in a work of its own, time it, and check that it left an entry."""
        actor = Actor(person.id, person.name) if person else FINANCE
        began = time.perf_counter()
        with begin(self.engine, actor, self.moment) as work:
            before = _newest(work.session)
            act(work)
        ms = round((time.perf_counter() - began) * 1000, 1)
        with reading(self.engine) as session:
            stage = projects.project(session, self.project_id).stage
            silent = _newest(session) == before
        if person and silent:
            self.faults.append(f"步骤 {node} 没有留下存证记录")
        self.steps.append(Step(stage, verb, actor.name, role, ms, node))

    def run_jobs(self) -> None:
        """Run what the machine has to do now; `Conflict` if it could not."""
        if run_due(self.engine, self.settings, self.moment) == 0:
            return
        with reading(self.engine) as session:
            failed = session.scalar(
                select(Job).where(Job.attempts > 0, Job.state != "done").limit(1)
            )
            if failed is not None:
                raise Conflict(f"后台任务 {failed.kind} 没有完成：{failed.error}")

    def next_task(self) -> Task | None:
        """The open task that the process opened first; rectifications go before the rest."""
        with reading(self.engine) as session:
            return session.scalar(
                select(Task)
                .join(Instance, Instance.id == Task.instance_id)
                .where(Task.state == "open", Instance.subject == self.subject)
                .order_by(Instance.id.desc(), Task.id)
                .limit(1)
            )

    def answer(self, task: Task) -> None:
        """Answer the task: forward, or by what its person wishes where the diagram lets them."""
        with reading(self.engine) as session:
            instance = session.get_one(Instance, task.instance_id)
            standing = stand(session, task, instance)
            person = self._someone(session, task)
            wish = self.wish(task)
            back = self._way_back(session, standing) if wish == "return" else None
            facts = prefill(session, standing, person.id)
            schema = FormSchema.load(deployments.form(session, instance.deployment_id, task.form))
        forward = next(one for one in standing.facts.verbs if one in FORWARD)
        verb = wish if back or wish == "reject" else forward
        self.complete(task, person, verb, self._cleaned(task, schema, facts, verb), back)

    def _way_back(self, session: Session, standing: Standing) -> str | None:
        if "return" not in standing.facts.verbs:
            return None
        targets = return_targets(session, standing)
        starter = [one.node for one in targets if one.kind == "starter"]
        return next(iter(starter or [one.node for one in targets]), None)

    def _someone(self, session: Session, task: Task) -> Person:
        """The first candidate who may answer the task."""
        reasons = []
        for person in self.candidates(session, task):
            reason = refusal(session, person.id, task)
            if reason is None:
                return person
            reasons.append(f"{person.name}：{reason}")
        raise Conflict(f"没有人可以办理“{task.title}”：{'；'.join(reasons)}")

    def complete(
        self, task: Task, person: Person, verb: str, answers: Answers, return_to: str | None
    ) -> None:
        """Complete the task as the web does."""
        opinion = self.opinion(verb, task)
        self.act(
            verb,
            person,
            task.role,
            task.node,
            lambda work: complete_task(
                work, task.id, verb, answers, opinion=opinion, return_to=return_to
            ),
        )

    def _cleaned(
        self, task: Task, schema: FormSchema, facts: Mapping[str, Any], verb: str
    ) -> Answers:
        today = clock.local(self.moment or clock.now()).date()
        typed = answers_for(task.form, schema, facts, self.case, today, self._file)
        return clean_answers(schema, self.typed(task, typed), facts, complete=verb in FORWARD)

    def _file(self, name: str) -> dict[str, Any]:
        """A small file in the store, as a form's answer names it."""
        content = self.file_text(name).encode()
        sha256 = Store(self.settings.files).put(content)
        return {"sha256": sha256, "name": f"{name}.txt", "size": len(content)}

    def deliver(
        self, kind: str, voucher: str, amount: Decimal, year: int, reverses: str = ""
    ) -> None:
        """Send the finance system's message the way the web takes it in, and have it handled."""
        with reading(self.engine) as session:
            code = projects.project(session, self.project_id).code
        body = json.dumps(
            {
                "type": kind,
                "id": f"{code}/{voucher}",
                "project": code,
                "year": year,
                "amount": str(amount),
                "at": (self.moment or clock.now()).isoformat(),
                "reverses": f"{code}/{reverses}" if reverses else None,
            }
        ).encode()
        verb, external_id = "reverse" if reverses else "pay", f"{code}-{voucher}"
        self.act(
            verb,
            None,
            "finance",
            "webhooks.finance",
            lambda work: receive_delivery(work, "finance", external_id, body),
        )
        self.run_jobs()


def _newest(session: Session) -> int:
    """The newest entry; nobody else writes while a driver acts."""
    return session.scalar(select(func.max(Entry.id))) or 0
