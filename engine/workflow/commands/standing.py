"""Where an open task stands, and in whose name somebody may answer it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.db import Key, Moment
from engine.errors import Conflict, NotFound
from engine.people import queries as people
from engine.people.absences import is_delegable
from engine.people.policy import Act, Grant, segregation
from engine.people.queries import Faculties
from engine.sentences import Sentence
from engine.statements import Look, load
from engine.work import Work
from engine.workflow.memory import Memory
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.opening import part_of
from engine.workflow.properties import NodeFacts, node_facts
from engine.workflow.rounds import ASKED, spoken
from engine.workflow.rules import PARTY, Item, Signed, already_done, may_complete
from engine.workflow.running import definition_of, memory_of, run_of
from engine.workflow.runtime import Definition, OpenTask, Run
from engine.workflow.verbs import DECISIONS


@dataclass(frozen=True)
class Standing:
    """An open task's rows, its running process, and what the diagram says of it."""

    task: Task
    instance: Instance
    definition: Definition
    run: Run
    opened: OpenTask
    facts: NodeFacts
    memory: Memory
    faculties: Faculties | None = None
    """The actor's, if they were read with the task."""

    def may_go_back(self, node: str) -> bool:
        """Whether the running process can be sent back there without leaving anything over."""
        return self.memory.rebuilt or node in self._places_back()

    def back_to(self, verb: str, node: str | None) -> str | None:
        """The place for which a return withdraws what runs beside; None: as the diagram leads."""
        return node if verb == "return" and node in self._places_back() else None

    def _places_back(self) -> frozenset[str]:
        places = self.run.ways_back(self.task.token)
        return frozenset(f"{place.process}/{place.node}" for place in places)


@dataclass(frozen=True)
class Seat:
    """In whose name somebody acts: their own, or that of an absent person (代理).

    `part` is the signer's row if the task is signed by several.
    """

    person_id: int
    part: Signer | None = None


def open_row(session: Session, task_id: int) -> Task:
    """The row of a task that waits; `NotFound`, or a `Conflict` that says who answered it."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("没有这个事项")
    if task.state != "open":
        raise Conflict(closed_words(session, task))
    return task


def stand_locked(work: Work, task_id: int) -> Standing:
    """Where a task stands, under its instance's lock; `Conflict` if it is not open any more.

    With the faculties of the actor, read by the same statement as the task.
    """
    session = work.session
    found = _STANDING.rows(session, task=task_id, person=work.actor.id, now=work.now)
    if not found:
        raise NotFound("没有这个事项")
    *row, grants, absences, stamp = found[0]
    instance, task = load(session, Instance, row[:_WIDTH]), load(session, Task, row[_WIDTH:])
    return stand(session, task, instance, Faculties.of(grants, absences, stamp))


_WIDTH = len(Instance.__table__.columns)
_STANDING = Look(
    select(
        *Instance.__table__.columns,
        *Task.__table__.columns,
        *people.faculties_of(bindparam("person", type_=Key), bindparam("now", type_=Moment)),
    )
    .join(Instance.__table__, Instance.id == Task.instance_id)
    .where(Task.id == bindparam("task"))
    .with_for_update(key_share=True, of=[Instance.__table__, Task.__table__])
)
"""Both rows are locked, so that both are read as they stand once the lock is held."""


def stand(
    session: Session, task: Task, instance: Instance, faculties: Faculties | None = None
) -> Standing:
    """Where an open task stands; a `Conflict` naming who answered it if it is not open."""
    if task.state != "open":
        raise Conflict(closed_words(session, task))
    definition, run = definition_of(session, instance), run_of(session, instance)
    opened = run.open_task(task.token)
    if opened is None:
        raise Conflict("此事项已被流程收回，请刷新")
    facts, memory = node_facts(definition, opened), memory_of(session, instance)
    return Standing(task, instance, definition, run, opened, facts, memory, faculties)


def closed_words(session: Session, task: Task) -> Sentence:
    """Why a task does not wait any more, and who did that if it was somebody."""
    if task.state == "suspended":
        holder = _outside(session, task, "suspend")
        return (
            Sentence("{suspended}，恢复后再办理", suspended=holder)
            if holder
            else Sentence("此事项已挂起，恢复后再办理")
        )
    signer = session.scalar(
        select(Signer)
        .where(Signer.task_id == task.id, Signer.state == "done")
        .order_by(Signer.id.desc())
        .limit(1)
    )
    if signer is None:
        outside = _outside(session, task, "void", "jump", "force_end", "recall")
        return outside or Sentence("此事项已被流程收回，无须再办理")
    return already_done(signer.person, signer.verb, signer.at)


def _outside(session: Session, task: Task, *verbs: str) -> Sentence | None:
    """Who took the task away from outside, if that is why it does not wait."""
    noted = select(Signer).where(
        Signer.instance_id == task.instance_id, Signer.state == "noted", Signer.verb.in_(verbs)
    )
    if task.closed_at is not None:
        noted = noted.where(Signer.at == task.closed_at)
    found = session.scalar(noted.order_by(Signer.id.desc()).limit(1))
    return already_done(found.person, found.verb, found.at) if found else None


def handed_on(session: Session, person_id: int, task: Task) -> Sentence | None:
    """What somebody is told who has just given the task away; None if they have not (转办)."""
    passed = (Signer.task_id == task.id, Signer.state == "passed", Signer.person_id == person_id)
    row = session.scalar(select(Signer).where(*passed).order_by(Signer.id.desc()).limit(1))
    if row is None:
        return None
    act, _, other = row.opinion.partition("：")[0].partition("给")
    return Sentence(
        "已由{person}{act}给{other}", person=row.acted_by or row.person, act=act, other=other
    )


def parts(session: Session, task_id: int) -> list[Signer]:
    """Everybody's part in a task, in order."""
    rows = select(Signer).where(Signer.task_id == task_id).order_by(Signer.id)
    return list(session.scalars(rows))


