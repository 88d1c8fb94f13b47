"""Completing tasks as browsers do: signed in, over HTTP, at a rate that waits for no answer.

Requests leave at the moments of a schedule, whether or not earlier ones are answered, and a
latency counts from the scheduled moment: a server that falls behind cannot slow its callers down.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import select
import socket
import statistics
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, func, update
from sqlalchemy import select as chosen

from engine import db
from engine.people.models import Person, RoleAssignment
from engine.people.passwords import hash_password
from engine.settings import Settings
from engine.work import Actor, begin, reading
from engine.workflow.commands import complete_task
from engine.workflow.instances import start_instance
from engine.workflow.models import Task
from forms.serve.command import APPLICATION, Site
from forms.serve.prepare import prepare
from tests.bench.engine.player import OPINION, VERBS
from tests.bench.engine.stage import ABOUT, PROCESS, REQUEST, stage
from tests.serving import wait_until

SEATED = 4  # persons of each role who are signed in
STEPS = 7  # acts after which an instance has but one left; they are spread over all of them
WARM = 200  # requests before anything is timed
CONNECTIONS = 32  # kept open, as a proxy before the web keeps them
PATIENCE = 30.0  # seconds for one answer
START = 60.0  # seconds until the web answers
PASSWORD = "Harbour-2025-rain"  # of a database that is thrown away
FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Seat:
    """A person's browser: its cookie, and the token of the page it shows."""

    cookie: str
    token: str


@dataclass(frozen=True)
class Shot:
    """One completion to send: which task, and whose browser sends it."""

    task: int
    seat: Seat


def bench_http(
    database: str | None = None, seconds: float = 20.0, rate: float = 100.0
) -> dict[str, Any]:
    """`POST /tasks/…/completion` at `rate` a second to gunicorn's two workers, for some seconds.

    `database` is the URL of a PostgreSQL server (without it: a temporary SQLite file). `errors`
    are answers other than the redirect to the next task; `completed` is what the database says.
    """
    with stage(database) as settings:
        engine = db.connect(settings.database)
        tasks = _prepare(engine, WARM + round(seconds * rate))
        with _served(settings) as site:
            shots = _aim(engine, site.settings.public_url, tasks)
            address = urlsplit(site.settings.public_url).netloc
            spawned = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawned) as client:
                told = client.submit(_fire, address, shots, rate).result()
        timed = {shot.task for shot in shots[WARM:]}
        figures = _figures(told[WARM:], rate) | {"completed": _completed(engine, timed)}
        engine.dispose()
    return figures


def _prepare(engine: Engine, wanted: int) -> list[tuple[int, int]]:
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
    held = chosen(RoleAssignment.role, Person.id, Person.name).join(
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
        waiting = deque(work.session.scalars(chosen(Task).where(Task.instance_id == instance.id)))
    for _ in range(number % STEPS + 1):
        task = waiting.popleft()
        verb = VERBS.get(task.role, "approve")
        answers = {"request": REQUEST} if verb == "submit" else {}
        with begin(engine, holder(task.role)) as work:
            waiting += complete_task(work, task.id, verb, answers, opinion=OPINION)
    for task in waiting:
        if task.role not in VERBS:
            yield task.id, holder(task.role).id or 0


@contextmanager
def _served(settings: Settings) -> Iterator[Site]:
    """The web as `bihuan serve` runs it, without the worker, on a free port."""
    told = {"BIHUAN_VAR": str(settings.var), "BIHUAN_DATABASE": settings.database}
    site = Site.open(settings, os.environ | told | {"BIHUAN_HOST": "127.0.0.1"})
    prepare(site.settings)
    web, _worker = site.parts(APPLICATION)
    web.start(time.monotonic())
    try:
        wait_until(site.probe().answered, START)
        yield site
        web.stop()
        if web.process:
            web.process.wait(PATIENCE)
    finally:
        web.kill()
        site.opened.close()


def _aim(engine: Engine, url: str, tasks: list[tuple[int, int]]) -> list[Shot]:
    """Every task with the browser of the person who completes it."""
    with reading(engine) as session:
        logins = {row.id: row.login for row in session.execute(chosen(Person.id, Person.login))}
    line = Line(urlsplit(url).netloc)
    seats = {one: _sign_in(line, logins[one]) for one in dict.fromkeys(who for _, who in tasks)}
    line.close()
    return [Shot(task, seats[who]) for task, who in tasks]


class Line:
    """A connection that is kept, and opened anew when the server has closed it."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, cookie: str, fields: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, str]:
        """The answer with its text."""
        self._look()
        headers = {"Cookie": cookie, "Content-Type": FORM}
        body = urlencode(fields) if fields is not None else None
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer, answer.read().decode()

    def close(self) -> None:
        """Hang up; the next question opens it again."""
        self._connection.close()

    def _look(self) -> None:
        """A server hangs up on a connection that was silent for a while."""
        if self._connection.sock is None:
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        elif select.select([self._connection.sock], [], [], 0)[0]:
            self.close()
            self._look()


def _sign_in(line: Line, login: str) -> Seat:
    """Sign in on the page for it; the token is that of a page afterwards."""
    page, text = line.ask("GET", "/sign-in", "")
    given = {"csrf_token": _token(text), "login": login, "password": PASSWORD}
    answer, _text = line.ask("POST", "/sign-in", _cookie(page), given)
    assert answer.status == 303, f"{login} is not let in: {answer.status}"
    page, text = line.ask("GET", "/", _cookie(answer))
    assert page.status == 200, f"{login} sees no page: {page.status}"
    return Seat(_cookie(page) or _cookie(answer), _token(text))


def _cookie(answer: HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _token(text: str) -> str:
    found = TOKEN.search(text)
    assert found, "a page without a token"
    return found[1]


def _fire(address: str, shots: list[Shot], rate: float) -> list[tuple[float, int]]:
    """Send everything on schedule: seconds from the scheduled moment, and the status (0: none)."""
    free: SimpleQueue[Line] = SimpleQueue()  # the one that was silent longest goes first
    for _ in range(CONNECTIONS):
        free.put(Line(address))
    began = time.perf_counter() + 0.5
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sent = []
        for number, shot in enumerate(shots):
            at = began + number / rate
            time.sleep(max(0.0, at - time.perf_counter()))
            sent.append(pool.submit(_shoot, free, shot, at))
        return [one.result() for one in sent]


def _shoot(free: SimpleQueue[Line], shot: Shot, at: float) -> tuple[float, int]:
    fields = {"csrf_token": shot.seat.token, "verb": "approve", "opinion": OPINION}
    line = free.get()
    try:
        answer, _text = line.ask("POST", f"/tasks/{shot.task}/completion", shot.seat.cookie, fields)
        return time.perf_counter() - at, answer.status
    except (OSError, HTTPException):
        line.close()
        return time.perf_counter() - at, 0
    finally:
        free.put(line)


def _figures(told: list[tuple[float, int]], rate: float) -> dict[str, Any]:
    percentiles = statistics.quantiles([seconds for seconds, _status in told], n=100)
    return {
        "rate": rate,
        "p50_ms": round(percentiles[49] * 1000, 1),
        "p99_ms": round(percentiles[98] * 1000, 1),
        "errors": sum(status != 303 for _seconds, status in told),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _completed(engine: Engine, tasks: set[int]) -> int:
    """How many of the tasks are done by now."""
    with reading(engine) as session:
        found = chosen(func.count()).where(Task.id.in_(tasks), Task.state == "done")
        return int(session.scalar(found) or 0)
