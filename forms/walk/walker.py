"""The walker: finds the open task, the person who may answer it, and answers it, until the end.

It does not know the way: which task comes next is drawn in the diagrams.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import BihuanError, Conflict, Invalid
from engine.jobs.models import Job
from engine.jobs.run import run_due
from engine.ledger.models import Entry
from engine.people.models import Person
from engine.projects import queries as projects
from engine.projects.commands import ProjectDraft, adjust_budget, create_project, start_project
from engine.projects.packs import Pack
from engine.settings import Settings
from engine.work import Actor, Work, begin, reading
from engine.workflow import deployments
from engine.workflow.commands import complete_task, refusal, stand
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.properties import FORWARD
from engine.workflow.queries import prefill, return_targets
from forms.render.clean import clean_answers
from forms.render.schema import FormSchema
from forms.walk.answers import answers_for
from forms.walk.case import Case
from reports.store import Store
from webhooks.inbound.commands import receive_delivery

LIMIT = 2000  # steps; a diagram that loops for ever is stopped here
FINANCE = Actor(None, "财务系统")


@dataclass(frozen=True)
class Step:
    """One act of the walk, as `steps.json` tells it."""

    stage: str
    verb: str
    actor: str
    role: str
    ms: float
    node: str


@dataclass
class Walker:
    """A walk under way on one database."""

    engine: Engine
    settings: Settings
    case: Case
    packs: Mapping[str, Pack]
    cast: Mapping[str, Person]
    steps: list[Step] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    project_id: int = 0
    returned: bool = False
    paid: bool = False
    extra: Decimal = Decimal(0)
    reversed: bool = False

    def walk(self) -> None:
        """Take the project from its draft to the end of every process about it."""
        self._start()
        for _ in range(LIMIT):
            self._run_jobs()
            task = self._next_task()
            if task is None:
                return
            self._answer(task)
        raise Conflict(f"走了 {LIMIT} 步仍未结束，流程可能在循环")

    @property
    def subject(self) -> str:
        """The project's name in entries and processes."""
        return f"project:{self.project_id}"

    def _start(self) -> None:
        manager = self.cast["shen"]
        draft = ProjectDraft(
            name=self.case.name,
            type=self.case.type,
            first_year=self.case.year,
            last_year=self.case.year,
            amount=self.case.initial or Decimal("0.01"),
            place=self.case.place,
            demo=True,
        )

        def send(work: Work) -> None:
            project = create_project(work, draft)
            self.project_id = project.id
            start_project(work, project.id, self.packs)

        self._act("submit", manager, "project_manager", "start", send)

    def _act(
        self, verb: str, person: Person | None, role: str, node: str, act: Callable[[Work], object]
    ) -> None:
        """Do one act in a work of its own, time it, and check that it left an entry."""
        actor = Actor(person.id, person.name) if person else FINANCE
        before = self._entries(actor)
        began = time.perf_counter()
        with begin(self.engine, actor) as work:
            act(work)
        ms = round((time.perf_counter() - began) * 1000, 1)
        if person and self._entries(actor) == before:
            self.faults.append(f"步骤 {node} 没有留下存证记录")
        self.steps.append(Step(self._stage(), verb, actor.name, role, ms, node))

    def _entries(self, actor: Actor) -> int:
        with reading(self.engine) as session:
            wanted = select(func.count()).select_from(Entry).where(Entry.actor == actor.name)
            return session.scalar(wanted) or 0

    def _stage(self) -> str:
        with reading(self.engine) as session:
            return projects.project(session, self.project_id).stage

    def _run_jobs(self) -> None:
        run_due(self.engine, self.settings)
        with reading(self.engine) as session:
            failed = session.scalar(
                select(Job).where(Job.attempts > 0, Job.state != "done").limit(1)
            )
            if failed is not None:
                raise Conflict(f"后台任务 {failed.kind} 没有完成：{failed.error}")

    def _next_task(self) -> int | None:
        """The open task that the process opened first; rectifications go before the rest."""
        with reading(self.engine) as session:
            return session.scalar(
                select(Task.id)
                .join(Instance, Instance.id == Task.instance_id)
                .where(Task.state == "open", Instance.subject == self.subject)
                .order_by(Instance.id.desc(), Task.id)
                .limit(1)
            )

    def _answer(self, task_id: int) -> None:
        with reading(self.engine) as session:
            task = session.get_one(Task, task_id)
            instance = session.get_one(Instance, task.instance_id)
            person = self._someone(session, task)
            standing = stand(session, task, instance)
            targets = return_targets(session, standing) if self._may_return(task) else ()
            verbs = standing.facts.verbs
        starter = next((one for one in targets if one.kind == "starter"), None)
        if task.form == "monitoring" and not self.paid:
            self._spend()
            return
        if starter and "return" in verbs:
            self.returned = True
            self._complete(task, person, "return", starter.node)
            return
        verb = next(one for one in verbs if one in FORWARD)
        try:
            self._complete(task, person, verb)
        except Invalid:
            if self.extra <= 0 or self.reversed:
                raise
            self._reverse()
            self._complete(task, person, verb)

    def _may_return(self, task: Task) -> bool:
        """The walk's one return: from the final level of the targets' approval."""
        return not self.returned and task.matter.startswith("targets") and task.duty == "final"

    def _someone(self, session: Session, task: Task) -> Person:
        """Whoever may answer the task and has acted least so far."""
        acts = Counter(step.actor for step in self.steps)
        reasons = []
        for person in sorted(self.cast.values(), key=lambda one: acts[one.name]):
            reason = refusal(session, person.id, task)
            if reason is None:
                return person
            reasons.append(f"{person.name}：{reason}")
        raise Conflict(f"没有人可以办理“{task.title}”：{'；'.join(reasons)}")

    def _complete(self, task: Task, person: Person, verb: str, return_to: str = "") -> None:
        with reading(self.engine) as session:
            instance = session.get_one(Instance, task.instance_id)
            fresh = session.get_one(Task, task.id)
            facts = prefill(session, stand(session, fresh, instance), person.id)
            schema = FormSchema.load(deployments.form(session, instance.deployment_id, task.form))
        answers = self._cleaned(task, schema, facts, verb)
        opinion = "权重与指标值请再核对后重新报送" if verb == "return" else "同意"
        self._act(
            verb,
            person,
            task.role,
            task.node,
            lambda work: complete_task(
                work, task.id, verb, answers, opinion=opinion, return_to=return_to or None
            ),
        )

    def _cleaned(
        self, task: Task, schema: FormSchema, facts: Mapping[str, Any], verb: str
    ) -> dict[str, Any]:
        today = clock.local(clock.now()).date()
        typed = answers_for(task.form, schema, facts, self.case, today, self._file)
        return clean_answers(schema, typed, facts, complete=verb in FORWARD)

    def _file(self, name: str) -> dict[str, Any]:
        """A small file in the store, as a form's answer names it."""
        content = f"演示材料：{name}（{self.case.name}）\n".encode()
        sha256 = Store(self.settings.files).put(content)
        return {"sha256": sha256, "name": f"{name}.txt", "size": len(content)}

    def _spend(self) -> None:
        """Pay what the table says, and then a payment that takes spending 10 % over the budget."""
        self.paid = True
        if self.case.adjusted != self.case.initial:
            self._adjust()
        limit = (self.case.adjusted * Decimal("1.1")).quantize(Decimal("0.01"), ROUND_UP)
        self.extra = max(limit - self.case.executed, Decimal("0.01"))
        if self.case.executed > 0:
            self._deliver("payment", "P1", self.case.executed)
        self._deliver("payment", "P2", self.extra)

    def _adjust(self) -> None:
        person = self.cast["zhou"]
        self._act(
            "adjust",
            person,
            "budget_reviewer",
            "adjust_budget",
            lambda work: adjust_budget(
                work,
                self.project_id,
                self.case.year,
                "财政拨款",
                self.case.adjusted,
                "按批准的调整方案",
            ),
        )

    def _reverse(self) -> None:
        self.reversed = True
        self._deliver("reversal", "R2", self.extra, reverses="P2")

    def _deliver(self, kind: str, voucher: str, amount: Decimal, reverses: str = "") -> None:
        """Send the finance system's message the way the web takes it in, and have it handled."""
        with reading(self.engine) as session:
            code = projects.project(session, self.project_id).code
        body = json.dumps(
            {
                "type": kind,
                "id": f"{code}/{voucher}",
                "project": code,
                "year": self.case.year,
                "amount": str(amount),
                "at": clock.now().isoformat(),
                "reverses": f"{code}/{reverses}" if reverses else None,
            }
        ).encode()
        verb = "reverse" if reverses else "pay"
        self._act(
            verb,
            None,
            "finance",
            "webhooks.finance",
            lambda work: receive_delivery(work, "finance", f"{code}-{voucher}", body),
        )
        self._run_jobs()


def signed_twice(session: Session, subject: str) -> list[str]:
    """Who signed two levels of one matter in the same round, if anybody did."""
    rows = session.execute(
        select(
            Signer.person,
            Task.instance_id,
            Task.matter,
            Task.round,
            func.count(Task.node.distinct()),
        )
        .join(Task, Task.id == Signer.task_id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Instance.subject == subject, Task.duty != "handle")
        .group_by(Signer.person, Task.instance_id, Task.matter, Task.round)
        .having(func.count(Task.node.distinct()) > 1)
    )
    return [f"{row[0]} 在“{row[2]}”第 {row[3]} 轮签了多级" for row in rows]


def told(error: BihuanError) -> str:
    """What stopped a walk, with the fields where there are several."""
    problems = error.problems if isinstance(error, Invalid) else {}
    return "；".join([error.message, *(f"{key}：{text}" for key, text in problems.items())])
