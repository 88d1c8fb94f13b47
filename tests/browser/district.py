"""A district on a real `bihuan serve` with the walk's cast: people's seats, its money, its books.

A seat is one person's own browser profile, signed in once by clicking.
"""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from engine import db, registry
from engine import settings as installation
from engine.migrations import migrate
from engine.people.models import Person
from engine.projects import queries as projects
from engine.projects.commands import ProjectDraft
from engine.projects.packs import load_packs
from engine.settings import Settings
from engine.work import MACHINE, begin, reading
from engine.workflow import deployments
from engine.workflow.deployments import deploy, processes_of, read_folder
from engine.workflow.models import Task
from engine.workflow.queries import TaskView, task_view
from forms.render.schema import FormSchema
from forms.walk.case import Case, read_case
from forms.walk.cast import PARTS, PASSWORD, make_cast
from forms.walk.walker import Walker
from tests.serving import ROOT, Served, wait_until
from webhooks.inbound.signatures import installed_secret, sign

DEMO = ROOT / "tests/cases/demo.json"
NAMES = {part.login: part.name for part in PARTS}
ROLES = {part.login: part.role for part in PARTS}


@dataclass
class Seat:
    """One person's browser; `wrong` is all that its console complained about."""

    login: str
    page: Page
    wrong: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The person's name."""
        return NAMES[self.login]

    def listen(self) -> None:
        """Note errors, broken policies and exceptions; leave pages without being asked."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _hear(self, said: Any) -> None:
        # A refused form (409, 422 …) is an answer, which Chromium logs all the same.
        if said.type == "error" and "status of 4" not in said.text:
            self.wrong.append(f"{self.page.url}: {said.text}")

    def sign_in(self) -> None:
        """Sign in on the page that asks for it."""
        self.page.locator("#login").fill(self.login)
        self.page.locator("#password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()


@dataclass
class District:
    """The installation, running, and its database beside it."""

    served: Served
    settings: Settings
    engine: Engine
    case: Case
    persons: dict[str, Person]

    @classmethod
    def open(cls, var: Path) -> District:
        """Make the tables, the processes and the cast, then serve them."""
        settings = installation.load({"BIHUAN_VAR": str(var)})
        var.mkdir(parents=True, exist_ok=True)
        registry.load()
        engine = db.connect(settings.database)
        migrate(engine)
        files = read_folder(settings.bpmn, settings.schemas)
        with begin(engine, MACHINE) as work:
            for process in processes_of(files):
                deploy(work, process, files)
        case = read_case(DEMO)
        persons = make_cast(engine, case)
        return cls(Served.start(var, "--no-demo"), settings, engine, case, persons)

    def close(self) -> None:
        """Stop serving."""
        self.served.stop()
        self.engine.dispose()

    def seat(self, browser: Browser, login: str, **shape: Any) -> Seat:
        """A fresh profile in which the person has just signed in."""
        seat = Seat(login, browser.new_context(locale="zh-CN", **shape).new_page())
        seat.page.set_default_timeout(10_000)
        seat.listen()
        seat.page.goto(self.served.url)
        seat.sign_in()
        seat.page.wait_for_load_state()
        return seat

    def view(self, task_id: int, login: str) -> TaskView:
        """A task as the person sees it: its form's name and what the form starts with."""
        with reading(self.engine) as session:
            return task_view(session, task_id, self.persons[login].id)

    def schema(self, view: TaskView) -> FormSchema:
        """The task's form as it was deployed."""
        with reading(self.engine) as session:
            content = deployments.form(session, view.instance.deployment_id, view.task.form)
        return FormSchema.load(content)

    def project_code(self, project_id: int) -> str:
        """The code by which machines name the project."""
        with reading(self.engine) as session:
            return projects.project(session, project_id).code

    def deliver(self, project_id: int, voucher: str, amount: Decimal, reverses: str = "") -> int:
        """POST a payment or its reversal as the finance system does; the answer's status."""
        code = self.project_code(project_id)
        told = {
            "type": "reversal" if reverses else "payment",
            "id": f"{code}/{voucher}",
            "project": code,
            "year": self.case.year,
            "amount": str(amount),
            "at": datetime.now(UTC).isoformat(),
            "reverses": f"{code}/{reverses}" if reverses else None,
        }
        return self.post(f"{code}-{voucher}", json.dumps(told).encode())

    def post(self, external_id: str, body: bytes, signature: str = "") -> int:
        """POST a delivery to the finance webhook, signed unless another signature is given."""
        secret, now = installed_secret(self.settings.var / "webhooks", "finance"), int(time.time())
        request = urllib.request.Request(
            f"{self.served.url}/webhooks/finance",
            data=body,
            headers={
                "content-type": "application/json",
                "webhook-id": external_id,
                "webhook-timestamp": str(now),
                "webhook-signature": signature or sign(secret, external_id, now, body),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def project_at(self, there: Callable[[Task], bool], name: str = "") -> tuple[Walker, Task]:
        """A project of 沈知行 taken by commands to the first task for which `there` holds."""
        walker = Walker(
            self.engine, self.settings, self.case, load_packs(self.settings.bpmn / "packs"),
            self.persons,
        )  # fmt: skip
        walker.start(self.persons["shen"], self._draft(name or f"试点项目 {secrets.token_hex(2)}"))
        while True:
            task = self._next(walker)
            if there(task):
                return walker, task
            walker.answer(task)

    def _draft(self, name: str) -> ProjectDraft:
        case = self.case
        return ProjectDraft(
            name=name,
            type=case.type,
            first_year=case.year,
            last_year=case.year,
            amount=case.initial,
        )

    def _next(self, walker: Walker) -> Task:
        """The next task, which the running worker may be about to open."""
        found: list[Task] = []

        def look() -> bool:
            task = walker.next_task()
            if task is not None:
                found.append(task)
            return bool(found)

        wait_until(look, 30)
        return found[0]


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for a page to say something; `what` names it when it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}：{seconds} 秒后仍没有"
        time.sleep(0.2)
