"""Where the engine is measured: a database of its own, its people, and the reference process."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from engine import db, registry
from engine import settings as installation
from engine.migrations import migrate
from engine.people.models import Person, RoleAssignment, Unit
from engine.settings import Settings
from engine.work import MACHINE, Work, begin
from engine.workflow import deployments
from engine.workflow.context import CallContext
from engine.workflow.instances import About

PROCESS = "reference"
ROLES = (
    "project_manager",
    "unit_head",
    "department_reviewer",
    "budget_reviewer",
    "performance_office",
    "investment_reviewer",
    "leader",
)
HOLDERS = 20  # persons of each role
LIVE = 100  # instances that each process of the host keeps going
ABOUT = About("project:1", "社区助老服务项目", "/1/2/")
REQUEST = {
    "amount": 1_260_000,
    "name": "社区助老服务项目",
    "basis": "依据本区养老服务三年行动计划，服务对象为六十五岁以上独居老人。" * 6,
    "items": [
        {"name": f"第{number}项服务内容", "unit": "人次", "count": 120 * number, "price": "35.50"}
        for number in range(1, 11)
    ],
    "contact": {"name": "沈知行", "phone": "021-60000000"},
}
"""What the applicant fills in: about two kilobytes."""


@registry.service("bench.file_matter")
def file_matter(_work: Work, call: CallContext) -> dict[str, str]:
    """The reference process's service: gives the matter a number."""
    return {"number": f"{call.parameters['amount']}-{call.instance_id}"}


@contextmanager
def stage(database: str | None) -> Iterator[Settings]:
    """A migrated database with its people and the deployed process; gone afterwards.

    On PostgreSQL it is a new database beside the one that the URL names, which is left alone.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder,
        _database(database, Path(folder)) as url,
    ):
        settings = installation.load({"BIHUAN_VAR": folder, "BIHUAN_DATABASE": url})
        engine = db.connect(url)
        migrate(engine)
        with begin(engine, MACHINE) as work:
            _settle(work)
        engine.dispose()
        yield settings


@contextmanager
def _database(url: str | None, folder: Path) -> Iterator[str]:
    if url is None:
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    if url.startswith("sqlite"):
        raise SystemExit("--database: a PostgreSQL URL; without it SQLite is measured")
    name = f"bihuan_bench_{secrets.token_hex(4)}"
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(plain).set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _settle(work: Work) -> None:
    district = Unit(code="0", name="区", kind="district", path="/1/")
    work.session.add(district)
    work.session.flush()
    bureau = Unit(code="1", name="局", kind="bureau", path="/1/2/", parent_id=district.id)
    work.session.add(bureau)
    work.session.flush()
    for role in ROLES:
        for number in range(HOLDERS):
            person = Person(
                login=f"{role}{number}", name=f"某{number}", unit_id=bureau.id, password=""
            )
            work.session.add(person)
            work.session.flush()
            work.session.add(RoleAssignment(person_id=person.id, role=role, unit_id=bureau.id))
    diagram = Path(__file__).with_name("reference.bpmn").read_bytes()
    deployments.deploy(work, PROCESS, {"reference.bpmn": diagram})
