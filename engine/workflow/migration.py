"""Taking running instances to another version of their process, with a preview (版本迁移).

An instance stays pinned to its version until somebody takes it to another; going back to the
earlier version is the same act. Who signed what stays as it was signed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import BihuanError, Conflict, Invalid, NotFound
from engine.people import queries as people
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow import deployments, runtime
from engine.workflow.commands.outside import check_administrator, note
from engine.workflow.commands.texts import need_reason
from engine.workflow.deadlines.keeping import set_alarm
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.models import Deployment, Instance, Passage, ServiceCall, Task
from engine.workflow.opening import step_of
from engine.workflow.properties import NodeFacts, node_facts
from engine.workflow.running import Days, definition_of, memory_of, run_of
from engine.workflow.runtime import Adapted, Changes, Definition, Run

Renaming = Mapping[str, str]


@dataclass(frozen=True)
class Landing:
    """Where one token stands now and where it will: keys of nodes and their names."""

    kind: str
    node: str
    title: str
    to: str
    to_title: str
    changed: tuple[str, ...]
    """What is different for those who work there: title, role, form."""


@dataclass(frozen=True)
class Prospect:
    """What migrating one instance would mean; `refusal` says why it cannot be done."""

    instance_id: int
    subject: str
    version: int
    refusal: str = ""
    element: str = ""
    landings: tuple[Landing, ...] = ()
    dropped: tuple[str, ...] = ()
    """Events that are waited for and that the new version does not know."""
    begun: tuple[str, ...] = ()
    """Events of the new version that begin to be waited for."""
    gone: tuple[str, ...] = ()
    """Steps already passed that the new version does not know: no way back to them."""


@dataclass(frozen=True)
class Result:
    """What became of one instance of a bulk: `refusal` is empty if it was migrated."""

    instance_id: int
    refusal: str = ""


def preview(
    session: Session,
    instance_ids: Collection[int],
    deployment_id: int,
    mapping: Renaming,
    now: datetime,
) -> list[Prospect]:
    """For each instance whether it can move, where its tokens land, and what is lost."""
    target = _deployment(session, deployment_id)
    return [_prospect(session, one, target, mapping, now) for one in sorted(set(instance_ids))]


def migrate_instance(
    work: Work,
    instance_id: int,
    deployment_id: int,
    mapping: Renaming,
    reason: str,
    batch: str = "",
) -> Instance:
    """Take an instance to another version; its open tasks follow the new diagram.

    `mapping` names nodes that have another id there, as `process/node`. A `Conflict` names the node
    for which the other version has no place. Signatures stay under the nodes where they were made.
    """
    instance = lock_instance(work.session, instance_id)
    check_administrator(work, instance)
    reason = need_reason(reason)
    target = _deployment(work.session, deployment_id)
    _check(instance, target)
    before = work.session.get_one(Deployment, instance.deployment_id)
    run, changes, _ = _adapt(work.session, instance, target, mapping, work.now)
    instance.deployment_id = target.id
    _follow(work, instance, run, mapping)
    versions = {"from": before.version, "to": target.version}
    note(work, instance, "migrate", f"由第 {before.version} 版到第 {target.version} 版：{reason}")
    facts = {**versions, "mapping": dict(mapping), "reason": reason, "batch": batch}
    work.record("process.migrated", f"instance:{instance.id}", instance.subject, facts)
    write_changes(work, instance, run, changes)
    return instance


def migrate_instances(
    begin: Callable[[], AbstractContextManager[Work]],
    instance_ids: Sequence[int],
    deployment_id: int,
    mapping: Renaming,
    reason: str,
) -> list[Result]:
    """Migrate one after another, each in a work of its own; what became of each."""
    batch, results = secrets.token_hex(8), []
    for one in instance_ids:
        try:
            with begin() as work:
                migrate_instance(work, one, deployment_id, mapping, reason, batch)
            results.append(Result(one))
        except BihuanError as refused:
            results.append(Result(one, refused.message))
    return results


def _deployment(session: Session, deployment_id: int) -> Deployment:
    found = session.get(Deployment, deployment_id)
    if found is None:
        raise NotFound("没有这一版流程")
    return found


def _check(instance: Instance, target: Deployment) -> None:
    if instance.status not in ("active", "suspended"):
        raise Conflict("流程已经结束，不能迁移")
    if instance.process != target.process:
        raise Invalid(
            "这是流程 {process}，不能迁移到 {other}",
            process=instance.process,
            other=target.process,
        )
    if instance.deployment_id == target.id:
        raise Conflict("已经是第 {version} 版", version=target.version)


def _adapt(
    session: Session, instance: Instance, target: Deployment, mapping: Renaming, now: datetime
) -> tuple[Run, Changes, Adapted]:
    definition = deployments.definition(session, target.id, target.process)
    unknown = sorted(set(mapping.values()) - set(definition.nodes))
    if unknown:
        raise Invalid("新版流程中没有节点 {unknown}", unknown=unknown, field="mapping")
    before, days = definition_of(session, instance), Days(session, instance.unit_path)
    return runtime.adapt(definition, before, instance.state, mapping, at=now, calendar=days)


# ---- what the rows of open work follow


def _follow(work: Work, instance: Instance, run: Run, mapping: Renaming) -> None:
    """Titles, roles and forms of what is open are those of the new version."""
    memory = memory_of(work.session, instance)
    memory.rename(mapping)
    if instance.direct is not None:
        back = instance.direct["to"]
        instance.direct = {**instance.direct, "to": mapping.get(back, back)}
    calendar = people.calendar(work.session, instance.unit_path)
    rows = {one.token: one for one in _open(work.session, instance)}
    for opened in run.open_tasks():
        if (task := rows.get(opened.id)) is not None:
            facts, before = node_facts(run.definition, opened), step_of(task)
            task.node = f"{opened.node.process}/{opened.node.id}"
            task.path = list(opened.path)
            memory.move(
                (before[0], task.node, *before[2:]), (*step_of(task)[:2], facts.title, facts.role)
            )
            task.title, task.role, task.form = facts.title, facts.role, facts.form
            if task.state == "open":
                set_alarm(task, plan_of(facts), calendar, work.now)
    instance.memory = memory.stored()
    _rename_calls(work, instance, run, mapping)


def _rename_calls(work: Work, instance: Instance, run: Run, mapping: Renaming) -> None:
    for call in _waiting(work.session, instance):
        node = run.definition.nodes.get(mapping.get(call.node, call.node))
        if node is not None:
            call.node, call.title = f"{node.process}/{node.id}", node.name


def _open(session: Session, instance: Instance) -> Sequence[Task]:
    wanted = (Task.instance_id == instance.id, Task.state.in_(("open", "suspended")))
    return session.scalars(select(Task).where(*wanted)).all()


def _waiting(session: Session, instance: Instance) -> Sequence[ServiceCall]:
    wanted = (ServiceCall.instance_id == instance.id, ServiceCall.state == "waiting")
    return session.scalars(select(ServiceCall).where(*wanted)).all()


# ---- the preview


def _prospect(
    session: Session, instance_id: int, target: Deployment, mapping: Renaming, now: datetime
) -> Prospect:
    instance = session.get(Instance, instance_id)
    if instance is None:
        return Prospect(instance_id, "", 0, Sentence("没有这个流程"))
    version = session.get_one(Deployment, instance.deployment_id).version
    try:
        _check(instance, target)
        run, _, adapted = _adapt(session, instance, target, mapping, now)
    except BihuanError as refused:
        return Prospect(
            instance_id, instance.subject, version, refused.message, refused.element or ""
        )
    return Prospect(
        instance_id=instance_id,
        subject=instance.subject,
        version=version,
        landings=tuple(_landings(session, instance, target, run)),
        dropped=adapted.dropped,
        begun=adapted.begun,
        gone=tuple(_gone(session, instance, run.definition, mapping)),
    )


def _landings(
    session: Session, instance: Instance, target: Deployment, run: Run
) -> Iterator[Landing]:
    before = {one.token: one.node for one in run_of(session, instance).stands()}
    rows = {one.token: one for one in _open(session, instance)}
    opened = {one.id: node_facts(run.definition, one) for one in run.open_tasks()}
    for one in run.stands():
        if one.token not in before:
            continue
        old, row, facts = before[one.token], rows.get(one.token), opened.get(one.token)
        yield Landing(
            kind=one.kind,
            node=f"{old.process}/{old.id}",
            title=row.title if row else old.name or old.id,
            to=f"{one.node.process}/{one.node.id}",
            to_title=facts.title if facts else one.node.name or one.node.id,
            changed=_changed(session, instance, target, row, facts) if row and facts else (),
        )


def _changed(
    session: Session, instance: Instance, target: Deployment, row: Task, facts: NodeFacts
) -> tuple[str, ...]:
    forms = _form(session, instance.deployment_id, row.form), _form(session, target.id, facts.form)
    pairs = {
        "名称": (row.title, facts.title),
        "角色": (row.role, facts.role),
        "表单": forms,
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)


def _form(session: Session, deployment_id: int, name: str) -> bytes:
    return deployments.form(session, deployment_id, name) if name else b""


def _gone(
    session: Session, instance: Instance, definition: Definition, mapping: Renaming
) -> list[str]:
    """The names of the steps for people that were passed and that the new version lacks."""
    old = definition_of(session, instance)
    passed = {
        node
        for nodes in session.scalars(
            select(Passage.nodes).where(Passage.instance_id == instance.id)
        )
        for node, *_ in nodes
    }
    return sorted(
        old.nodes[one].name or one
        for one in passed
        if one in old.nodes
        and old.nodes[one].kind == "userTask"
        and mapping.get(one, one) not in definition.nodes
    )
