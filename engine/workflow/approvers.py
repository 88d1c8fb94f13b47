"""Who is asked at a step: the sources a diagram may name (rules.md F.14).

`approvers` is a list of terms, or `=` and a FEEL expression over the process data that gives login
names or numbers of persons (表单内人员, 发起人自选, 上一步指定):

- `role:budget_reviewer`         everybody who holds the role for the unit
- `counterpart:budget_reviewer`  those of them who hold it for the nearest unit (处室对口)
- `person:zhouwei`               one person by login
- `post:科长`                    who holds that post in the unit or above, the nearest
- `head:2`                       heads of the unit 2 levels up (1 is the unit itself)
- `heads:3`                      heads of levels 1 to 3, one after another
- `party`                        whose matter it is (发起人, 项目经理)
- `draw:expert:3`                three drawn by lot among the experts of other units (专家抽取)
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import feel
from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person, RoleAssignment, Unit
from engine.people.policy import independent

MOST = 200
"""Signers of one round."""
_T = TypeVar("_T")
_lot = random.SystemRandom()
_NUMBER = re.compile(r"[0-9]{1,18}")
_TERM = re.compile(r"(\w+)(?::([^:]+))?(?::(\d{1,3}))?")


def check(text: str) -> None:
    """Raise `Invalid` for a source that could never be read; used when a diagram is deployed."""
    if text.startswith("="):
        return
    for term in _terms(text):
        _read(term)


def resolve(
    session: Session,
    text: str,
    data: Mapping[str, Any],
    *,
    unit_path: str,
    party_id: int | None,
    cut: bool = False,
) -> list[int]:
    """The persons a source names, each once, in its order; only active ones.

    More than a round has signers are `Invalid`, or with `cut` left out.
    """
    if text.startswith("="):
        found = _named(session, _values(feel.evaluate(text[1:], data), cut=cut))
    else:
        place = _Place(session, unit_path, party_id)
        found = [person for term in _terms(text) for person in place.find(term)]
    wanted = _few(list(dict.fromkeys(found)), cut=cut)
    active = set(session.scalars(select(Person.id).where(Person.id.in_(wanted), Person.active)))
    return [one for one in wanted if one in active]


def is_draw(text: str) -> bool:
    """Whether a source is a draw and nothing else."""
    return bool(_terms(text)) and all(term.startswith("draw:") for term in _terms(text))


def others(session: Session, text: str, unit_path: str, known: Collection[int]) -> list[int]:
    """Whom a draw could still have met beside those known, in the order of a new lot."""
    place = _Place(session, unit_path, None)
    roles = [_read(term)[1] for term in _terms(text)]
    left = [one for role in dict.fromkeys(roles) for one in place.drawable(role)]
    fresh = [one for one in dict.fromkeys(left) if one not in known]
    return _lot.sample(fresh, len(fresh))


def _terms(text: str) -> list[str]:
    return [term.strip() for term in text.split(",") if term.strip()]


def _read(term: str) -> tuple[str, str, int]:
    matched = _TERM.fullmatch(term)
    kind = matched[1] if matched else ""
    if matched is None or kind not in _SOURCES:
        raise Invalid(
            f"看不懂办理人来源“{term}”", english=f"The source of approvers “{term}” is not known"
        )
    name, number = matched[2] or "", int(matched[3] or 0)
    if kind in ("head", "heads") and not (name.isdecimal() and 1 <= int(name) <= 9):
        raise Invalid(
            f"“{term}”应写明第几级，如 head:1",
            english=f"“{term}” is to say which level, such as head:1",
        )
    if kind == "draw" and not number:
        raise Invalid(
            f"“{term}”应写明抽取几人，如 draw:expert:3",
            english=f"“{term}” is to say how many are drawn, such as draw:expert:3",
        )
    if kind != "party" and not name:
        raise Invalid(f"“{term}”没有写明是谁", english=f"“{term}” does not say who")
    return kind, name, number


def _few(found: list[_T], *, cut: bool) -> list[_T]:
    if len(found) > MOST and not cut:
        raise Invalid("一步最多 {most} 人办理，这里有 {found} 人", most=MOST, found=len(found))
    return found[:MOST]


def _values(value: Any, *, cut: bool) -> list[str]:
    """What an expression names, each once: login names, or numbers of persons."""
    given = value if isinstance(value, list) else [] if value is None else [value]
    told = (one.get("id", one.get("login", "")) if isinstance(one, dict) else one for one in given)
    return _few(list(dict.fromkeys(str(one) for one in told)), cut=cut)


def _named(session: Session, names: list[str]) -> list[int]:
    rows = session.execute(select(Person.login, Person.id).where(Person.login.in_(names)))
    by_login = dict(rows.all())
    numbers = {text: int(text) for text in names if _NUMBER.fullmatch(text)}
    found = (numbers.get(text, by_login.get(text)) for text in names)
    return [one for one in found if one is not None]


class _Place:
    """Where the question is asked: the unit and the party of the matter."""

    def __init__(self, session: Session, unit_path: str, party_id: int | None) -> None:
        self.session = session
        self.units = [int(part) for part in unit_path.split("/") if part]
        self.path = unit_path
        self.party_id = party_id

    def find(self, term: str) -> Iterable[int]:
        """The persons of one term."""
        kind, name, number = _read(term)
        return _SOURCES[kind](self, name, number)

    def role(self, name: str, _number: int) -> Iterable[int]:
        return [one.id for one in people.holders(self.session, name, self.path)]

    def counterpart(self, name: str, _number: int) -> Iterable[int]:
        for unit in reversed(self.units):
            found = self._holding(name, unit)
            if found:
                return found
        return []

    def person(self, name: str, _number: int) -> Iterable[int]:
        found = people.person_by_login(self.session, name)
        return [found.id] if found else []

    def post(self, name: str, _number: int) -> Iterable[int]:
        for unit in reversed(self.units):
            found = self.session.scalars(
                select(Person.id)
                .where(Person.unit_id == unit, Person.title == name, Person.active)
                .order_by(Person.id)
            ).all()
            if found:
                return found
        return []

    def head(self, name: str, _number: int) -> Iterable[int]:
        levels = self.units[::-1]
        level = int(name)
        return self._holding("unit_head", levels[level - 1]) if level <= len(levels) else []

    def heads(self, name: str, _number: int) -> Iterable[int]:
        return [one for level in range(1, int(name) + 1) for one in self.head(str(level), 0)]

    def party(self, _name: str, _number: int) -> Iterable[int]:
        return [] if self.party_id is None else [self.party_id]

    def draw(self, name: str, number: int) -> Iterable[int]:
        fit = self.drawable(name)
        return _lot.sample(fit, number) if number < len(fit) else fit

    def drawable(self, name: str) -> list[int]:
        """Holders of a role who work in none of the units that the matter is about."""
        held = [one.id for one in people.holders(self.session, name, self.path)]
        rows = self.session.execute(
            select(Person.id, Unit.path)
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.id.in_(held))
            .order_by(Person.id)
        )
        return [id_ for id_, path in rows if independent(path, self.path)]

    def _holding(self, role: str, unit: int) -> list[int]:
        """Active persons who hold a role for exactly this unit."""
        return list(
            self.session.scalars(
                select(RoleAssignment.person_id)
                .join(Person, Person.id == RoleAssignment.person_id)
                .where(RoleAssignment.role == role, RoleAssignment.unit_id == unit, Person.active)
                .order_by(RoleAssignment.person_id)
            )
        )


_Source = Callable[[_Place, str, int], Iterable[int]]
_SOURCES: dict[str, _Source] = {
    "role": _Place.role,
    "counterpart": _Place.counterpart,
    "person": _Place.person,
    "post": _Place.post,
    "head": _Place.head,
    "heads": _Place.heads,
    "party": _Place.party,
    "draw": _Place.draw,
}
