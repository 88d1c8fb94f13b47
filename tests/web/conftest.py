"""A small district and its people, and browsers without a browser: Flask's test client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from engine import registry
from engine.jobs.run import run_due
from engine.people import commands as people
from engine.people import passwords
from engine.people.models import RoleAssignment, Unit
from engine.projects import commands as projects
from engine.projects.commands import ProjectDraft
from engine.projects.packs import load_packs
from engine.settings import Settings
from engine.work import MACHINE, Actor, Work, begin
from engine.workflow import deployments
from forms.app import create_app

PASSWORD = "a good first word 7"
CAST = {
    "zhang": ("张明", "town", "project_manager", "town"),
    "li": ("李红", "town", "unit_head", "town"),
    "wang": ("王伟", "district", "department_reviewer", "district"),
    "zhao": ("赵敏", "district", "budget_reviewer", "district"),
    "sun": ("孙丽", "district", "performance_office", "district"),
    "qian": ("钱进", "district", "performance_office", "district"),
    "zhou": ("周发", "district", "investment_reviewer", "district"),
    "wu": ("吴审", "district", "auditor", "district"),
    "admin": ("管理员", "district", "administrator", "district"),
    "safe": ("安全员", "district", "security_officer", "district"),
    "other": ("陈外", "other", "project_manager", "other"),
}


@dataclass
class Browser:
    """One person's browser: it remembers the CSRF token of the last page."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **more: object) -> TestResponse:
        """Open a page."""
        return self._remember(self.client.get(path, **more))

    def post(self, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
        """Submit a form of the last page."""
        return self._remember(
            self.client.post(
                path,
                data={"csrf_token": self.token, **(data or {})},
                content_type="multipart/form-data",
            )
        )

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        """Sign in; the token of the first page after it is kept."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": password})
        if answer.status_code == 303:
            self.get("/password")
        return answer

    def _remember(self, answer: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer


@dataclass
class District:
    """The installation with its cast; `browser(login)` is somebody signed in."""

    app: Flask
    engine: Engine
    settings: Settings
    persons: dict[str, int]
    units: dict[str, int]

    def browser(self, login: str | None = None) -> Browser:
        """A fresh browser, signed in as `login` if one is named."""
        browser = Browser(self.app.test_client())
        if login is not None:
            assert browser.sign_in(login).status_code == 303
        return browser

    def actor(self, login: str) -> Actor:
        """Somebody of the cast as commands know them."""
        return Actor(self.persons[login], CAST[login][0])

    def run_jobs(self) -> None:
        """Let the machine do all that is due."""
        while run_due(self.engine, self.settings):
            pass


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with little work: these tests sign in a hundred times."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def district(engine: Engine, settings: Settings) -> Iterator[District]:
    """A district with the cast signed up and nothing running."""
    registry.load()
    with begin(engine, MACHINE) as work:
        units = _units(work)
        persons = {login: _person(work, login, units) for login in CAST}
    app = create_app(settings)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield District(app, engine, settings, persons, units)
    app.extensions["bihuan"].engine.dispose()


def _units(work: Work) -> dict[str, int]:
    root = people.create_unit(work, "310112", "闵行区", "district")
    town = people.create_unit(work, "310112-01", "莘庄镇", "town", root.id)
    other = people.create_unit(work, "310112-02", "七宝镇", "town", root.id)
    return {"district": root.id, "town": town.id, "other": other.id}


def _person(work: Work, login: str, units: dict[str, int]) -> int:
    name, unit, role, scope = CAST[login]
    person = people.create_person(
        work, login=login, name=name, unit_id=units[unit], password=PASSWORD, must_change=False
    )
    work.session.add(RoleAssignment(person_id=person.id, role=role, unit_id=units[scope]))
    assert work.session.get(Unit, units[scope]) is not None
    return person.id


@pytest.fixture
def project(district: District) -> int:
    """A construction project of 张明, just sent; its declaration waits in the inbox."""
    packs = load_packs(district.settings.bpmn / "packs")
    files = deployments.read_folder(district.settings.bpmn, district.settings.schemas)
    with begin(district.engine, MACHINE) as work:
        for process in deployments.processes_of(files):
            deployments.deploy(work, process, files)
    draft = ProjectDraft(
        name="莘庄镇老旧小区加装电梯",
        type="construction",
        first_year=2024,
        last_year=2024,
        amount=Decimal(12500000),
    )
    with begin(district.engine, district.actor("zhang")) as work:
        created = projects.create_project(work, draft)
        projects.start_project(work, created.id, packs)
        number = created.id
    district.run_jobs()
    return number
