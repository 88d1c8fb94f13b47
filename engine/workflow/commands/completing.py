"""Answering a task: by one person, or as one of several signers (rules.md F.1–F.3, F.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from engine import registry
from engine.errors import Forbidden, Invalid
from engine.people import queries as people
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.commands.standing import Seat, Standing, find_seat, history, parts, stand
from engine.workflow.context import TaskContext
from engine.workflow.instances import lock_instance_of, write_changes
from engine.workflow.models import Signer, Task
from engine.workflow.opening import activate, part_of, step_of
from engine.workflow.properties import NodeFacts
from engine.workflow.rounds import ADVISORY, OPEN, Approval, outcome
from engine.workflow.rules import Signed, ways_back
from engine.workflow.signature import COMPLETED, SIGNED, record_signature
from engine.workflow.verbs import FORWARD, OPINION_NEEDED, VERBS

WHY_LENGTH = 300  # of the task's line in the inbox; the whole opinion stands in the timeline
ALONE = Approval("all")
"""How one person and those whom they added decide: all must agree."""


@dataclass(frozen=True)
class Act:
    """What somebody does with a task, in whose name.

    `source` says why the machine or another acts: substitute, timeout, admin; else as defined.
    """

    verb: str
    answers: Mapping[str, Any]
    opinion: str
    return_to: str | None = None
    direct: bool = False
    source: str = "defined"


def complete_task(
    work: Work,
    task_id: int,
    verb: str,
    answers: Mapping[str, Any],
    *,
    opinion: str = "",
    return_to: str | None = None,
    direct: bool = False,
    automatic: str = "",
) -> list[Task]:
    """Answer a task by `verb` (submit, approve, return, reject, answer); the tasks opened next.

    `answers` are already cleaned by the form of the instance's deployment. `return_to` names the
    node of a return's target; with `direct` the corrected form comes straight back to this step
    (直达). `automatic` names the source (timeout) when the machine answers. With several signers
    the task goes on until they have decided. A task that somebody else answered meanwhile is a
    `Conflict` that names them; a person who may not act is `Forbidden` with the reason; guards
    raise `Invalid`.
    """
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    standing = stand(work.session, task, instance)
    act = Act(verb, answers, opinion.strip(), return_to, direct, automatic or "defined")
    if automatic:
        _check_automatic(standing)
        return _close(work, standing, None, act, verb)
    seat = _take_seat(work, standing)
    _check_verb(work, standing, seat, act)
    if seat.part is not None:
        return _sign(work, standing, seat, act)
    return _close(work, standing, seat, act, verb)


def act_for(
    work: Work, task_id: int, person_id: int, verb: str, *, opinion: str, source: str = "admin"
) -> list[Task]:
    """Answer a task in the name of the person it waits for (代审); both names are on the record.

    The caller has checked that the actor may. The person must be one who may answer.
    """
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    standing = stand(work.session, task, instance)
    acts = standing.memory.acts_in(task.matter)
    seat = find_seat(work.session, person_id, task, instance.process, acts, None)
    if isinstance(seat, str):
        raise Invalid(seat, field="person")
    act = Act(verb, {}, opinion.strip(), source=source)
    _check_verb(work, standing, seat, act)
    if seat.part is not None:
        return _sign(work, standing, seat, act)
    return _close(work, standing, seat, act, verb)


def _check_automatic(standing: Standing) -> None:
    if not standing.facts.automatic:
        raise Forbidden("资金、目标和终审事项不能自动办理")


def _take_seat(work: Work, standing: Standing) -> Seat:
    if work.actor.id is None:
        raise Forbidden("此事项须由人员办理")
    task = standing.task
    acts = standing.memory.acts_in(task.matter)
    seat = find_seat(work.session, work.actor.id, task, standing.instance.process, acts, work.now)
    if isinstance(seat, str):
        raise Forbidden(seat)
    return seat


def _check_verb(work: Work, standing: Standing, seat: Seat, act: Act) -> None:
    allowed = allowed_verbs(standing.facts, seat.part)
    if act.verb not in allowed:
        raise Invalid(f"此事项不能“{VERBS.get(act.verb, act.verb)}”", field="verb")
    if act.verb in OPINION_NEEDED and not act.opinion:
        raise Invalid(f"{VERBS[act.verb]}时必须填写意见", field="opinion")
    if act.verb == "return" and act.return_to:
        _check_target(standing, history(work.session, standing.task), act.return_to)


def allowed_verbs(facts: NodeFacts, part: Signer | None) -> tuple[str, ...]:
    """By which verbs a task may be answered; advice asked for has verbs of its own."""
    if part is None or part.source not in ADVISORY:
        return facts.verbs
    return ("approve", "reject") if part.source == "before" else ("answer",)


def _check_target(standing: Standing, earlier: Sequence[Signed], return_to: str) -> None:
    """A return goes back to who acted before in this matter, never past those who have not."""
    task = standing.task
    before = {one.node for _, one in ways_back(task.node, task.id, earlier)}
    if return_to not in before or not standing.may_go_back(return_to):
        raise Invalid("不能退回到这一步", field="return_to")


# ---- several signers


def _sign(work: Work, standing: Standing, seat: Seat, act: Act) -> list[Task]:
    """One signer speaks; the round closes when that decides it."""
    task, part = standing.task, seat.part
    assert part is not None
    rows = parts(work.session, task.id)
    _fill(work, part, act)
    if part.source in ADVISORY:
        return _go_on(work, standing, rows, part)
    if act.verb == "return":
        return _close(work, standing, seat, act, "return")
    if act.verb in FORWARD:
        _check_guards(work, standing, _context(work, standing, act, act.verb))
    approval = Approval.of(task.approval) if task.approval else ALONE
    decided = outcome(approval, [part_of(row) for row in rows])
    if decided is None:
        return _go_on(work, standing, rows, part)
    forward = next((one for one in standing.facts.verbs if one in FORWARD), "approve")
    return _close(work, standing, seat, act, forward if decided == "approve" else decided)


def _fill(work: Work, part: Signer, act: Act) -> None:
    part.state, part.verb, part.opinion, part.at = "done", act.verb, act.opinion, work.now
    part.answers, part.return_to = dict(act.answers) or None, act.return_to
    if work.actor.id != part.person_id:
        part.acted_by_id, part.acted_by = work.actor.id, work.actor.name


def _go_on(work: Work, standing: Standing, rows: list[Signer], part: Signer) -> list[Task]:
    task = standing.task
    approval = Approval.of(task.approval) if task.approval else None
    for row in activate(approval, rows):
        text = f"轮到您办理“{standing.instance.title}”的“{task.title}”"
        if row.person_id is not None:
            key = f"turn:{row.id}:{part.id}"
            notify(work, row.person_id, key, text, standing.instance.subject)
    standing.memory.acted(step_of(task), task.duty, part.person_id, part.acted_by_id)
    standing.instance.memory = standing.memory.stored()
    record_signature(work, SIGNED, task, part, standing.instance.subject, part.answers or {})
    return [task] if any(row.state in OPEN for row in rows) else []


# ---- closing


def _close(work: Work, standing: Standing, seat: Seat | None, act: Act, verb: str) -> list[Task]:
    """The task is answered: what that means, and where the process goes on."""
    context = _context(work, standing, act, verb)
    if verb in FORWARD and (seat is None or seat.part is None):
        _check_guards(work, standing, context)
    outputs = _mean(work, standing, context)
    if verb == "return":
        outputs["return_to"] = (act.return_to or "").rpartition("/")[2]
    task, instance = standing.task, standing.instance
    changes = standing.run.complete(
        task.token, outputs, at=work.now, back_to=standing.back_to(verb, act.return_to)
    )
    task.state, task.verb, task.closed_at = "done", verb, work.now
    task.answers = dict(act.answers)
    signer = seat.part if seat and seat.part else _signature(work, standing, seat, act)
    signer.return_to = outputs.get("return_to")
    if task.signed:
        _dismiss_others(work, standing, signer)
    standing.memory.acted(step_of(task), task.duty, signer.person_id, signer.acted_by_id)
    instance.memory = standing.memory.stored()
    why = f"{signer.person}退回：{act.opinion}"[:WHY_LENGTH] if verb == "return" else ""
    if verb == "return":
        instance.direct = None
    opened = write_changes(work, instance, standing.definition, changes, why)
    if verb == "return" and act.direct:
        instance.direct = {"matter": task.matter, "to": task.node}
    record_signature(work, COMPLETED, task, signer, instance.subject, act.answers)
    return opened


def _context(work: Work, standing: Standing, act: Act, verb: str) -> TaskContext:
    task, instance = standing.task, standing.instance
    return TaskContext(
        task_id=task.id,
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
        node=task.node,
        subject=instance.subject,
        data=standing.opened.data,
        round=task.round,
        actor_id=work.actor.id,
        verb=verb,
        opinion=act.opinion,
        answers=act.answers,
    )


def _check_guards(work: Work, standing: Standing, context: TaskContext) -> None:
    for name in standing.facts.requires:
        registry.find("guard", name)(work, context)


def _mean(work: Work, standing: Standing, context: TaskContext) -> dict[str, Any]:
    """Run the effects; what goes into the process data."""
    facts = standing.facts
    outputs = {key: context.answers.get(key) for key in facts.outputs if key in context.answers}
    for name in facts.effects:
        outputs.update(registry.find("effect", name)(work, context) or {})
    if standing.task.signed:
        outputs["votes"] = _votes(parts(work.session, standing.task.id))
    return outputs | {"outcome": context.verb}


def _votes(rows: Sequence[Signer]) -> dict[str, int]:
    voters = [row for row in rows if part_of(row).votes]
    return {
        "agreed": sum(row.verb in FORWARD for row in voters),
        "refused": sum(row.verb == "reject" for row in voters),
        "total": len(voters),
    }


def _signature(work: Work, standing: Standing, seat: Seat | None, act: Act) -> Signer:
    """The row of a person who answers alone, or of the machine."""
    task = standing.task
    own = seat is None or seat.person_id == work.actor.id
    name = work.actor.name
    if seat is not None and not own:
        name = people.person(work.session, seat.person_id).name
    signer = Signer(
        task_id=task.id,
        instance_id=task.instance_id,
        person_id=seat.person_id if seat else None,
        person=name,
        role=task.role,
        source=act.source if own or act.source != "defined" else "substitute",
        state="done",
        verb=act.verb,
        opinion=act.opinion,
        acted_by_id=None if own else work.actor.id,
        acted_by=None if own else work.actor.name,
        at=work.now,
    )
    work.session.add(signer)
    return signer


def _dismiss_others(work: Work, standing: Standing, signer: Signer) -> None:
    """Who was still asked need not act any more, and is told who decided (F.2, F.9)."""
    task = standing.task
    text = f"“{standing.instance.title}”的“{task.title}”已由{signer.person}办理"
    for row in parts(work.session, task.id):
        if row.state in OPEN and row is not signer and row.person_id is not None:
            notify(work, row.person_id, f"dismissed:{row.id}", text, standing.instance.subject)
    work.session.execute(
        update(Signer)
        .where(Signer.task_id == task.id, Signer.state.in_(OPEN))
        .values(state="cancelled", at=work.now)
    )
