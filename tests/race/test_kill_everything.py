"""`kill -9` of web, worker and PostgreSQL while people complete tasks over HTTP.

Nothing that a person was told is lost, nothing happens twice, and every process comes to its end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import clock, db
from engine import settings as installation
from engine.jobs.models import Job
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.migrations import migrate
from engine.projects.commands import create_project
from engine.workflow import deployments, evidence
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, ServiceCall, Signer, Task
from engine.workflow.signature import KINDS
from tests.approvals import chain, filed, reviewed
from tests.district import PASSWORD, District, Templates, opened, settle
from tests.race.approver import Approver, Heard
from tests.services import DURABLE, Postgresql, postgresql_server
from tests.serving import Served, children_of, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

STEPS = (
    filed(),
    reviewed("unit", "unit_head"),
    ("wait", {"after": "PT1S"}),  # so that the service is served by a worker
    ("enter", {"operation": "projects.enter_stage", "stage": '"budget"'}),
    reviewed("department"),
    reviewed("budget", "budget_reviewer"),
)
NODES = ["review/file", "review/unit", "review/department", "review/budget"]
VERBS = {"shen": "submit"} | dict.fromkeys(("lu", "duo", "gu", "qian", "zhou"), "approve")
LEASE = "2"  # seconds; a killed worker's job is taken over after them


@dataclass
class Stage:
    """A district that is served, with processes to be completed, and what may be killed of it."""

    district: District
    postgres: Postgresql | None
    served: Served
    heard: Heard = field(default_factory=Heard)

    def kill_a_web_worker(self) -> None:
        """One of the two processes that answer requests."""
        wait_until(lambda: self.served.children("gunicorn"), 20)  # it may just have been killed
        (master,) = self.served.children("gunicorn")
        wait_until(lambda: children_of(master), 20)
        os.kill(random.choice(children_of(master)), signal.SIGKILL)

    def kill_the_web(self) -> None:
        """The process that keeps them; the supervisor ends what it leaves behind."""
        self._kill("gunicorn")

    def kill_the_worker(self) -> None:
        """The process that runs jobs."""
        self._kill("worker ")

    def kill_the_database(self) -> None:
        """All of PostgreSQL, which is then started on what is on the disk."""
        if self.postgres:
            self.postgres.kill()
            self.postgres.start()

    def kill_everything(self) -> None:
        """As when the power fails, but for the supervisor."""
        self.kill_the_web()
        self.kill_the_worker()
        self.kill_the_database()

    def _kill(self, word: str) -> None:
        wait_until(lambda: self.served.children(word), 20)
        for process in self.served.children(word):
            os.kill(process, signal.SIGKILL)


@contextmanager
def settled_district(
    templates: Templates, kind: str, var: Path
) -> Iterator[tuple[District, Postgresql | None]]:
    """The small district; on PostgreSQL in a server of its own whose commits are durable."""
    if kind == "sqlite":
        with opened(templates, kind, "settled", var) as district:
            yield district, None
        return
    with postgresql_server(DURABLE) as server:
        settings = installation.load({"BIHUAN_VAR": str(var), "BIHUAN_DATABASE": server.url})
        district = District(db.connect(server.url), settings)
        migrate(district.engine)
        settle(district)
        yield district, server
        district.engine.dispose()


def start_processes(district: District, count: int) -> None:
    """As many processes, each about a project of its own."""
    files = chain(*STEPS)
    district.now = clock.now()
    with district.work("admin") as work:
        deployments.deploy(work, "review", files)
    for number in range(count):
        with district.work("shen") as work:
            project = create_project(work, district.draft(name=f"项目 {number}"))
            about = About(
                f"project:{project.id}", project.name, project.unit_path, district.id("shen")
            )
            start_instance(work, "review", about, {})
    district.engine.dispose()


@contextmanager
def approvers(stage: Stage) -> Iterator[None]:
    """Everybody works until the block ends."""
    address, over = stage.served.url.removeprefix("http://"), threading.Event()
    people = [
        Approver(address, login, PASSWORD, verb, stage.heard) for login, verb in VERBS.items()
    ]
    for one in people:
        one.sign_in()
    threads = [threading.Thread(target=one.work_until, args=(over,)) for one in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(90)


def kill_in_the_middle(stage: Stage, count: int, kills: int) -> None:
    """Kill one thing after the other, each somewhere within its share of the completions."""
    kinds = [stage.kill_everything, stage.kill_a_web_worker]
    kinds += [stage.kill_the_database] if stage.postgres else []
    kinds += [stage.kill_the_worker, stage.kill_the_web]
    for number in range(kills):
        wait_for(stage, count * len(NODES) * (number + 1) // (kills + 2))
        time.sleep(random.uniform(0, 0.05))
        kinds[number % len(kinds)]()
    wait_until(lambda: ended(stage.district) == count and numbered(stage.district), 300)


def wait_for(stage: Stage, completions: int) -> None:
    """Wait until people have been told of so many completions."""
    wait_until(lambda: len(stage.heard.acknowledged) >= completions, 120)


def ended(district: District) -> int:
    """How many of the processes have come to their end."""
    with district.reading() as session:
        query = select(func.count()).where(Instance.process == "review", Instance.status == "ended")
        return session.scalar(query) or 0


def numbered(district: District) -> bool:
    """Whether the worker has put every entry into the chain."""
    with district.reading() as session:
        return not session.scalar(select(func.count()).where(Entry.number.is_(None)))


def nothing_acknowledged_is_missing(stage: Stage) -> None:
    """What a person was told is so, under this person's name; nobody was told it twice."""
    told = Counter(task for task, _ in stage.heard.acknowledged)
    assert [task for task, times in told.items() if times > 1] == []
    with stage.district.reading() as session:
        rows = select(Signer.task_id, Signer.person_id).where(Signer.state == "done")
        signed = {row.task_id: row.person_id for row in session.execute(rows)}
    missing = [
        (task, login)
        for task, login in stage.heard.acknowledged
        if signed.get(task) != stage.district.id(login)
    ]
    assert missing == []


