"""What a reviewer judges: the answers handed in before in the same matter, changes marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.workflow.models import Signer, Task
from engine.workflow.queries import TaskView
from engine.workflow.verbs import DECISIONS
from forms.inbox.schemas import schema_of
from forms.render import Change, FormSchema, compare


@dataclass(frozen=True)
class Material:
    """One earlier step's answers, with the questions they answer and what changed since before.

    `changes` is what differs from the version before, `changed` the questions concerned; `filed`
    is what the matter is about (经办's own); the others are opinions on it.
    """

    title: str
    person: str
    at: datetime
    round: int
    schema: FormSchema
    answers: dict[str, Any]
    changed: frozenset[str]
    changes: tuple[Change, ...]
    filed: bool


def material(session: Session, view: TaskView) -> tuple[Material, ...]:
    """The newest answers of every other step of this matter, the latest step first."""
    task = view.task
    rows = session.execute(
        select(Task, Signer.person, Signer.at)
        .join(Signer, Signer.task_id == Task.id)
        .where(
            Task.instance_id == task.instance_id,
            Task.matter == task.matter,
            Task.state == "done",
            Task.id < task.id,
            Task.form != "",
            Signer.state == "done",
            Signer.verb.in_(DECISIONS),
        )
        .order_by(Signer.at.desc(), Signer.id.desc())
    ).all()
    steps: dict[str, list[tuple[Task, str, datetime]]] = {}
    seen: set[int] = set()
    for one, person, at in rows:
        if one.node != task.node and one.answers and one.id not in seen:
            seen.add(one.id)
            steps.setdefault(one.node, []).append((one, person, at))
    return tuple(_one(session, view, rounds) for rounds in steps.values())


def _one(session: Session, view: TaskView, rounds: list[tuple[Task, str, datetime]]) -> Material:
    newest, person, at = rounds[0]
    answers = newest.answers or {}
    before = (rounds[1][0].answers or {}) if len(rounds) > 1 else answers
    schema = schema_of(session, view.instance.deployment_id, newest.form)
    changes = compare(schema, before, answers)
    changed = frozenset(one.part.key for one in changes)
    filed = newest.duty == "handle"
    return Material(
        newest.title, person, at, newest.round, schema, answers, changed, changes, filed
    )
