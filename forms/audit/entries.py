"""The ledger's entries as an auditor may read them, newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.ledger.models import Entry
from engine.ledger.record import leaf_hash
from engine.people.sessions import SignedIn
from engine.projects import queries as projects
from engine.projects.models import Project
from forms.text import _

PROJECT = "project:"
MATTERS = {
    "access": "登录与账号",
    "unit": "单位与人员",
    "process": "流程发布",
    "calendar": "工作日历",
    "dictionary": "字典",
    "job": "后台作业",
    "rule": "预警规则",
}
KEEPERS = frozenset({"auditor", "security_officer"})
"""Roles that read the log of access, units, roles and processes, not only of projects."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    text: str = ""
    kind: str = ""
    matter: str = ""
    page: int = 1


def readable(person: SignedIn) -> ColumnElement[bool]:
    """Entries about projects within the person's scope, and about the system for its keepers."""
    seen = projects.visible(person.id, person.grants, deleted=True).with_only_columns(
        literal(PROJECT) + cast(Project.id, String)
    )
    about_projects = Entry.matter.in_(seen)
    if not person.roles & KEEPERS:
        return about_projects
    return or_(about_projects, ~Entry.matter.startswith(PROJECT))


def entries(session: Session, person: SignedIn, wanted: Wanted, limit: int) -> list[Entry]:
    """One page of entries."""
    found = _filtered(person, wanted).order_by(Entry.id.desc())
    return list(session.scalars(found.limit(limit).offset((wanted.page - 1) * limit)))


def count(session: Session, person: SignedIn, wanted: Wanted) -> int:
    """How many entries fit."""
    return (
        session.scalar(select(func.count()).select_from(_filtered(person, wanted).subquery())) or 0
    )


def _filtered(person: SignedIn, wanted: Wanted) -> Select[Any]:
    found = select(Entry).where(readable(person))
    if wanted.text:
        found = found.where(
            or_(Entry.actor.contains(wanted.text), Entry.payload.contains(wanted.text))
        )
    if wanted.kind:
        found = found.where(Entry.kind == wanted.kind)
    if wanted.matter:
        found = found.where(Entry.matter == wanted.matter)
    return found


def kinds(session: Session, person: SignedIn) -> list[str]:
    """The kinds of entry that the person may read."""
    return list(session.scalars(select(Entry.kind).where(readable(person)).distinct()))


def entry(session: Session, person: SignedIn, entry_id: int) -> Entry:
    """One entry; `NotFound` when there is none that the person may read."""
    found = session.scalar(select(Entry).where(Entry.id == entry_id, readable(person)))
    if found is None:
        raise NotFound("没有这条记录，或者它不在您的权限范围内")
    return found


def matter_names(session: Session, matters: set[str]) -> dict[str, str]:
    """What each matter is called: a project by its name, others by what they are."""
    ids = [int(one.removeprefix(PROJECT)) for one in matters if one.startswith(PROJECT)]
    rows = session.execute(select(Project.id, Project.name).where(Project.id.in_(ids)))
    named = {f"{PROJECT}{row.id}": row.name for row in rows}
    return {one: named.get(one) or other_matter(one) for one in matters}


def other_matter(matter: str) -> str:
    """What a matter that is no project is called."""
    kind = matter.partition(":")[0]
    return _(MATTERS[kind]) if kind in MATTERS else matter


def fits(found: Entry) -> bool:
    """Whether the entry's fingerprint is that of its content."""
    return leaf_hash(found.salt, found.payload) == found.leaf


def facts(found: Entry) -> dict[str, Any]:
    """What the entry says."""
    told: dict[str, Any] = json.loads(found.payload)["facts"]
    return told
