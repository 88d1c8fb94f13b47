"""Reads of one task: what it starts with, where it may go, what a person may do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import BihuanError
from engine.people.queries import Faculties
from engine.workflow.commands import Standing, draft_of, history, stand
from engine.workflow.commands.completing import allowed_verbs
from engine.workflow.commands.standing import Seat
from engine.workflow.commands.standing import parts as everybody
from engine.workflow.context import TaskContext
from engine.workflow.models import Draft, Task
from engine.workflow.opening import part_of
from engine.workflow.properties import node_facts, opinion_only
from engine.workflow.queries.reaching import Reached, reach
from engine.workflow.rounds import ADVISORY, ALONE, Approval, outcome
from engine.workflow.rules import Signed, ways_back
from engine.workflow.verbs import FORWARD

ENDED = "结束"
"""Where an answer goes after which nothing comes."""
OTHERS = "其他办理人"
"""Where the answer of one of several signers goes while it decides nothing yet."""


@dataclass(frozen=True)
class Target:
    """Where a return may go: the node, the step's name, and who acted there."""

    node: str
    title: str
    person: str
    kind: str
    """`previous` (the previous actual handler), `earlier` or `starter`."""
    again: tuple[str, ...] = ()
    """Steps between there and here that a direct return does not pass (直达, rules.md F.9)."""


@dataclass(frozen=True, kw_only=True)
class TaskView(Reached):
    """All that the task page needs of the workflow.

    `careful` says that the step is about money or a final decision, which nobody passes over by
    default; `before` is what was handed in the last time.
    """

    verbs: tuple[str, ...] = ()
    prefill: Mapping[str, Any]
    draft: Draft | None = None
    targets: tuple[Target, ...] = ()
    next: Mapping[str, str] = field(default_factory=dict)
    """For each verb, where it goes next, in words."""
    careful: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def again(self) -> tuple[str, ...]:
        """Steps that some way back makes people answer anew, even by 直达."""
        return tuple(dict.fromkeys(step for target in self.targets for step in target.again))


def task_view(
    session: Session,
    task_id: int,
    person_id: int,
    now: datetime | None = None,
    faculties: Faculties | None = None,
) -> TaskView:
    """An open or closed task as one person sees it (see `reach`)."""
    reached = reach(session, task_id, person_id, now, faculties)
    task, instance, seat = reached.task, reached.instance, reached.seat
    if task.state != "open":
        return TaskView(task, instance, prefill=task.answers or {})
    standing = stand(session, task, instance)
    verbs = allowed_verbs(standing.facts, seat.part if seat else None)
    return TaskView(
        task,
        instance,
        reached.refusal,
        seat,
        verbs=verbs,
        prefill=prefill(session, standing, person_id),
        before=_before(session, task),
        draft=draft_of(session, task_id, person_id),
        targets=return_targets(session, standing) if "return" in verbs else (),
        next=_next(session, standing, verbs, seat),
        careful=not standing.facts.automatic,
    )


def _next(
    session: Session, standing: Standing, verbs: tuple[str, ...], seat: Seat | None
) -> dict[str, str]:
    """Where each verb leads; an opinion that was asked for leads nowhere by itself.

    One of several signers may not be the last: then the task goes on to the others.
    """
    if seat and seat.part and seat.part.source in ADVISORY:
        return {}
    told = {}
    for verb in verbs:
        if verb != "return":
            decided = _decided(session, standing, seat, verb)
            told[verb] = goes_to(standing, decided) if decided else OTHERS
    return told


def _decided(session: Session, standing: Standing, seat: Seat | None, verb: str) -> str | None:
    """By which verb the task closes if this person answers by `verb`; None if it goes on."""
    if seat is None or seat.part is None:
        return verb
    task = standing.task
    parts = [
        replace(part_of(row), state="done", verb=verb) if row.id == seat.part.id else part_of(row)
        for row in everybody(session, task.id)
    ]
    approval = Approval.of(task.approval) if task.approval else ALONE
    decided = outcome(approval, parts)
    return verb if decided == "approve" and verb in FORWARD else decided


def begun(session: Session, reached: Reached, person_id: int) -> dict[str, Any]:
    """What the form of an open task starts with; a task without a form starts with nothing."""
    if not reached.task.form:
        return {}
    return prefill(session, stand(session, reached.task, reached.instance), person_id)


def prefill(session: Session, standing: Standing, person_id: int | None = None) -> dict[str, Any]:
    """What the task's form starts with, by the diagram's `prefill`."""
    if not standing.facts.prefill:
        return {}
    context = TaskContext(
        task_id=standing.task.id,
        instance_id=standing.instance.id,
        deployment_id=standing.instance.deployment_id,
        node=standing.task.node,
        subject=standing.instance.subject,
        data=standing.opened.data,
        round=standing.task.round,
        actor_id=person_id,
    )
    filled: dict[str, Any] = registry.find("prefill", standing.facts.prefill)(session, context)
    return filled


def _before(session: Session, task: Task) -> dict[str, Any]:
    """What 经办 answered the last time, when the form comes back to be corrected."""
    if not (task.why and task.duty == "handle"):
        return {}
    answers = session.scalars(
        select(Task.answers)
        .where(
            Task.instance_id == task.instance_id,
            Task.node == task.node,
            Task.matter == task.matter,
            Task.id < task.id,
            Task.state == "done",
        )
        .order_by(Task.id.desc())
        .limit(1)
    ).first()
    return dict(answers or {})


def return_targets(session: Session, standing: Standing) -> tuple[Target, ...]:
    """Where this task may be returned to, the nearest first.

    Legal targets are computed before they are shown: each is tried on a copy of the running
    process, and offered only if the diagram really leads there.
    """
    task = standing.task
    ways = ways_back(task.node, task.id, history(session, task))
    return tuple(
        Target(one.node, one.title, one.person, kind, _again(standing, ways[:between]))
        for between, (kind, one) in enumerate(ways)
        if standing.may_go_back(one.node) and one.node in _lead(standing, "return", one.node)[0]
    )


def _again(standing: Standing, between: Sequence[tuple[str, Signed]]) -> tuple[str, ...]:
    """Those of the steps, in their order, which answer for more than an opinion."""
    nodes = standing.definition.nodes
    steps = [one for _, one in reversed(between) if one.node in nodes]
    return tuple(
        one.title
        for one in steps
        if one.duty == "handle" or not opinion_only(nodes[one.node].properties)
    )


def _lead(standing: Standing, verb: str, return_to: str = "") -> tuple[list[str], list[str]]:
    """Nodes and names that answering by `verb` would open, tried on a copy."""
    run = standing.run.copy()
    outputs = dict.fromkeys(standing.facts.outputs) | {"outcome": verb}
    outputs["return_to"] = return_to.rpartition("/")[2]
    try:
        changes = run.complete(
            standing.task.token,
            outputs,
            at=standing.task.opened_at,
            back_to=standing.back_to(verb, return_to),
        )
    except BihuanError:
        return [], []
    nodes = [f"{one.node.process}/{one.node.id}" for one in changes.opened]
    names = [node_facts(standing.definition, one).title for one in changes.opened]
    names += [one.node.name for one in changes.calls]
    return nodes, names or ([ENDED] if changes.finished else [])


def goes_to(standing: Standing, verb: str) -> str:
    """Where the process goes next if the task is answered by `verb`, in words; empty if unsure.

    Unsure is going forward from a task whose answers the diagram may look at.
    """
    if verb in FORWARD and standing.facts.outputs:
        return ""
    return "、".join(dict.fromkeys(_lead(standing, verb)[1]))
