"""The list of all processes: what the address asks for, and what that finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.projects.models import Project
from engine.workflow import queries as workflow
from engine.workflow.models import Deployment, Task
from engine.workflow.queries import InstanceRow, Search
from forms.addresses import asked
from forms.operations.incidents import project_number
from forms.operations.instances import STATUSES, WAITING
from forms.words import role_name

PER_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the address asks for; the URL is the state."""

    project: str
    person: str
    process: str
    version: str
    node: str
    status: str
    days: str
    before: int | None

    @classmethod
    def given(cls) -> Filters:
        """From the address; running ones unless it says otherwise."""
        told = {name: request.args.get(name, "").strip()[:60] for name in _TEXTS}
        return cls(**told, before=asked("before"))

    @property
    def empty(self) -> bool:
        """Whether nothing narrows the list."""
        return not any(vars(self).values())

    def search(self, session: Session) -> Search:
        """What the engine looks for."""
        whole = {name: _whole(getattr(self, name)) for name in ("version", "days")}
        days = whole["days"]
        return Search(
            subject=_subject(session, self.project) if self.project else "",
            person=self.person,
            process=self.process,
            version=whole["version"],
            node=self.node,
            status=self.status if self.status in STATUSES else "",
            started_before=clock.now() - timedelta(days=days) if days else None,
            before=self.before,
        )


_TEXTS = ("project", "person", "process", "version", "node", "status", "days")


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _subject(session: Session, text: str) -> str:
    """A project's subject by its code or number; one that nothing is about otherwise."""
    found = session.scalar(select(Project.id).where(Project.code == text))
    return f"project:{found or _whole(text) or 0}"


@dataclass(frozen=True)
class ListPage:
    """One page of processes; `codes` are the projects' by subject, `after` starts the next."""

    rows: list[InstanceRow]
    after: int | None
    processes: list[tuple[str, str]]
    codes: dict[str, str]
    roles: dict[int, list[str]]
    """For whom a process waits that no person has yet: the roles, by its number."""


def open_list(session: Session, filters: Filters) -> ListPage:
    """What the filters find."""
    found = workflow.find_instances(session, filters.search(session), PER_PAGE + 1)
    rows = found[:PER_PAGE]
    named = select(Deployment.process, Deployment.name).order_by(Deployment.version)
    processes = dict(session.execute(named).all())
    after = rows[-1].id if len(found) > PER_PAGE else None
    return ListPage(
        rows, after, sorted(processes.items()), _codes(session, rows), _roles(session, rows)
    )


def _roles(session: Session, rows: list[InstanceRow]) -> dict[int, list[str]]:
    waits = select(Task.instance_id, Task.role).where(
        Task.instance_id.in_([one.id for one in rows]),
        Task.state.in_(WAITING),
        Task.assignee_id.is_(None),
        ~Task.signed,
    )
    found: dict[int, list[str]] = {}
    for instance_id, role in session.execute(waits.distinct().order_by(Task.role)):
        found.setdefault(instance_id, []).append(role_name(role))
    return found


def _codes(session: Session, rows: list[InstanceRow]) -> dict[str, str]:
    asked = {one.subject: project_number(one.subject) for one in rows}
    found = select(Project.id, Project.code).where(Project.id.in_(asked.values()))
    known = dict(session.execute(found).all())
    return {subject: known[project] for subject, project in asked.items() if project in known}
