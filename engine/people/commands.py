"""Writes of the people: units, persons, roles, dictionaries; each leaves its entry."""

from __future__ import annotations

from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries
from engine.people.models import DictionaryEntry, Person, RoleAssignment, Unit
from engine.people.passwords import hash_password
from engine.people.roles import ROLES, conflict
from engine.work import Work

LENGTHS = {"code": 40, "name": 80, "login": 60, "title": 80, "key": 80, "text": 500}
UNIT_KINDS = {"district": "区", "bureau": "委办局", "town": "街镇", "section": "科室"}


def _check_lengths(**given: str) -> None:
    """Refuse what its column would not hold, by field."""
    for field, text in given.items():
        if len(text) > LENGTHS[field]:
            raise Invalid("不超过 {most} 字", most=LENGTHS[field], field=field)


def create_unit(work: Work, code: str, name: str, kind: str, parent_id: int | None = None) -> Unit:
    """Add a unit under `parent_id`; its code is unique."""
    if kind not in UNIT_KINDS:
        raise Invalid("请选择单位类别", field="kind")
    if not code.strip() or not name.strip():
        raise Invalid("单位代码和名称都要填写", field="name" if code.strip() else "code")
    _check_lengths(code=code, name=name)
    if work.session.scalar(select(Unit.id).where(Unit.code == code)):
        raise Conflict("单位代码 {code} 已被使用", code=code, field="code")
    parent = queries.unit(work.session, parent_id) if parent_id else None
    unit = Unit(code=code, name=name, kind=kind, parent_id=parent_id, path="")
    work.session.add(unit)
    work.session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    work.record(
        "unit.created",
        f"unit:{unit.id}",
        f"unit:{unit.id}",
        {"code": code, "name": name, "kind": kind, "parent": parent_id},
    )
    return unit


def rename_unit(work: Work, unit_id: int, name: str, active: bool) -> Unit:
    """Change a unit's name, or close it."""
    unit = queries.unit(work.session, unit_id)
    if not name.strip():
        raise Invalid("请填写单位名称", field="name")
    _check_lengths(name=name)
    before = {"name": unit.name, "active": unit.active}
    unit.name, unit.active = name, active
    work.record(
        "unit.changed",
        f"unit:{unit.id}",
        f"unit:{unit.id}",
        {"before": before, "after": {"name": name, "active": active}},
    )
    return unit


def create_person(
    work: Work,
    *,
    login: str,
    name: str,
    unit_id: int,
    password: str,
    title: str = "",
    must_change: bool = True,
    hashed: str = "",
) -> Person:
    """Add a person with a first password, which they must change when they sign in.

    `hashed` is the hash of `password` where that has been made already: many invented people of a
    demonstration share one password, and making each hash anew would take half a second.
    """
    login = login.strip().lower()
    if not login or not name.strip():
        raise Invalid("登录名和姓名都要填写", field="name" if login else "login")
    _check_lengths(login=login, name=name, title=title)
    if queries.person_by_login(work.session, login):
        raise Conflict("登录名 {login} 已被使用", login=login, field="login")
    queries.unit(work.session, unit_id)
    person = Person(
        login=login,
        name=name,
        title=title,
        unit_id=unit_id,
        password=hashed or hash_password(password, login),
        must_change_password=must_change,
    )
    work.session.add(person)
    work.session.flush()
    work.record(
        "person.created",
        f"person:{person.id}",
        f"unit:{unit_id}",
        {"login": login, "name": name, "title": title},
    )
    return person


def set_active(work: Work, person_id: int, active: bool) -> Person:
    """Let a person in again, or end their access and all their sessions."""
    person = queries.person(work.session, person_id)
    if not active and person.id == work.actor.id:
        raise Forbidden("不能停用自己的账号")
    if not active:
        _keep_one(work, person.id, "administrator")
        person.epoch += 1
    person.active = active
    kind = "person.admitted" if active else "person.dismissed"
    work.record(kind, f"person:{person.id}", f"unit:{person.unit_id}", {"name": person.name})
    return person


def _keep_one(work: Work, person_id: int, role: str) -> None:
    """Refuse what would leave the installation without anyone in `role`."""
    holders = set(
        work.session.scalars(
            select(RoleAssignment.person_id)
            .join(Person, Person.id == RoleAssignment.person_id)
            .where(RoleAssignment.role == role, Person.active)
        )
    )
    if holders == {person_id}:
        raise Conflict("至少要保留一名{role}", role=ROLES[role])


def grant_role(work: Work, person_id: int, role: str, unit_id: int) -> RoleAssignment:
    """Give a role for a unit and all below it, unless it conflicts with one already held."""
    if role not in ROLES:
        raise Invalid("没有这个角色", field="role")
    if person_id == work.actor.id:
        raise Forbidden("不能给自己授予角色")
    person, unit = queries.person(work.session, person_id), queries.unit(work.session, unit_id)
    held = list(
        work.session.scalars(select(RoleAssignment).where(RoleAssignment.person_id == person_id))
    )
    reason = conflict({one.role for one in held}, role)
    if reason:
        raise Conflict(reason, field="role")
    if any(one.role == role and one.unit_id == unit_id for one in held):
        raise Conflict("{person}已有这个角色", person=person.name, field="role")
    assignment = RoleAssignment(person_id=person_id, role=role, unit_id=unit_id)
    work.session.add(assignment)
    work.record(
        "role.granted",
        f"person:{person_id}",
        f"unit:{unit_id}",
        {"role": role, "unit": unit.name, "person": person.name},
    )
    return assignment


def revoke_role(work: Work, assignment_id: int) -> None:
    """Take a role back."""
    held = work.session.get(RoleAssignment, assignment_id)
    if held is None:
        raise NotFound("没有这项授权")
    if held.role == "administrator":
        _keep_one(work, held.person_id, "administrator")
    person = queries.person(work.session, held.person_id)
    work.session.delete(held)
    work.record(
        "role.revoked",
        f"person:{person.id}",
        f"unit:{held.unit_id}",
        {"role": held.role, "person": person.name},
    )


def set_dictionary_entry(
    work: Work, dictionary: str, key: str, text: str, *, position: int = 0, active: bool = True
) -> DictionaryEntry:
    """Add or change one line of a dictionary."""
    if not key.strip() or not text.strip():
        raise Invalid("请填写内容", field="text")
    _check_lengths(key=key, text=text)
    entry = work.session.scalar(
        select(DictionaryEntry).where(
            DictionaryEntry.dictionary == dictionary, DictionaryEntry.key == key
        )
    )
    before = {"text": entry.text, "active": entry.active} if entry else None
    if entry is None:
        entry = DictionaryEntry(dictionary=dictionary, key=key)
        work.session.add(entry)
    entry.text, entry.position, entry.active = text, position, active
    work.record(
        "dictionary.changed",
        f"dictionary:{dictionary}",
        f"dictionary:{dictionary}",
        {"key": key, "before": before, "after": {"text": text, "active": active}},
    )
    return entry
