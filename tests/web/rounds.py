"""Small approval processes for the web tests, deployed, started and clicked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from engine.people import commands as people
from engine.people.models import RoleAssignment, Unit
from engine.projects.commands import ProjectDraft, create_project
from engine.work import MACHINE, Actor, begin, reading
from engine.workflow import deployments
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Signer, Task
from tests.approvals import chain
from tests.web.conftest import CAST, PASSWORD, Browser, District

MORE = {"gu": "顾清", "lin": "林和", "mei": "梅素"}
"""Further reviewers of the department."""


@dataclass
class Round:
    """A running process and the district in which it runs."""

    district: District
    instance: int

    @property
    def task(self) -> Task:
        """The task that is open."""
        with reading(self.district.engine) as session:
            found = session.scalars(
                select(Task).where(Task.instance_id == self.instance, Task.state == "open")
            ).all()
        assert len(found) == 1, [one.node for one in found]
        return found[0]

    @property
    def nodes(self) -> list[str]:
        """Where open tasks are."""
        with reading(self.district.engine) as session:
            wanted = select(Task.node).where(
                Task.instance_id == self.instance, Task.state == "open"
            )
            return [one.rpartition("/")[2] for one in session.scalars(wanted)]

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        with reading(self.district.engine) as session:
            return session.get_one(Instance, self.instance).status == "ended"

    def actor(self, login: str) -> Actor:
        """Somebody as commands know them."""
        name = MORE[login] if login in MORE else CAST[login][0]
        return Actor(self.district.persons[login], name)

    def signers(self) -> list[tuple[str, str, str]]:
        """(person, state, verb) of everybody's part in the process, in order."""
        with reading(self.district.engine) as session:
            rows = session.scalars(
                select(Signer).where(Signer.instance_id == self.instance).order_by(Signer.id)
            ).all()
        return [(row.person, row.state, row.verb) for row in rows]

    def answer(self, login: str, verb: str = "approve", **given: str) -> str:
        """Open the task as somebody and press a button; the page that comes then."""
        browser, task = self.district.browser(login), self.task.id
        browser.get(f"/tasks/{task}")
        told = {"verb": verb, "opinion": "请核对", **given}
        answer = browser.post(f"/tasks/{task}/completion", told)
        assert answer.status_code == 303, answer.text
        return browser.get("/").text

    def page(self, login: str) -> str:
        """The open task's page as somebody sees it."""
        return self.district.browser(login).get(f"/tasks/{self.task.id}").text

    def sit(self, login: str) -> Browser:
        """Somebody's browser with the open task's page in it."""
        browser = self.district.browser(login)
        browser.get(f"/tasks/{self.task.id}")
        return browser


def begin_round(district: District, *steps: tuple[str, Mapping[str, str]]) -> Round:
    """Deploy a chain of steps and start it about a project of 张明's; reviewers join the cast."""
    files = chain(*steps)
    with begin(district.engine, MACHINE) as work:
        if "gu" not in district.persons:
            for login, name in MORE.items():
                person = people.create_person(
                    work, login=login, name=name, unit_id=district.units["district"],
                    password=PASSWORD, must_change=False,
                )  # fmt: skip
                unit = district.units["district"]
                work.session.add(
                    RoleAssignment(person_id=person.id, role="department_reviewer", unit_id=unit)
                )
                district.persons[login] = person.id
        deployments.deploy(work, "review", files)
    with begin(district.engine, district.actor("zhang")) as work:
        draft = ProjectDraft("助老服务", "service", 2025, 2025, Decimal(100_000))
        project = create_project(work, draft)
        path = work.session.get_one(Unit, district.units["town"]).path
        about = About(f"project:{project.id}", "助老服务", path, district.persons["zhang"])
        started = start_instance(work, "review", about, {})
        return Round(district, started.id)
