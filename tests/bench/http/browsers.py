"""Browsers without a browser: people signed in over HTTP who send completions on schedule."""

from __future__ import annotations

import re
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine
from sqlalchemy import select as chosen

from engine.people.models import Person
from engine.work import reading
from tests.bench.engine.player import OPINION
from tests.bench.http.matters import PASSWORD

CONNECTIONS = 32  # kept open, as a proxy before the web keeps them
PATIENCE = 30.0  # seconds for one answer
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

    @property
    def path(self) -> str:
        """Where it goes."""
        return f"/tasks/{self.task}/completion"

    @property
    def fields(self) -> dict[str, str]:
        """What the page submits."""
        return {"csrf_token": self.seat.token, "verb": "approve", "opinion": OPINION}


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


def aim(engine: Engine, url: str, tasks: list[tuple[int, int]]) -> list[Shot]:
    """Every task with the browser of the person who completes it."""
    with reading(engine) as session:
        logins = {row.id: row.login for row in session.execute(chosen(Person.id, Person.login))}
    line = Line(urlsplit(url).netloc)
    seats = {one: _sign_in(line, logins[one]) for one in dict.fromkeys(who for _, who in tasks)}
    line.close()
    return [Shot(task, seats[who]) for task, who in tasks]


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


def fire(address: str, shots: list[Shot], rate: float) -> list[tuple[float, int]]:
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
    line = free.get()
    try:
        answer, _text = line.ask("POST", shot.path, shot.seat.cookie, shot.fields)
        return time.perf_counter() - at, answer.status
    except (OSError, HTTPException):
        line.close()
        return time.perf_counter() - at, 0
    finally:
        free.put(line)
