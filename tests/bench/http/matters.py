"""What there is to complete: running instances at every step, and the people whose turn it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from sqlalchemy import Engine, select, update

from engine.people.models import Person, RoleAssignment
from engine.people.passwords import hash_password
from engine.work import Actor, begin
from engine.workflow.commands import complete_task
from engine.workflow.instances import start_instance
from engine.workflow.models import Task
from tests.bench.engine.player import OPINION, VERBS
from tests.bench.engine.stage import ABOUT, PROCESS, REQUEST

SEATED = 4  # persons of each role who are signed in
STEPS = 7  # acts after which an instance has but one left; they are spread over all of them
PASSWORD = "Harbour-2025-rain"  # of a database that is thrown away


def open_matters(engine: Engine, wanted: int) -> list[tuple[int, int]]:
    """Open tasks at every step of the process, mixed: (task, person who will complete it)."""
    people = _people(engine)
    opened: list[tuple[int, int]] = []
    number = 0
    while len(opened) < wanted:
        opened += _walk(engine, people, number)
        number += 1
    return opened[:wanted]


def _people(engine: Engine) -> dict[str, list[Actor]]:
    """Those who are signed in, by role; they get a password."""
    held = select(RoleAssignment.role, Person.id, Person.name).join(
        Person, Person.id == RoleAssignment.person_id
    )
    people: dict[str, list[Actor]] = {}
    with begin(engine, Actor(None, "安装")) as work:
        for role, id_, name in work.session.execute(held.order_by(Person.id)):
            people.setdefault(role, []).append(Actor(id_, name))
        seated = {role: found[:SEATED] for role, found in people.items()}
        ids = [one.id for found in seated.values() for one in found]
        kept = hash_password(PASSWORD)
        work.session.execute(
            update(Person)
            .where(Person.id.in_(ids))
            .values(password=kept, must_change_password=False)
        )
    return seated


def _walk(engine: Engine, people: dict[str, list[Actor]], number: int) -> Iterator[tuple[int, int]]:
    """What waits for approval in a new instance after one to seven acts, and who will give it."""

    def holder(role: str) -> Actor:
        return people[role][number % SEATED]

    with begin(engine, holder("project_manager")) as work:
        instance = start_instance(work, PROCESS, ABOUT, {})
        waiting = deque(work.session.scalars(select(Task).where(Task.instance_id == instance.id)))
    for _ in range(number % STEPS + 1):
        task = waiting.popleft()
        verb = VERBS.get(task.role, "approve")
        answers = {"request": REQUEST} if verb == "submit" else {}
        with begin(engine, holder(task.role)) as work:
            waiting += complete_task(work, task.id, verb, answers, opinion=OPINION)
    for task in waiting:
        if task.role not in VERBS:
            yield task.id, holder(task.role).id or 0
