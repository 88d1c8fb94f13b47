"""One process of the host: a hundred live instances, answered one task after another."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from sqlalchemy import select

from engine import db
from engine.jobs.run import Runner
from engine.people.models import Person, RoleAssignment
from engine.settings import Settings
from engine.work import Actor, begin, reading
from engine.workflow.commands import complete_task
from engine.workflow.instances import start_and_open
from tests.bench.engine.stage import ABOUT, LIVE, PROCESS, REQUEST

VERBS = {"project_manager": "submit"}  # everybody else approves
LAST = "leader"
OPINION = "同意，请按意见执行。"


@dataclass
class Player:
    """Completes tasks on one database; `taken` are the seconds that each completion took."""

    settings: Settings
    taken: list[float] = field(default_factory=list)
    _open: deque[tuple[int, str, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.engine = db.connect(self.settings.database)
        self.runner = Runner(self.engine, self.settings)
        with reading(self.engine) as session:
            held = select(RoleAssignment.role, Person.id, Person.name).join(
                Person, Person.id == RoleAssignment.person_id
            )
            rows = session.execute(held).all()
        self.people: dict[str, list[Actor]] = {}
        for role, id_, name in rows:
            self.people.setdefault(role, []).append(Actor(id_, name))
        for _ in range(LIVE):
            self._start()

    def play(self, seconds: float) -> tuple[int, float]:
        """Complete tasks for some seconds, starting anew what ends: (completions, seconds)."""
        began, count = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds:
            self.step()
            count += 1
        return count, passed

    def step(self) -> None:
        """Complete a task, with what follows from it."""
        self.follow(self.complete())

    def follow(self, role: str) -> None:
        """After an instance's last task the machine does its part, and a new one starts."""
        if role == LAST:
            self.runner.run_due(limit=1)
            self._start()

    def complete(self) -> str:
        """Complete the task that has waited longest; whose it was, by role."""
        task, role, instance = self._open.popleft()
        holders = self.people[role]
        verb = VERBS.get(role, "approve")
        answers = {"request": REQUEST} if verb == "submit" else {}
        began = time.perf_counter()
        with begin(self.engine, holders[instance % len(holders)]) as work:
            opened = complete_task(work, task, verb, answers, opinion=OPINION)
        self.taken.append(time.perf_counter() - began)
        self._open.extend((one.id, one.role, instance) for one in opened)
        return role

    def _start(self) -> None:
        with begin(self.engine, self.people["project_manager"][0]) as work:
            instance, (first,) = start_and_open(work, PROCESS, ABOUT, {})
        self._open.append((first.id, first.role, instance.id))
