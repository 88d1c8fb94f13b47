"""Answering a task: by one person, or as one of several signers (rules.md F.1–F.3, F.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import Forbidden, Invalid
from engine.people import queries as people
from engine.people.notices import notify
from engine.people.policy import segregation
from engine.work import Work
from engine.workflow.commands.closing import Act, check_guards, close_round, context_of
from engine.workflow.commands.parts import take_seat
from engine.workflow.commands.standing import (
    Seat,
    Standing,
    find_seat,
    history,
    parts,
    stand_locked,
)
from engine.workflow.commands.texts import opinion_of
from engine.workflow.models import Signer, Task
from engine.workflow.opening import activate, part_of, step_of
from engine.workflow.properties import NodeFacts
from engine.workflow.rounds import ADDED, ADVISORY, ALONE, OPEN, Approval, outcome
from engine.workflow.rules import Signed, ways_back
from engine.workflow.signature import SIGNED, record_signature
from engine.workflow.verbs import DECISIONS, FORWARD, OPINION_NEEDED, VERBS


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
    standing = stand_locked(work, task_id)
    act = Act(verb, answers, opinion_of(opinion), return_to, direct, automatic or "defined")
    if automatic:
        _check_automatic(standing)
        return _close(work, standing, None, act, verb)
    seat = take_seat(work, standing)
    _check_verb(work, standing, seat, act)
    if seat.part is not None:
        return _sign(work, standing, seat, act)
    return _close(work, standing, seat, act, verb)


def act_for(
    work: Work, task_id: int, person_id: int, verb: str, *, opinion: str, source: str = "admin"
) -> list[Task]:
    """Answer a task in the name of the person it waits for (代审); both names are on the record.

    The caller has checked that the actor may. The person must be one who may answer, and the actor
    may not have borne another duty of the matter, in whatever name.
    """
    standing = stand_locked(work, task_id)
    task, process = standing.task, standing.instance.process
    acts = list(standing.memory.acts_in(task.matter))
    actor = work.actor.id
    if actor is not None and (apart := segregation(actor, task.duty, task.node, acts)):
        raise Forbidden(apart)
    faculties = people.faculties(work.session, person_id, None)
    seat = find_seat(work.session, person_id, task, process, acts, faculties)
    if isinstance(seat, str):
        raise Invalid(seat, field="person")
    act = Act(verb, {}, opinion_of(opinion), source=source)
    _check_verb(work, standing, seat, act)
    if seat.part is not None:
        return _sign(work, standing, seat, act)
    return _close(work, standing, seat, act, verb)


def _check_automatic(standing: Standing) -> None:
    if not standing.facts.automatic:
        raise Forbidden("资金、目标和终审事项不能自动办理")


def _check_verb(work: Work, standing: Standing, seat: Seat, act: Act) -> None:
    allowed = allowed_verbs(standing.facts, seat.part)
    if act.verb not in allowed:
        raise Invalid("此事项不能“{verb}”", verb=VERBS.get(act.verb, act.verb), field="verb")
    if act.verb in OPINION_NEEDED and not act.opinion:
        raise Invalid("{verb}时必须填写意见", verb=VERBS[act.verb], field="opinion")
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
    if part.source in ADDED | ADVISORY:
        act = replace(act, answers={})  # they read the form; it is their holder's to fill in
    _fill(work, part, act)
    if part.source in ADVISORY:
        return _go_on(work, standing, rows, part)
    if act.verb == "return":
        return _close(work, standing, seat, act, "return")
    decided = verdict(standing, rows)
    if decided is None:
        if act.verb in FORWARD and part.source not in ADDED:
            check_guards(work, standing, context_of(standing, part, act, act.verb))
        return _go_on(work, standing, rows, part)
    return _close(work, standing, seat, act, decided)


def verdict(standing: Standing, rows: Sequence[Signer]) -> str | None:
    """By which verb the parts close their task, or None while it goes on."""
    task = standing.task
    approval = Approval.of(task.approval) if task.approval else ALONE
    decided = outcome(approval, [part_of(row) for row in rows])
    if decided != "approve":
        return decided
    return next((one for one in standing.facts.verbs if one in FORWARD), "approve")


def _fill(work: Work, part: Signer, act: Act) -> None:
    part.state, part.verb, part.opinion, part.at = "done", act.verb, act.opinion, work.now
    part.answers, part.return_to = dict(act.answers) or None, act.return_to
    if work.actor.id != part.person_id:
        part.acted_by_id, part.acted_by = work.actor.id, work.actor.name


def _go_on(work: Work, standing: Standing, rows: list[Signer], part: Signer) -> list[Task]:
    task = standing.task
    give_turns(work, standing, rows, part)
    if part.verb in DECISIONS:
        heard = part.source in ADVISORY
        persons = (part.person_id, part.acted_by_id)
        standing.memory.acted(step_of(task), task.duty, *persons, answered=not heard)
        standing.instance.memory = standing.memory.stored()
    record_signature(work, SIGNED, task, part, standing.instance.subject, part.answers or {})
    return [task] if any(row.state in OPEN for row in rows) else []


def give_turns(work: Work, standing: Standing, rows: Sequence[Signer], after: Signer) -> None:
    """Let those begin whose turn it is after a part ended; who asked is told the answer."""
    task, subject = standing.task, standing.instance.subject
    about = f"“{standing.instance.title}”的“{task.title}”"
    approval = Approval.of(task.approval) if task.approval else None
    turn = {row.id for row in activate(approval, rows)}
    for row in rows:
        if row.person_id is None or row.state not in OPEN:
            continue
        if after.source in ADVISORY and after.verb and row.id == after.parent_id:
            text = f"{after.person}已答复您关于{about}的征询：{after.opinion}"
        elif row.id in turn:
            text = f"轮到您办理{about}"
        else:
            continue
        notify(work, row.person_id, f"turn:{row.id}:{after.id}", text, subject)


def _close(work: Work, standing: Standing, seat: Seat | None, act: Act, verb: str) -> list[Task]:
    """The task is answered; the entry is of whoever answered it last."""
    signer = seat.part if seat and seat.part else _signature(work, standing, seat, act)
    return close_round(work, standing, signer, act, verb)


def _signature(work: Work, standing: Standing, seat: Seat | None, act: Act) -> Signer:
    """The row of a person who answers alone, or of the machine."""
    task = standing.task
    own = seat is None or seat.person_id == work.actor.id
    name = work.actor.name
    if seat is not None and not own:
        name = people.person(work.session, seat.person_id).name
    return Signer(
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
