"""What a district has before its first project: units, people, calendar, processes …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from engine.people.access import create_first_administrator
from engine.people.calendar.commands import install_published_years
from engine.people.commands import (
    create_person,
    create_unit,
    grant_role,
    set_dictionary_entry,
)
from engine.people.models import Person
from engine.risk.commands import install_rules
from engine.settings import Settings
from engine.work import MACHINE, Actor, Work, begin
from engine.workflow.deployments import deploy, processes_of, read_folder
from forms.demo.files import read
from forms.demo.people import PASSWORD, members
from forms.demo.places import DISTRICT, OFFICE, PURSE, Place, bureaus, towns

MARK, STATE = "demo", "state"
LOADING, LOADED = "正在装入", "已装入"


@dataclass(frozen=True)
class District:
    """The units by key (a section as `XZ/项目办`), and the people by login."""

    units: Mapping[str, int]
    people: Mapping[str, Person]
    homes: Mapping[int, str]
    """The key of the unit that each person works for."""

    def managers(self, unit: str) -> list[Person]:
        """The 项目经办 of a unit, in their order."""
        return [
            self.people[one.login]
            for one in members()
            if one.post.role == "project_manager" and one.post.unit == unit
        ]


def lay_foundation(engine: Engine, settings: Settings, at: datetime) -> District:
    """Make the district in an empty database, as at the moment `at`."""
    first = members()[0]
    with begin(engine, MACHINE, at) as work:
        admin = create_first_administrator(
            work,
            district=settings.district,
            login=first.login,
            name=first.name,
            password=PASSWORD,
        )
        mark(work, LOADING)
        install_rules(work)
    with begin(engine, Actor(admin.id, admin.name), at) as work:
        units = _units(work, admin.unit_id)
        people = {first.login: admin} | _people(work, units, admin.password)
        install_published_years(work)
        _dictionaries(work)
    files = read_folder(settings.bpmn, settings.schemas)
    with begin(engine, MACHINE, at) as work:
        for process in processes_of(files):
            deploy(work, process, files)
    homes = {people[one.login].id: one.post.unit for one in members()}
    return District(units, people, homes)


def mark(work: Work, state: str) -> None:
    """Note how far the loading is, so that one that was cut off is noticed."""
    set_dictionary_entry(work, MARK, STATE, state)


def _units(work: Work, root: int) -> dict[str, int]:
    units = {DISTRICT: root}
    for place in (*towns(), *bureaus()):
        units |= _place(work, place, root)
    return units


def _place(work: Work, place: Place, root: int) -> dict[str, int]:
    made = create_unit(work, place.code, place.name, place.kind, root)
    units = {place.key: made.id}
    for number, section in enumerate((OFFICE, PURSE), 1):
        code = f"{place.code}{number:02d}"
        name = f"{place.name}{section}"
        units[f"{place.key}/{section}"] = create_unit(work, code, name, "section", made.id).id
    return units


def _people(work: Work, units: Mapping[str, int], hashed: str) -> dict[str, Person]:
    people = {}
    for one in members()[1:]:
        post = one.post
        person = create_person(
            work,
            login=one.login,
            name=one.name,
            unit_id=units[f"{post.unit}/{post.section}" if post.section else post.unit],
            password=PASSWORD,
            title=post.title,
            must_change=False,
            hashed=hashed,
        )
        for scope in post.scopes:
            grant_role(work, person.id, post.role, units[scope])
        people[one.login] = person
    return people


def _dictionaries(work: Work) -> None:
    for name, entries in read("dictionaries").items():
        for position, (key, text) in enumerate(entries.items(), 1):
            set_dictionary_entry(work, name, key, text, position=position)
