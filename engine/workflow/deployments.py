"""Deploying processes, and the parsed definition of a deployment (kept per process of the host)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import Conflict, Invalid, NotFound
from engine.people.calendar.book import calendar_stamp
from engine.statements import Look, engine_of, load
from engine.work import Work
from engine.workflow import runtime
from engine.workflow.lint import lint
from engine.workflow.models import Deployment, DeploymentFile
from engine.workflow.runtime import Definition

FORMS = "forms/"
LARGEST_FILE = 2_000_000  # bytes
MOST_FLOWS = 1000


def read_folder(bpmn: Path, schemas: Path) -> dict[str, bytes]:
    """The diagrams and decision tables of `bpmn` and the forms of `schemas`, by name."""
    drawn = sorted([*bpmn.glob("*.bpmn"), *bpmn.glob("*.dmn")])
    files = {one.name: one.read_bytes() for one in drawn}
    return files | {FORMS + one.name: one.read_bytes() for one in sorted(schemas.glob("*.json"))}


def processes_of(files: Mapping[str, bytes]) -> list[str]:
    """The ids of the executable processes that the diagrams hold, in order of file name."""
    pattern = re.compile(rb"<(?:\w+:)?process\s[^<>]*?\bid=\"([^\"]+)\"")
    return [
        found.decode()
        for name, content in sorted(files.items())
        if name.endswith(".bpmn")
        for found in pattern.findall(content)
    ]


def deploy(work: Work, process: str, files: Mapping[str, bytes]) -> Deployment:
    """Make `files` the newest version of `process`; the same content again changes nothing.

    Refused (`Invalid`, naming the element) when the diagrams do not parse or lint finds an error,
    an unknown operation included.
    """
    _check_size(files)
    definition = runtime.parse(process, _diagrams(files))
    used = _used(definition, files)
    _check(used)
    digest = _digest(used)
    newest = latest(work.session, process)
    if newest is not None and newest.sha256 == digest:
        return newest
    deployment = Deployment(
        process=process,
        version=(newest.version if newest else 0) + 1,
        name=definition.name or process,
        sha256=digest,
        messages=list(definition.messages),
        at=work.now,
        by=work.actor.name,
    )
    work.session.add(deployment)
    try:
        work.session.flush()
    except IntegrityError:
        raise Conflict("流程 {process} 刚刚由他人发布，请刷新后再试", process=process) from None
    for name, content in sorted(used.items()):
        work.session.add(DeploymentFile(deployment_id=deployment.id, name=name, content=content))
    work.record(
        "process.deployed",
        f"deployment:{deployment.id}",
        f"process:{process}",
        {"process": process, "version": deployment.version, "sha256": digest},
    )
    return deployment


def redeploy(work: Work, deployment_id: int) -> Deployment:
    """Make an older version's content the newest version again; running instances stay pinned."""
    older = work.session.get(Deployment, deployment_id)
    if older is None:
        raise NotFound("没有这一版流程")
    if older == latest(work.session, older.process):
        raise Conflict("第 {version} 版已是现行版本", version=older.version)
    rows = select(DeploymentFile.name, DeploymentFile.content).where(
        DeploymentFile.deployment_id == older.id
    )
    return deploy(
        work, older.process, {row.name: row.content for row in work.session.execute(rows)}
    )


def _check_size(files: Mapping[str, bytes]) -> None:
    """Checking a diagram takes time that grows with it while others wait: within bounds only."""
    for name, content in files.items():
        if len(content) > LARGEST_FILE:
            raise Invalid(
                "{name} 超过 {most} MB，不能部署",
                name=name,
                most=LARGEST_FILE // 1000000,
            )
        if content.count(b"sequenceFlow ") > MOST_FLOWS:
            raise Invalid(
                "{name} 的连线超过 {most} 条，请拆分为调用活动",
                name=name,
                most=MOST_FLOWS,
            )


def _diagrams(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if not name.startswith(FORMS)}


def _used(definition: Definition, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that this process needs: diagrams it reaches, all decisions, its forms."""
    processes = {node.process for node in definition.nodes.values()}
    forms = {node.properties.get("form") for node in definition.nodes.values()}
    used: dict[str, bytes] = {}
    for name, content in files.items():
        if name.startswith(FORMS):
            keep = name.removeprefix(FORMS).removesuffix(".json") in forms
        elif name.endswith(".bpmn"):
            keep = any(f'id="{process}"'.encode() in content for process in processes)
        else:
            keep = True
        if keep:
            used[name] = content
    return used


def _check(files: Mapping[str, bytes]) -> None:
    forms = {
        name.removeprefix(FORMS).removesuffix(".json") for name in files if name.startswith(FORMS)
    }
    found = lint(_diagrams(files), operations=registry.operations(), forms=forms)
    for finding in found:
        if finding.severity == "error":
            english = finding.english and f"{finding.file}: {finding.english}"
            raise Invalid(
                f"{finding.file}：{finding.message}", element=finding.element, english=english
            )


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def latest(session: Session, process: str) -> Deployment | None:
    """The newest deployment of `process`, if there is one."""
    return latest_now(session, process)[0]


def latest_now(session: Session, process: str) -> tuple[Deployment | None, str | None]:
    """The same with the calendar's stamp, which whoever starts a process needs next."""
    found = _LATEST.rows(session, process=process)
    if not found:
        return None, None
    *row, stamp = found[0]
    return load(session, Deployment, row), stamp


_LATEST = Look(
    select(*Deployment.__table__.columns, calendar_stamp())
    .where(Deployment.process == bindparam("process"))
    .order_by(Deployment.version.desc())
    .limit(1)
)


def listening(session: Session, message: str) -> list[Deployment]:
    """The newest deployment of every process that `message` starts."""
    newest = (
        select(Deployment.process, func.max(Deployment.version).label("version"))
        .group_by(Deployment.process)
        .subquery()
    )
    rows = session.scalars(
        select(Deployment).join(
            newest,
            (newest.c.process == Deployment.process) & (newest.c.version == Deployment.version),
        )
    )
    return [one for one in rows if message in one.messages]


def file(session: Session, deployment_id: int, name: str) -> bytes:
    """A file of a deployment; `NotFound` otherwise."""
    content = session.scalar(
        select(DeploymentFile.content).where(
            DeploymentFile.deployment_id == deployment_id, DeploymentFile.name == name
        )
    )
    if content is None:
        raise NotFound("这一版流程中没有 {name}", name=name)
    return content


def form(session: Session, deployment_id: int, name: str) -> bytes:
    """The form `name` as it was when the process was deployed."""
    return file(session, deployment_id, f"{FORMS}{name}.json")


def definition(session: Session, deployment_id: int, process: str) -> Definition:
    """The parsed definition of a deployment; parsed once in each process of the host."""
    engine = engine_of(session)
    definitions = _definitions.get(engine)
    if definitions is None:
        definitions = _definitions.setdefault(engine, {})
    known = definitions.get(deployment_id)
    if known is None:
        known = runtime.parse(process, diagrams(session, deployment_id))
        definitions[deployment_id] = known
    return known


def diagrams(session: Session, deployment_id: int) -> dict[str, bytes]:
    """The diagrams and decision tables of a deployment by name."""
    rows = session.execute(
        select(DeploymentFile.name, DeploymentFile.content).where(
            DeploymentFile.deployment_id == deployment_id,
            ~DeploymentFile.name.startswith(FORMS),
        )
    )
    return {row.name: row.content for row in rows}


_definitions: WeakKeyDictionary[Engine, dict[int, Definition]] = WeakKeyDictionary()
