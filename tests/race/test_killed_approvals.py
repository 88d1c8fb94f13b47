"""Approvals over HTTP while the web, the worker and PostgreSQL are killed without warning.

What was acknowledged is there afterwards, nothing happened twice, and every process came to its
end.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from engine import clock, db
from engine import settings as installation
from engine.ledger.chain import number_entries
from engine.ledger.verify import verify_ledger
from engine.migrations import migrate
from engine.people.models import Unit
from engine.work import MACHINE, begin, reading
from engine.workflow import deployments, evidence
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.verbs import DECISIONS
from tests.approvals import chain, filed, reviewed
from tests.conftest import DATABASES
from tests.district import PASSWORD, District, settle
from tests.services import DURABLE, Postgresql, postgresql_server
from tests.serving import Served, children_of, wait_until

LOST = (OSError, http.client.HTTPException)


@dataclass
class Ground:
    """A district on a database that may be killed, and the server in front of it."""

    district: District
    postgresql: Postgresql | None
    served: Served


@pytest.fixture(params=DATABASES)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    with _database(request.param, tmp_path) as (url, server):
        settings = installation.load({"BIHUAN_VAR": str(tmp_path), "BIHUAN_DATABASE": url})
        engine = db.connect(url)
        migrate(engine)
        district = District(engine, settings, now=clock.now())
        settle(district)
        served = Served.start(tmp_path, "--no-demo", environ={"BIHUAN_DATABASE": url})
        yield Ground(district, server, served)
        served.stop()
        engine.dispose()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[tuple[str, Postgresql | None]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bihuan.db'}", None
        return
    with postgresql_server(DURABLE) as server:
        with psycopg.connect(server.url, autocommit=True) as maintenance:
            maintenance.execute("CREATE DATABASE district")
        yield make_url(server.url).set(database="district").render_as_string(), server


@dataclass
class Approver:
    """Somebody at a browser who answers whatever waits, and tries again when nobody answers."""

    url: str
    login: str
    verb: str
    done: threading.Event
    acknowledged: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = urllib.request.build_opener(
            _Stay, urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def work(self) -> None:
        """Until told that it is over."""
        while not self.done.is_set():
            with suppress(*LOST):
                self._round()
            time.sleep(0.02)

    def _round(self) -> None:
        page = self._ask("/")[1]
        if 'name="password"' in page or "sign-in" in page:
            token = _token(self._ask("/sign-in")[1])
            told = {"login": self.login, "password": PASSWORD, "csrf_token": token}
            self._ask("/sign-in", told)
            page = self._ask("/")[1]
        for number in dict.fromkeys(re.findall(r'href="/tasks/(\d+)"', page)):
            if self.done.is_set():
                return
            self._answer(int(number))

    def _answer(self, task: int) -> None:
        token = _token(self._ask(f"/tasks/{task}")[1])
        told = {"verb": self.verb, "opinion": "同意", "csrf_token": token}
        status, _page = self._ask(f"/tasks/{task}/completion", told)
        if status == 303:
            self.acknowledged.append(task)

    def _ask(self, path: str, told: dict[str, str] | None = None) -> tuple[int, str]:
        data = urllib.parse.urlencode(told).encode() if told is not None else None
        try:
            with self.browser.open(self.url + path, data, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, not a way to go."""

    def redirect_request(self, *_told: Any) -> None:
        return None


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


def begin_matters(district: District, many: int) -> None:
    """So many processes of two steps each."""
    with begin(district.engine, MACHINE) as work:
        deployments.deploy(work, "review", chain(filed(), reviewed()))
        section = work.session.scalars(select(Unit).where(Unit.code == "100001")).one()
        for number in range(many):
            start_instance(work, "review", About(f"matter:{number}", "事项", section.path), {})


def kill(pids: list[int]) -> None:
    """`kill -9` for the processes and their children."""
    for pid in (*pids, *(child for one in pids for child in children_of(one))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def approve_while_everything_is_killed(ground: Ground, matters: int, kills: int) -> list[int]:
    """Answer everything, with a kill after each share of the answers; what was acknowledged."""
    begin_matters(ground.district, matters)
    over = threading.Event()
    cast = (("shen", "submit"), ("he", "submit"), ("gu", "approve"), ("qian", "approve"))
    approvers = [Approver(ground.served.url, who, verb, over) for who, verb in cast]
    threads = [threading.Thread(target=one.work) for one in approvers]
    for one in threads:
        one.start()

    def acknowledged() -> list[int]:
        return [task for one in approvers for task in one.acknowledged]

    try:
        for number in range(kills):
            goal = 2 * matters * (number + 1) // (kills + 1)
            wait_until(lambda goal=goal: len(acknowledged()) >= goal, 300)  # type: ignore[misc]
            _kill_one(ground, number)
        wait_until(lambda: _ended(ground.district) == matters, 600)
    finally:
        over.set()
        for one in threads:
            one.join(60)
    return acknowledged()


def _kill_one(ground: Ground, number: int) -> None:
    victims = ("web", "worker", "postgresql") if ground.postgresql else ("web", "worker")
    victim = victims[number % len(victims)]
    if victim == "postgresql" and ground.postgresql:
        ground.postgresql.kill()
        ground.postgresql.start()
    else:
        kill(ground.served.children("gunicorn" if victim == "web" else "worker "))


def _ended(district: District) -> int:
    with suppress(Exception), reading(district.engine) as session:
        ended = select(func.count()).where(Instance.status == "ended")
        return session.scalar(ended) or 0
    return -1


def everything_happened_once(district: District, acknowledged: list[int], matters: int) -> None:
    """Each acknowledged answer is there; no task was answered twice; the ledger agrees."""
    district.engine.dispose()
    with begin(district.engine, MACHINE) as work:
        number_entries(work.session)
    with reading(district.engine) as session:
        answered = Counter(
            session.scalars(select(Signer.task_id).where(Signer.verb.in_(DECISIONS)))
        )
        states = Counter(session.scalars(select(Task.state)))
        assert set(acknowledged) <= set(answered)
        assert len(acknowledged) == len(set(acknowledged))
        assert set(answered.values()) == {1}
        assert states == {"done": 2 * matters}
        assert verify_ledger(session).ok
        assert list(evidence.contradictions(session)) == []


def test_what_was_acknowledged_survives_the_kill_of_everything(ground: Ground) -> None:
    acknowledged = approve_while_everything_is_killed(ground, matters=12, kills=3)
    everything_happened_once(ground.district, acknowledged, 12)


@pytest.mark.slow
def test_two_thousand_answers_survive_a_dozen_kills(ground: Ground) -> None:
    acknowledged = approve_while_everything_is_killed(ground, matters=1000, kills=12)
    everything_happened_once(ground.district, acknowledged, 1000)
