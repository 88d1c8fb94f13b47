"""Reads of one task: what it starts with, where it may go, what a person may do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import registry
from engine.errors import BihuanError, NotFound
from engine.people import queries as people
from engine.workflow.archive import reading as archive
from engine.workflow.commands import Standing, draft_of, history, stand
from engine.workflow.commands.completing import allowed_verbs
from engine.workflow.commands.standing import Seat, find_seat
from engine.workflow.commands.standing import parts as everybody
from engine.workflow.context import TaskContext
from engine.workflow.models import Draft, Instance, Signer, Task
from engine.workflow.opening import part_of
from engine.workflow.properties import node_facts, opinion_only
from engine.workflow.rounds import ADDED, ADVISORY, ALONE, Approval, outcome
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


@dataclass(frozen=True)
class TaskView:
    """All that the task page needs of the workflow; `refusal` says why the buttons are shut.

    `seat` is in whose name the person may answer; `careful` that the step is about money or a
    final decision, which nobody passes over by default; `before` what was handed in the last time.
    """

    task: Task
    instance: Instance
    verbs: tuple[str, ...]
    refusal: str | None
    prefill: Mapping[str, Any]
    draft: Draft | None
    targets: tuple[Target, ...]
    next: Mapping[str, str]
    """For each verb, where it goes next, in words."""
    seat: Seat | None = None
    careful: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def part(self) -> Signer | None:
        """The person's own share, where several sign."""
        return self.seat.part if self.seat else None

    @property
    def again(self) -> tuple[str, ...]:
        """Steps that some way back makes people answer anew, even by 直达."""
        return tuple(dict.fromkeys(step for target in self.targets for step in target.again))

    @property
    def advisory(self) -> bool:
        """Whether the person is only asked for an opinion, which has no vote."""
        return self.part is not None and self.part.source in ADVISORY

    @property
    def fills(self) -> bool:
        """Whether the form is theirs to fill in; who was asked in reads it (rules.md F.4)."""
        return self.part is None or self.part.source not in ADVISORY | ADDED


def task_view(
    session: Session,
    task_id: int,
    person_id: int,
    now: datetime | None = None,
    *,
    ahead: bool = True,
) -> TaskView:
    """An open or closed task as one person sees it; `now` counts whom they stand in for.

    Without `ahead` it does not say where the task may go, for which the process is tried out.
    """
    task, instance = _found(session, task_id)
    if task.state != "open":
        return TaskView(task, instance, (), None, task.answers or {}, None, (), {})
    standing = stand(session, task, instance)
    acts = standing.memory.acts_in(task.matter)
    faculties = people.faculties(session, person_id, now)
    found = find_seat(session, person_id, task, instance.process, acts, faculties)
    seat, refused = (None, found) if isinstance(found, str) else (found, None)
    verbs = allowed_verbs(standing.facts, seat.part if seat else None)
    return TaskView(
        task=task,
        instance=instance,
        verbs=verbs,
        refusal=refused,
        prefill=prefill(session, standing, person_id),
        before=_before(session, task),
        draft=draft_of(session, task_id, person_id),
        targets=return_targets(session, standing) if ahead and "return" in verbs else (),
        next=_next(session, standing, verbs, seat) if ahead else {},
        seat=seat,
        careful=not standing.facts.automatic,
    )


def _found(session: Session, task_id: int) -> tuple[Task, Instance]:
    """A task and its process, archived or not; `NotFound` otherwise."""
    task = session.get(Task, task_id)
    if task is not None:
        return task, session.get_one(Instance, task.instance_id)
    archived = archive.of_task(session, task_id)
    if archived is None:
        raise NotFound("没有这个事项")
    return archived[1], archived[0].instance


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
