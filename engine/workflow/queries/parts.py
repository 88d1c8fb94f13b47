"""Reads of the rounds: everybody's part in a task, and how far the decision is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.workflow.models import Signer, Task
from engine.workflow.rounds import NO_PART, Approval, Part
from engine.workflow.verbs import FORWARD


@dataclass(frozen=True)
class PartRow:
    """One person's part in a task; `asked_by` is who wanted it (加签, 委派), if anybody.

    `question` is what they were told or asked then.
    """

    id: int
    person_id: int | None
    person: str
    acted_by: str | None
    source: str
    parent_id: int | None
    asked_by: str | None
    question: str
    seq: int
    state: str
    verb: str
    opinion: str
    at: datetime

    @property
    def votes(self) -> bool:
        """Whether its verb counts."""
        share = Part(
            self.id, self.person_id, self.seq, self.source, self.parent_id, self.state, self.verb
        )
        return share.votes


@dataclass(frozen=True)
class Round:
    """Where a round stands: its rule, and everybody's part in order."""

    approval: Approval
    parts: tuple[PartRow, ...]

    @property
    def voters(self) -> tuple[PartRow, ...]:
        """Those whose verb counts."""
        return tuple(part for part in self.parts if part.votes)

    @property
    def agreed(self) -> int:
        """How many agreed."""
        return sum(part.verb in FORWARD for part in self.voters)

    @property
    def refused(self) -> int:
        """How many did not."""
        return sum(part.verb == "reject" for part in self.voters)

    @property
    def needed(self) -> int:
        """How many must agree."""
        return self.approval.needed(len(self.voters))


def parts_of(session: Session, tasks: Iterable[int]) -> dict[int, tuple[PartRow, ...]]:
    """Everybody's part in each of some tasks, in order; nothing of what is no longer wanted."""
    wanted = list(tasks)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Signer).where(Signer.task_id.in_(wanted)).order_by(Signer.id)
    ).all()
    found: dict[int, list[PartRow]] = {}
    for row in rows:
        if row.state not in NO_PART:
            found.setdefault(row.task_id, []).append(_part(row, rows))
    return {task: tuple(parts) for task, parts in found.items()}


def _part(row: Signer, rows: Sequence[Signer]) -> PartRow:
    above = next((one for one in rows if one.id == row.parent_id), None)
    return PartRow(
        id=row.id,
        person_id=row.person_id,
        person=row.person,
        acted_by=row.acted_by,
        source=row.source,
        parent_id=row.parent_id,
        asked_by=above.person if above else None,
        question=_question(row, rows) if above else "",
        seq=row.seq,
        state=row.state,
        verb=row.verb,
        opinion=row.opinion,
        at=row.at,
    )


def _question(row: Signer, rows: Sequence[Signer]) -> str:
    """What was said when the part was asked for: the last note about this person above it."""
    told = [
        one.opinion
        for one in rows
        if one.state == "noted" and one.parent_id == row.parent_id and row.person in one.opinion
    ]
    return told[-1].partition("：")[2] if told else ""


def round_of(session: Session, task: Task) -> Round | None:
    """Where the round of a task stands; None for one that a single person answers."""
    if not task.signed:
        return None
    approval = Approval.of(task.approval) if task.approval else Approval("all")
    return Round(approval, parts_of(session, [task.id]).get(task.id, ()))
