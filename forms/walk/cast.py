"""The invented people of a walk, and the units they work in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from engine.people import queries as people
from engine.people.access import create_first_administrator
from engine.people.commands import create_person, create_unit, grant_role
from engine.people.models import Person
from engine.risk.commands import install_rules
from engine.work import MACHINE, Actor, begin
from forms.walk.case import Case

PASSWORD = "Walk-2026-demo"  # noqa: S105 - invented people in a database made for one walk


@dataclass(frozen=True)
class Part:
    """A person of the cast: login, name, role, and at which of the walk's units."""

    login: str
    name: str
    role: str
    place: str


PARTS = (
    Part("shen", "沈知行", "project_manager", "unit"),
    Part("lu", "陆文远", "unit_head", "unit"),
    Part("gu", "顾清和", "department_reviewer", "department"),
    Part("qian", "钱若水", "department_reviewer", "department"),
    Part("zhou", "周秉正", "budget_reviewer", "district"),
    Part("wu", "吴思齐", "budget_reviewer", "district"),
    Part("zheng", "郑明德", "performance_office", "district"),
    Part("wang", "王怀瑾", "performance_office", "district"),
    Part("feng", "冯守拙", "investment_reviewer", "district"),
    Part("chen", "陈慎之", "performance_officer", "unit"),
    Part("yan", "严守一", "expert", "district"),
    Part("shi", "施论衡", "expert", "district"),
    Part("cao", "曹公允", "expert", "district"),
    Part("tang", "汤知白", "expert", "district"),
    Part("jiang", "蒋鉴明", "auditor", "district"),
)


def make_cast(engine: Engine, case: Case) -> dict[str, Person]:
    """Make the units and people of a walk in an empty database; persons by login."""
    with begin(engine, MACHINE) as work:
        admin = create_first_administrator(
            work, district="上海市闵行区", login="admin", name="韩管理", password=PASSWORD
        )
        install_rules(work)
    with begin(engine, Actor(admin.id, admin.name)) as work:
        root = people.unit(work.session, admin.unit_id)
        department = create_unit(work, "100", case.department, "bureau", root.id)
        unit = create_unit(work, "100001", case.unit, "section", department.id)
        finance = create_unit(work, "200", "区财政局", "bureau", root.id)
        places = {"unit": unit.id, "department": department.id, "district": root.id}
        homes = places | {"district": finance.id}
        cast: dict[str, Person] = {}
        for part in PARTS:
            person = create_person(
                work,
                login=part.login,
                name=part.name,
                unit_id=homes[part.place],
                password=PASSWORD,
                must_change=False,
            )
            grant_role(work, person.id, part.role, places[part.place])
            cast[part.login] = person
    return cast
