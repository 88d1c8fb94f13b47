"""Coming to a task: which it is, and in whose name the person who comes may answer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people import queries as people
from engine.people.queries import Faculties
from engine.sentences import Sentence
from engine.statements import Look, load
from engine.workflow.archive import reading as archive
from engine.workflow.commands.standing import Seat, find_seat
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.rounds import ADDED, ADVISORY
from engine.workflow.running import memory_of


@dataclass(frozen=True)
class Reached:
    """A task that a person has come to, open or closed, and whether they may answer it.

    `seat` is in whose name they may; `refusal` says why they may not (None for a closed one too,
    of which the command says who answered it).
    """

    task: Task
    instance: Instance
    refusal: Sentence | None = None
    seat: Seat | None = None

    @property
    def part(self) -> Signer | None:
        """The person's own share, where several sign."""
        return self.seat.part if self.seat else None

    @property
    def advisory(self) -> bool:
        """Whether the person is only asked for an opinion, which has no vote."""
        return self.part is not None and self.part.source in ADVISORY

    @property
    def fills(self) -> bool:
        """Whether the form is theirs to fill in; who was asked in reads it (rules.md F.4)."""
        return self.part is None or self.part.source not in ADVISORY | ADDED


def reach(
    session: Session,
    task_id: int,
    person_id: int,
    now: datetime | None = None,
    faculties: Faculties | None = None,
) -> Reached:
    """A task, archived or not, as it is when a person comes to it; `NotFound` if there is none.

    `faculties` are the person's, if they are known already; otherwise they are read, and `now`
    counts whom the person stands in for.
    """
    task, instance = _found(session, task_id)
    if task.state != "open":
        return Reached(task, instance)
    acts = memory_of(session, instance).acts_in(task.matter)
    able = faculties or people.faculties(session, person_id, now)
    found = find_seat(session, person_id, task, instance.process, acts, able)
    if isinstance(found, str):
        return Reached(task, instance, refusal=found)
    return Reached(task, instance, seat=found)


def _found(session: Session, task_id: int) -> tuple[Task, Instance]:
    """A task and its process, archived or not; `NotFound` otherwise."""
    for row in _TASK.rows(session, task=task_id):
        return load(session, Task, row[:_WIDTH]), load(session, Instance, row[_WIDTH:])
    archived = archive.of_task(session, task_id)
    if archived is None:
        raise NotFound("没有这个事项", english="There is no such task")
    return archived[1], archived[0].instance


_WIDTH = len(Task.__table__.columns)
_TASK = Look(
    select(*Task.__table__.columns, *Instance.__table__.columns)
    .join(Instance.__table__, Instance.id == Task.instance_id)
    .where(Task.id == bindparam("task"))
)
