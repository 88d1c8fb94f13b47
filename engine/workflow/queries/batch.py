"""What stands in the way of approving many tasks at once (批量同意)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import BihuanError
from engine.people import queries as people
from engine.sentences import Sentence
from engine.work import Actor, Work
from engine.workflow import deployments
from engine.workflow.commands.closing import Act, check_guards, context_of
from engine.workflow.commands.completing import allowed_verbs
from engine.workflow.commands.standing import Seat, Standing, find_seat, stand
from engine.workflow.models import Instance, Signer, Task

MOST = 50
"""Tasks of one batch (the most wanted 8 of rules.md E.3)."""
VERB = "approve"


def batch_blockers(
    session: Session, person_id: int, task_ids: Sequence[int], now: datetime
) -> dict[int, Sentence | None]:
    """For each task in order: why it cannot be approved in one batch with the first, or None.

    All are of one kind of step; what must be filled in or looked at is approved one by one. What
    is free of blockers may still fail alone when its turn comes.
    """
    wanted = list(dict.fromkeys(task_ids))
    found: dict[int, Sentence | None] = {}
    kind: tuple[str, str] | None = None
    for number, task_id in enumerate(wanted):
        task = session.get(Task, task_id)
        if number >= MOST:
            found[task_id] = Sentence("一次最多 {most} 项", most=MOST)
        elif task is None:
            found[task_id] = Sentence("没有这个事项")
        elif kind is not None and kind != (task.node, task.form):
            found[task_id] = Sentence("与第一项不是同一环节")
        else:
            kind = kind or (task.node, task.form)
            found[task_id] = _blocker(session, person_id, task, now)
    return found


def _blocker(session: Session, person_id: int, task: Task, now: datetime) -> Sentence | None:
    instance = session.get_one(Instance, task.instance_id)
    try:
        standing = stand(session, task, instance)
    except BihuanError as error:
        return error.message
    acts = standing.memory.acts_in(task.matter)
    faculties = people.faculties(session, person_id, now)
    seat = find_seat(session, person_id, task, instance.process, acts, faculties)
    if isinstance(seat, str):
        return seat
    if VERB not in allowed_verbs(standing.facts, seat.part):
        return Sentence("此环节不能直接“同意”，请逐项办理")
    if standing.facts.outputs or _asks(session, standing):
        return Sentence("需要填写表单，请逐项办理")
    return _guarded(session, person_id, standing, seat, now)


def _asks(session: Session, standing: Standing) -> bool:
    """Whether the form has something that must be filled in."""
    if not standing.task.form:
        return False
    source = deployments.form(session, standing.instance.deployment_id, standing.task.form)
    return _required(json.loads(source))


def _required(part: Mapping[str, Any]) -> bool:
    rule = part.get("validate") or {}
    needs = rule.get("required") or rule.get("minLength")
    return bool(needs) or any(_required(one) for one in part.get("components") or ())


def _guarded(
    session: Session, person_id: int, standing: Standing, seat: Seat, now: datetime
) -> Sentence | None:
    """What the step's guards have against it; they only look."""
    person = people.person(session, person_id)
    work = Work(session, Actor(person_id, person.name), now)
    signer = seat.part or Signer(person_id=seat.person_id, person=person.name)
    try:
        check_guards(work, standing, context_of(standing, signer, Act(VERB, {}, ""), VERB))
    except BihuanError as error:
        return error.message
    return None