def everything_happened_once(stage: Stage, count: int) -> None:
    """Each process went through each of its steps once, each with one signature and one entry."""
    with stage.district.reading() as session:
        instances = set(session.scalars(select(Instance.id).where(Instance.process == "review")))
        tasks = session.scalars(select(Task).order_by(Task.id)).all()
        signers = session.scalars(select(Signer.task_id).where(Signer.state != "cancelled")).all()
        calls = session.scalars(select(ServiceCall)).all()
        entries = Counter(map(tuple, session.execute(select(Entry.kind, Entry.subject))))
        failed = session.scalars(select(Job.error).where(Job.state == "failed")).all()
    assert len(instances) == count
    ways = {one: [task.node for task in tasks if task.instance_id == one] for one in instances}
    assert {json.dumps(way) for way in ways.values()} == {json.dumps(NODES)}
    assert {task.state for task in tasks} == {"done"}
    assert sorted(signers) == [task.id for task in tasks]
    acts = Counter({key[1]: n for key, n in entries.items() if key[0] in KINDS})
    assert acts == Counter(f"task:{task.id}" for task in tasks)
    assert sorted(call.instance_id for call in calls) == sorted(instances)
    answered = Counter({key[1]: n for key, n in entries.items() if key[0] == "call.answered"})
    assert answered == Counter(f"instance:{one}" for one in instances)
    assert sum(n for key, n in entries.items() if key[0] == "timer.fired") == count
    entered = [n for key, n in entries.items() if key[0] == "stage.entered"]
    assert entered == [1] * count
    assert failed == []


def killed_while_people_work(
    templates: Templates, kind: str, var: Path, *, count: int, kills: int
) -> None:
    """The whole story on one database."""
    with settled_district(templates, kind, var) as (district, postgres):
        start_processes(district, count)
        environ = {"BIHUAN_DATABASE": district.settings.database, "BIHUAN_LEASE": LEASE}
        stage = Stage(district, postgres, Served.start(var, environ=environ))
        try:
            with approvers(stage):
                kill_in_the_middle(stage, count, kills)
        finally:
            stage.served.stop()
        assert stage.heard.strange == []
        assert stage.heard.statuses[0] > 0, "no kill hit anybody who waited"
        nothing_acknowledged_is_missing(stage)
        everything_happened_once(stage, count)
        with district.reading() as session:
            assert verify_ledger(session).ok
            assert list(evidence.contradictions(session)) == []


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    templates: Templates, kind: str, tmp_path: Path
) -> None:
    killed_while_people_work(templates, kind, tmp_path / "var", count=20, kills=4)


@pytest.mark.slow
def test_two_thousand_completions_survive_many_kills(
    templates: Templates, kind: str, tmp_path: Path
) -> None:
    killed_while_people_work(templates, kind, tmp_path / "var", count=500, kills=25)
