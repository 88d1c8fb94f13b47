"""A small district and its people, and browsers without a browser: Flask's test client."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from engine import registry
from engine.jobs.run import run_due
from engine.people import commands as people
from engine.people import passwords
from engine.people.models import RoleAssignment, Unit
from engine.projects import commands as projects
from engine.projects.commands import ProjectDraft
from engine.projects.packs import installed_packs
from engine.settings import Settings
from engine.work import MACHINE, Actor, Work, begin
from engine.workflow import deployments
from forms.app import create_app
from tests.district import District as Made
from tests.district import Templates, kind, nothing_yet, opened

__all__ = ["kind", "nothing_yet"]

PASSWORD = "a good first word 7"
PLACES = {"district": "310112", "town": "310112-01", "other": "310112-02"}
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
    project: int

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


def sign_up(made: Made) -> None:
    """The cast and their units in a fresh database."""
    registry.load()
    made.live = True
    with begin(made.engine, MACHINE) as work:
        units = _units(work)
        for login in CAST:
            made.people[login] = Actor(_person(work, login, units), CAST[login][0])


def send(made: Made) -> None:
    """The processes, and a construction project of 张明, just sent."""
    files = deployments.read_folder(made.settings.bpmn, made.settings.schemas)
    with begin(made.engine, MACHINE) as work:
        for process in deployments.processes_of(files):
            deployments.deploy(work, process, files)
    draft = ProjectDraft(
        name="莘庄镇老旧小区加装电梯",
        type="construction",
        first_year=2024,
        last_year=2024,
        amount=Decimal(12500000),
    )
    with begin(made.engine, made.people["zhang"]) as work:
        made.project = projects.create_project(work, draft).id
        projects.start_project(work, made.project, installed_packs())
    made.run_jobs()


class Compiled(BytecodeCache):
    """Templates that an earlier test's application compiled, as long as their text is the same."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept; the bucket refuses it if the text has changed."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@pytest.fixture(autouse=True)
def quick_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has an application of its own; what they show is compiled once."""
    monkeypatch.setitem(Flask.jinja_options, "bytecode_cache", COMPILED)


@pytest.fixture(scope="session")
def made_before(
    tmp_path_factory: pytest.TempPathFactory, nothing_yet: Mapping[str, Callable[[], str]]
) -> Iterator[Templates]:
    """The district without and with a project, each made once for this run and then copied."""
    stages = {"signed_up": (None, sign_up), "sent": ("signed_up", send)}
    made = Templates(tmp_path_factory.mktemp("web"), nothing_yet, stages)
    yield made
    made.close()


@pytest.fixture
def district(
    made_before: Templates,
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[District]:
    """A district with the cast signed up; the `project` is on its way if it is asked for."""
    stage = "sent" if "project" in request.fixturenames else "signed_up"
    with opened(made_before, kind, stage, tmp_path / "var") as copied:
        app = create_app(copied.settings)
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = False
        persons = {login: copied.id(login) for login in CAST}
        with copied.reading() as session:
            known = dict(session.execute(select(Unit.code, Unit.id)).all())
        units = {name: known[code] for name, code in PLACES.items()}
        yield District(app, copied.engine, copied.settings, persons, units, copied.project)
        app.extensions["bihuan"].engine.dispose()


@pytest.fixture
def project(district: District) -> int:
    """The project that was just sent; its declaration waits in the inbox."""
    return district.project


def _units(work: Work) -> dict[str, int]:
    root = people.create_unit(work, PLACES["district"], "闵行区", "district")
    town = people.create_unit(work, PLACES["town"], "莘庄镇", "town", root.id)
    other = people.create_unit(work, PLACES["other"], "七宝镇", "town", root.id)
    return {"district": root.id, "town": town.id, "other": other.id}


def _person(work: Work, login: str, units: dict[str, int]) -> int:
    name, unit, role, scope = CAST[login]
    person = people.create_person(
        work, login=login, name=name, unit_id=units[unit], password=PASSWORD, must_change=False
    )
    work.session.add(RoleAssignment(person_id=person.id, role=role, unit_id=units[scope]))
    assert work.session.get(Unit, units[scope]) is not None
    return person.id
