"""Random lives of a project: whatever people answer, it goes on or has ended, on the record."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine.errors import Invalid
from engine.ledger.chain import number_entries
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.policy import Act, segregation
from engine.workflow.commands import stand
from engine.workflow.models import Instance, ServiceCall, Signer, Task
from engine.workflow.queries import return_targets
from engine.workflow.verbs import FORWARD
from tests.district import BUDGET, District, Templates, opened

DUTIES = ("handle", "review", "final")
CHOICES = st.lists(st.integers(0, 999), min_size=5, max_size=40)


@dataclass
class Life:
    """A project whose people decide by the numbers drawn."""

    district: District
    paid: int = 0

    def act(self, number: int) -> None:
        """One act: a payment now and then, else an answer to one of the open tasks."""
        if number % 17 == 16:
            self.paid += 1
            self.district.deliver(f"life-{self.paid}", BUDGET * Decimal("0.6"))
            return
        tasks = self.district.tasks()
        if not tasks:
            return
        task = tasks[number % len(tasks)]
        try:
            self.answer(task, number)
        except Invalid:
            assert self.district.tasks()  # refused: it stays as it was

    def answer(self, task: Task, number: int) -> None:
        """Answer by one of the task's verbs; three of four times forward."""
        with self.district.reading() as session:
            instance = session.get_one(Instance, task.instance_id)
            standing = stand(session, task, instance)
            targets = [one.node for one in return_targets(session, standing)]
        verbs = standing.facts.verbs
        forward = next(one for one in verbs if one in FORWARD)
        verb = verbs[number // 4 % len(verbs)] if number % 4 == 0 else forward
        ways = [None, *targets]
        self.district.complete(
            self.district.someone(task),
            verb,
            self.district.typed(task) if verb in FORWARD else {},
            to=ways[number // 16 % len(ways)] if verb == "return" else None,
            task=task,
        )

    def check(self) -> None:
        """What must hold after every act."""
        with self.district.reading() as session:
            waiting: Counter[int] = Counter()
            waiting.update(session.scalars(select(Task.instance_id).where(Task.state == "open")))
            waiting.update(
                session.scalars(
                    select(ServiceCall.instance_id).where(ServiceCall.state == "waiting")
                )
            )
            for instance in session.scalars(select(Instance)):
                assert (waiting[instance.id] > 0) == (instance.status == "active")
            done = session.scalars(select(Task.id).where(Task.state == "done")).all()
            entries = session.scalars(select(Entry.subject).where(Entry.kind == "task.completed"))
            assert sorted(entries) == sorted(f"task:{one}" for one in done)
            assert session.scalar(select(func.count()).select_from(Signer)) == len(done)

    def end(self) -> None:
        """What must hold in the end: the ledger, and that nobody bore two duties of a matter."""
        with self.district.work() as work:
            number_entries(work.session)
        with self.district.reading() as session:
            assert verify_ledger(session).ok
            signed = session.execute(
                select(Signer.person_id, Task.instance_id, Task.matter, Task.duty, Task.node).join(
                    Task, Task.id == Signer.task_id
                )
            ).all()
        for person, instance, matter, duty, node in signed:
            others = [Act(p, d, n) for p, i, m, d, n in signed if (i, m) == (instance, matter)]
            assert segregation(person, duty, node, others) is None


def live(templates: Templates, stage: str, numbers: list[int]) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="bihuan-life-") as folder,
        opened(templates, "sqlite", stage, Path(folder)) as district,
    ):
        life = Life(district)
        for number in numbers:
            life.act(number)
            life.check()
        life.end()


UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@given(CHOICES)
@settings(max_examples=3, **UNHURRIED)
def test_a_life_goes_on_or_has_ended(templates: Templates, numbers: list[int]) -> None:
    live(templates, "started", numbers)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["started", "monitored", "closing"])
@given(numbers=CHOICES)
@settings(max_examples=8, **UNHURRIED)
def test_many_lives_go_on_or_have_ended(
    templates: Templates, stage: str, numbers: list[int]
) -> None:
    live(templates, stage, numbers)


# --- the segregation of duties, as a property

ACTS = st.builds(
    Act, st.integers(1, 4), st.sampled_from(DUTIES), st.sampled_from(["a", "b", "c", "d"])
)


@given(st.lists(ACTS), st.integers(1, 4), st.sampled_from(DUTIES), st.sampled_from("abcd"))
def test_who_is_let_in_bears_no_second_duty(
    earlier: list[Act], person: int, duty: str, node: str
) -> None:
    if segregation(person, duty, node, earlier) is None:
        elsewhere = {one.duty for one in earlier if one.person_id == person and one.node != node}
        assert not elsewhere or elsewhere == {duty} == {"handle"}


@given(st.lists(ACTS), st.sampled_from(DUTIES), st.sampled_from("abcd"))
def test_a_newcomer_is_always_let_in(earlier: list[Act], duty: str, node: str) -> None:
    assert segregation(99, duty, node, earlier) is None


@given(st.lists(ACTS), st.lists(ACTS), st.sampled_from(DUTIES), st.sampled_from("abcd"))
def test_more_history_never_lets_more_people_in(
    some: list[Act], more: list[Act], duty: str, node: str
) -> None:
    if segregation(1, duty, node, some):
        assert segregation(1, duty, node, [*more, *some])
