"""The demonstration's invented people: who works where, in which role and for which units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.people.roles import ROLES
from forms.demo.files import read
from forms.demo.places import DISTRICT, bureaus, towns

PASSWORD = "Bihuan-2026"  # noqa: S105 - shown to everybody; invented people in demonstration mode
REVIEWING = ("FG", "JW", "JJ", "MZ", "SD")
"""The bureaus that review projects and have some of their own."""


@dataclass(frozen=True)
class Post:
    """A position to fill: its role, where its holder sits, and the units it is held for."""

    role: str
    title: str
    unit: str
    section: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """An invented person in their post."""

    login: str
    name: str
    post: Post


def members() -> tuple[Member, ...]:
    """Everybody, the administrator first; no two share a name or a login."""
    accounts = {role: (one["login"], one["unit"]) for role, one in read("accounts").items()}
    people = []
    for post, (name, login) in zip(_posts(), _names(), strict=False):
        if accounts.get(post.role, ("", ""))[1] == post.unit:
            login = accounts.pop(post.role)[0]
        people.append(Member(login, name, post))
    return tuple(people)


def accounts() -> list[tuple[str, str, str, str]]:
    """One account for each role: (login, name, role, unit); all have the one `PASSWORD`."""
    shown = {one["login"] for one in read("accounts").values()}
    units = {one.key: one.name for one in (*towns(), *bureaus())} | {DISTRICT: "闵行区"}
    found = {one.login: one for one in members() if one.login in shown}
    order = [one["login"] for one in read("accounts").values()]
    return [
        (login, found[login].name, ROLES[found[login].post.role], units[found[login].post.unit])
        for login in order
    ]


def _names() -> Iterator[tuple[str, str]]:
    """Names with their logins. 31 and 23 have no common factor, so no pair comes twice."""
    surnames, given = read("names")["surnames"], read("names")["given"]
    used: set[str] = set()
    for number in range(len(surnames) * len(given)):
        (family, one), (own, two) = surnames[number % 31], given[number % 23]
        if one + two not in used:
            used.add(one + two)
            yield family + own, one + two


def _posts() -> Iterator[Post]:
    yield Post("administrator", "系统管理员", DISTRICT)
    yield Post("security_officer", "安全管理员", DISTRICT, scopes=(DISTRICT,))
    yield Post("leader", "区领导", DISTRICT, scopes=(DISTRICT,))
    yield Post("leader", "区领导", DISTRICT, scopes=(DISTRICT,))
    for town in towns():
        yield from _own(town.key, managers=2)
    for bureau in bureaus():
        if bureau.key in REVIEWING:
            yield from _own(bureau.key, managers=1)
            scopes = (bureau.key, *bureau.oversees)
            for _ in range(2):
                yield Post("department_reviewer", "主管科室审核", bureau.key, scopes=scopes)
    yield from _district()


def _own(unit: str, managers: int) -> Iterator[Post]:
    for _ in range(managers):
        yield Post("project_manager", "项目经办", unit, "项目办", (unit,))
    yield Post("unit_head", "单位负责人", unit, scopes=(unit,))
    yield Post("performance_officer", "绩效专员", unit, "财务科", (unit,))


def _district() -> Iterator[Post]:
    whole = (DISTRICT,)
    for _ in range(3):
        yield Post("budget_reviewer", "财政业务科", "CZ", scopes=whole)
        yield Post("performance_office", "财政绩效科", "CZ", scopes=whole)
    for _ in range(2):
        yield Post("investment_reviewer", "投资科", "GW", scopes=whole)
        yield Post("auditor", "审计科", "SJ", scopes=whole)
        yield Post("expert", "第三方专家", "CZ", scopes=whole)
    yield Post("data_bureau", "数据管理科", "SD", scopes=whole)
