"""The deployed versions of the processes, and the diagrams of one of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.workflow import deployments
from engine.workflow.models import Deployment, DeploymentFile, Instance
from engine.workflow.queries import Path
from forms.text import _


@dataclass(frozen=True)
class Version:
    """A version of a process, and how many instances run on it."""

    deployment: Deployment
    newest: bool
    running: int


@dataclass(frozen=True)
class Contents:
    """One version with its diagrams, the process's own first, and the sizes of its files."""

    deployment: Deployment
    newest: bool
    diagrams: list[Path]
    files: list[tuple[str, int]]


def versions(session: Session) -> list[Version]:
    """All versions, by process, the newest first."""
    order = (Deployment.process, Deployment.version.desc())
    counted = session.execute(
        select(Instance.deployment_id, func.count())
        .where(Instance.status.in_(("active", "suspended")))
        .group_by(Instance.deployment_id)
    )
    running = {row[0]: row[1] for row in counted}
    seen: set[str] = set()
    found = []
    for one in session.scalars(select(Deployment).order_by(*order)):
        found.append(Version(one, one.process not in seen, running.get(one.id, 0)))
        seen.add(one.process)
    return found


def contents(session: Session, deployment_id: int) -> Contents:
    """One version; `NotFound` otherwise."""
    found = session.get(Deployment, deployment_id)
    if found is None:
        raise NotFound(_("没有这一版流程"))
    sizes = session.execute(
        select(DeploymentFile.name, func.length(DeploymentFile.content))
        .where(DeploymentFile.deployment_id == deployment_id)
        .order_by(DeploymentFile.name)
    )
    newest = deployments.latest(session, found.process) == found
    return Contents(found, newest, _diagrams(session, found), [(row[0], row[1]) for row in sizes])


def _diagrams(session: Session, found: Deployment) -> list[Path]:
    own = f'id="{found.process}"'.encode()
    drawn = [
        (own not in content, name, content)
        for name, content in deployments.diagrams(session, found.id).items()
        if name.endswith(".bpmn")
    ]
    nowhere: frozenset[str] = frozenset()
    return [Path(name, xml, nowhere, nowhere, nowhere) for _other, name, xml in sorted(drawn)]