def find_seat(
    session: Session,
    person_id: int,
    task: Task,
    process: str,
    acts: Iterable[Act],
    faculties: Faculties,
) -> Seat | Sentence:
    """In whose name the person may answer the task, or why not.

    Their own name goes before that of somebody for whom they stand in.
    """
    acts = list(acts)
    absent = [one for one, scope in faculties.stands_in if not scope or process in scope]
    if absent and not is_delegable(session, task.role, task.duty):
        absent = []
    if task.signed:
        return _signing_seat(session, person_id, task, acts, absent)
    refusal = _pool_refusal(person_id, faculties.grants, task, acts)
    if refusal is None:
        return Seat(person_id)
    for other in absent:
        if _pool_refusal(other, people.grants(session, other), task, acts) is None:
            return kept_apart(person_id, task, acts) or Seat(other)
    return refusal


def _pool_refusal(
    person_id: int, grants: Iterable[Grant], task: Task, acts: list[Act]
) -> Sentence | None:
    item = Item(task.node, task.role, task.unit_path, task.assignee_id, task.duty, task.party_id)
    return may_complete(person_id, grants, item, acts)


def _signing_seat(
    session: Session, person_id: int, task: Task, acts: list[Act], absent: Sequence[int]
) -> Seat | Sentence:
    rows = parts(session, task.id)
    active = [row for row in rows if row.state == "active"]
    heard = spoken([part_of(row) for row in rows], person_id)
    kept = None
    for name in (person_id, *absent):
        for row in (one for one in active if one.person_id == name):
            if name != person_id and heard and part_of(row).votes:
                kept = Sentence(
                    "您已在本步表态，一人只有一票，{person}的一票须由本人办理，或请改派",
                    person=row.person,
                )
                continue
            apart = None if row.source in ASKED else _both_apart(person_id, name, task, acts)
            return apart or Seat(name, row)
    if kept is not None:
        return kept
    own = {row.state for row in rows if row.person_id == person_id}
    if "waiting" in own:
        return Sentence("还没有轮到您办理，请等待前面的办理人")
    if "done" in own:
        return Sentence("您已办理，等待其他办理人")
    names = [row.person for row in active]
    return Sentence("此事项由{names}办理", names=names)


def _both_apart(person_id: int, name: int, task: Task, acts: list[Act]) -> Sentence | None:
    """Why neither whoever acts nor in whose name they act may bear the duty."""
    return kept_apart(person_id, task, acts) or kept_apart(name, task, acts)


def kept_apart(person_id: int, task: Task, acts: Iterable[Act]) -> Sentence | None:
    """Why whoever really acts may not, whatever name they act in."""
    acted = segregation(person_id, task.duty, task.node, acts)
    if acted is None and task.party_id == person_id and task.duty != "handle":
        return PARTY
    return acted


def refusal(
    session: Session, person_id: int, task: Task, now: datetime | None = None
) -> Sentence | None:
    """Why the person may not answer the task, or None; `now` counts whom they stand in for."""
    instance = session.get_one(Instance, task.instance_id)
    acts = memory_of(session, instance).acts_in(task.matter)
    faculties = people.faculties(session, person_id, now)
    found = find_seat(session, person_id, task, instance.process, acts, faculties)
    return found if isinstance(found, str) else None


def history(session: Session, task: Task) -> list[Signed]:
    """What was decided in the task's matter so far, in order."""
    rows = session.execute(
        select(Signer.task_id, Task.node, Task.title, Task.duty, Signer.person_id, Signer.person)
        .join(Task, Task.id == Signer.task_id)
        .where(Task.instance_id == task.instance_id, Task.matter == task.matter)
        .where(Signer.state == "done", Signer.verb.in_(DECISIONS))
        .order_by(Signer.at, Signer.id)
    )
    return [Signed(*row) for row in rows]
