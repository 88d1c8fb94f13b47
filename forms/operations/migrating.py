"""Taking running processes to a version: what was asked for, the preview, the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import BihuanError, Invalid, NotFound
from engine.workflow.migration import Prospect, Result, migrate_instances, preview
from engine.workflow.models import Deployment, Instance
from forms.operations.incidents import project_number
from forms.platform import acting
from forms.text import _

MOST = 200
"""Processes in one preview."""


@dataclass(frozen=True)
class Given:
    """What was chosen: processes by number, renamed nodes by line, why, and the second word."""

    instances: str
    mapping: str
    reason: str
    confirm: str

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Given:
        """From the address or the form."""
        names = ("instances", "mapping", "reason", "confirm")
        return cls(**{name: told.get(name, "")[:4000] for name in names})

    @property
    def numbers(self) -> list[int]:
        """The chosen processes."""
        parts = self.instances.replace("，", ",").replace(" ", ",").split(",")
        return sorted({int(one) for one in parts if one.isascii() and one.isdigit()})[:MOST]

    def names(self, process: str) -> dict[str, str]:
        """Old and new names of nodes; `Invalid` for a line that is no `old=new`."""
        found = {}
        for line in filter(None, (one.strip() for one in self.mapping.splitlines())):
            old, sign, new = (part.strip() for part in line.partition("="))
            if not (old and sign and new):
                raise Invalid(_("对应关系应每行写作“旧节点=新节点”：%(line)s", line=line))
            found[_full(process, old)] = _full(process, new)
        return found


def _full(process: str, node: str) -> str:
    return node if "/" in node else f"{process}/{node}"


@dataclass(frozen=True)
class Line:
    """One process in the preview."""

    prospect: Prospect
    project: int | None


@dataclass(frozen=True)
class Page:
    """The preview, and after migrating the results."""

    deployment: Deployment
    lines: Sequence[Line]
    code: str
    problem: str = ""
    results: Sequence[Result] = ()

    @property
    def possible(self) -> list[int]:
        """The processes that can go."""
        return [one.prospect.instance_id for one in self.lines if not one.prospect.refusal]


def open_page(
    session: Session, deployment_id: int, given: Given, *, confirming: bool = False
) -> tuple[Page, int]:
    """The preview of the chosen processes (all that run on other versions if none is)."""
    target = session.get(Deployment, deployment_id)
    if target is None:
        raise NotFound(_("没有这一版流程"))
    code = f"{target.process} {target.version}"
    try:
        numbers = given.numbers or _running(session, target)
        names = given.names(target.process)
        found = preview(session, numbers, deployment_id, names, clock.now())
    except BihuanError as refused:
        return Page(target, (), code, refused.message), 422
    lines = [Line(one, project_number(one.subject)) for one in found]
    problem = _problem(given, code) if confirming else ""
    return Page(target, lines, code, problem), 422 if problem else 200


def _problem(given: Given, code: str) -> str:
    if not given.numbers:
        return _("请选择要迁移的流程")
    if not given.reason.strip():
        return _("请填写原因")
    return "" if given.confirm.strip() == code else _("请输入 %(code)s 以确认", code=code)


def _running(session: Session, target: Deployment) -> list[int]:
    wanted = select(Instance.id).where(
        Instance.process == target.process,
        Instance.deployment_id != target.id,
        Instance.status.in_(("active", "suspended")),
    )
    return list(session.scalars(wanted.order_by(Instance.id).limit(MOST)))


def migrate(deployment_id: int, given: Given) -> list[Result]:
    """Take those there that were chosen; each in a transaction of its own."""
    with acting() as work:
        target = work.session.get_one(Deployment, deployment_id)
        names = given.names(target.process)
    return migrate_instances(acting, given.numbers, deployment_id, names, given.reason)
