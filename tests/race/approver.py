"""A person at a browser who answers whatever waits for them, however often the server dies."""

from __future__ import annotations

import http.client
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 60.0  # seconds for one answer: a web that starts again keeps its callers waiting
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TASK = re.compile(r'href="/tasks/(\d+)"')
ANSWERED = (403, 404, 409)
"""What somebody is told whose task has been answered already."""


@dataclass(frozen=True)
class Answer:
    """What came back whole."""

    status: int
    location: str
    body: str


@dataclass
class Heard:
    """What the clients were told, all of them together.

    `acknowledged` holds (task, login) of each 303; `statuses` counts every answer to a completion,
    0 when the connection broke first.
    """

    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, task: int, login: str, answer: Answer | None) -> None:
        """Take down the answer to a completion; None: there was none."""
        status = answer.status if answer else 0
        with self._lock:
            self.statuses[status] += 1
            if status == 303:
                self.acknowledged.append((task, login))
            elif answer and status < 500 and status not in ANSWERED:
                self.strange.append(f"{login} {task}: {status} {answer.body[:2000]}")


@dataclass
class Approver:
    """One person, one session, one connection that is kept while it lasts."""

    address: str
    login: str
    password: str
    verb: str
    heard: Heard
    cookie: str = ""
    token: str = ""
    _open: http.client.HTTPConnection | None = None

    def sign_in(self) -> None:
        """Begin the session; the token of the first page inside belongs to it."""
        self._ask("GET", "/sign-in", keep=True)
        given = {"login": self.login, "password": self.password}
        answer = self._ask("POST", "/sign-in", given, keep=True)
        assert answer is not None and answer.status == 303, answer
        self._ask("GET", "/", keep=True)

    def work_until(self, over: threading.Event) -> None:
        """Look at the inbox, answer what is there, look again."""
        while not over.is_set():
            tasks = self._inbox()
            random.shuffle(tasks)
            for task in tasks:
                if over.is_set():
                    return
                self.heard.note(task, self.login, self._complete(task))
            if not tasks:
                over.wait(0.05)

    def _inbox(self) -> list[int]:
        page = self._ask("GET", "/")
        return sorted({int(found) for found in TASK.findall(page.body)}) if page else []

    def _complete(self, task: int) -> Answer | None:
        given = {"verb": self.verb, "opinion": "请核对"}
        return self._ask("POST", f"/tasks/{task}/completion", given)

    def _ask(
        self, method: str, path: str, fields: dict[str, str] | None = None, *, keep: bool = False
    ) -> Answer | None:
        """The whole answer, or None if the connection broke; `keep` takes over its cookie."""
        connection = self._open or http.client.HTTPConnection(self.address, timeout=PATIENCE)
        self._open = connection
        headers = {"Cookie": self.cookie}
        body = urlencode({"csrf_token": self.token, **fields}) if fields else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            found = connection.getresponse()
            text = found.read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._open = None
            return None
        if keep:
            self._remember(found.getheader("Set-Cookie"), text)
        return Answer(found.status, found.getheader("Location", ""), text)

    def _remember(self, cookie: str | None, page: str) -> None:
        self.cookie = cookie.partition(";")[0] if cookie else self.cookie
        token = TOKEN.search(page)
        self.token = token[1] if token else self.token
