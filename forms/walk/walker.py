"""The walker: a driver through a whole life with one return, one overspending and its reversal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import BihuanError, Conflict, Invalid
from engine.people.models import Person
from engine.projects.commands import ProjectDraft, adjust_budget
from engine.workflow.models import Instance, Signer, Task
from forms.walk.driver import Driver

LIMIT = 2000  # steps; a diagram that loops for ever is stopped here


@dataclass
class Walker(Driver):
    """A walk under way on one database, with the people of `cast`."""

    cast: Mapping[str, Person]
    paid: bool = False
    extra: Decimal = Decimal(0)
    reversed: bool = False

    def walk(self) -> None:
        """Take the project from its draft to the end of every process about it."""
        self.start(self.cast["shen"], self._draft())
        for _ in range(LIMIT):
            self.run_jobs()
            task = self.next_task()
            if task is None:
                return
            self.answer(task)
        raise Conflict(f"走了 {LIMIT} 步仍未结束，流程可能在循环")

    def _draft(self) -> ProjectDraft:
        return ProjectDraft(
            name=self.case.name,
            type=self.case.type,
            first_year=self.case.year,
            last_year=self.case.year,
            amount=self.case.initial or Decimal("0.01"),
            place=self.case.place,
            demo=True,
        )

    def candidates(self, session: Session, task: Task) -> Iterable[Person]:
        """Everybody, whoever has acted least so far first."""
        acts = Counter(step.actor for step in self.steps)
        return sorted(self.cast.values(), key=lambda one: acts[one.name])

    def wish(self, task: Task) -> str:
        """The walk's one return: from the final level of the targets' approval."""
        returned = any(step.verb == "return" for step in self.steps)
        final = task.matter.startswith("targets") and task.duty == "final"
        return "return" if final and not returned else ""

    def answer(self, task: Task) -> None:
        """Pay before monitoring; take the overpayment back when a closing is refused for it."""
        if task.form == "monitoring" and not self.paid:
            self._spend()
            return
        try:
            super().answer(task)
        except Invalid:
            if self.extra <= 0 or self.reversed:
                raise
            self.reversed = True
            self.deliver("reversal", "R2", self.extra, self.case.year, reverses="P2")
            super().answer(task)

    def _spend(self) -> None:
        """Pay what the table says, and then a payment that takes spending 10 % over the budget."""
        self.paid = True
        if self.case.adjusted != self.case.initial:
            self._adjust()
        limit = (self.case.adjusted * Decimal("1.1")).quantize(Decimal("0.01"), ROUND_UP)
        self.extra = max(limit - self.case.executed, Decimal("0.01"))
        if self.case.executed > 0:
            self.deliver("payment", "P1", self.case.executed, self.case.year)
        self.deliver("payment", "P2", self.extra, self.case.year)

    def _adjust(self) -> None:
        self.act(
            "adjust",
            self.cast["zhou"],
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
