"""People's parts in a task: taking one's own, asking others in, noting what is no signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden
from engine.people import queries as people
from engine.people.absences import delegate_of
from engine.people.policy import segregation
from engine.people.roles import APART, ROLES
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow import approvers
from engine.workflow.commands.standing import Seat, Standing, find_seat, handed_on, parts
from engine.workflow.models import Signer
from engine.workflow.opening import part_of
from engine.workflow.rounds import ADDED, ADVISORY, ASKED, OPEN, Part, depth, hops, spoken
from engine.workflow.rules import Item, may_complete, said_of_another
from engine.workflow.verbs import SOURCES

KINDS = {
    kind: SOURCES[kind]
    for kind in ("before", "parallel", "after", "delegate", "assist", "transfer")
}
DEEPEST = 2
"""加签 of a 加签, and no deeper (rules.md F.4)."""
MOST_HOPS = 3
"""A task is handed on at most three times (rules.md F.6)."""


def take_seat(work: Work, standing: Standing) -> Seat:
    """In whose name the actor may answer the task.

    `Forbidden` with the reason why not; `Conflict` for who has just handed it on.
    """
    if work.actor.id is None:
        raise Forbidden("此事项须由人员办理")
    task = standing.task
    acts = standing.memory.acts_in(task.matter)
    faculties = standing.faculties or people.faculties(work.session, work.actor.id, work.now)
    process = standing.instance.process
    seat = find_seat(work.session, work.actor.id, task, process, acts, faculties)
    if isinstance(seat, str):
        if gone := handed_on(work.session, work.actor.id, task):
            raise Conflict(gone)
        raise Forbidden(seat)
    return seat


def form_answers(
    rows: Sequence[Signer], signer: Signer, answers: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the task's form holds when it closes: if who was asked in closes it, its holder's."""
    if signer.source not in ADDED:
        return answers
    done = [row for row in rows if row.state == "done" and row.source not in ADDED | ADVISORY]
    return (done[-1].answers or {}) if done else {}


def holder(rows: Sequence[Signer]) -> Signer | None:
    """Whose task it is, where others only signed with them; None where there are several."""
    own = [row for row in rows if part_of(row).votes and row.source not in ADDED]
    return own[0] if len(own) == 1 else None


def own_part(work: Work, standing: Standing, seat: Seat) -> Signer:
    """The part of whoever holds the seat; a task that was one person's becomes a signed one."""
    if seat.part is not None:
        return seat.part
    task = standing.task
    part = Signer(
        task_id=task.id,
        instance_id=task.instance_id,
        person_id=seat.person_id,
        person=people.person(work.session, seat.person_id).name,
        role=task.role,
        source="defined",
        state="active",
        asked_at=task.opened_at,
        at=work.now,
    )
    task.signed = True
    work.session.add(part)
    work.session.flush()
    handed_on = (Signer.task_id == task.id, Signer.state == "passed", Signer.parent_id.is_(None))
    work.session.execute(update(Signer).where(*handed_on).values(parent_id=part.id))
    return part


def note(work: Work, standing: Standing, seat: Seat, verb: str, text: str, under: int) -> Signer:
    """Leave an act in the timeline that is no signature; `under` is the part it was done from."""
    own = seat.person_id == work.actor.id
    task = standing.task
    row = Signer(
        task_id=task.id,
        instance_id=task.instance_id,
        person_id=seat.person_id,
        person=people.person(work.session, seat.person_id).name,
        role=task.role,
        source="defined" if own else "substitute",
        parent_id=under,
        state="noted",
        verb=verb,
        opinion=text,
        acted_by_id=None if own else work.actor.id,
        acted_by=None if own else work.actor.name,
        asked_at=work.now,
        at=work.now,
    )
    work.session.add(row)
    return row


def asking_refusal(
    session: Session, standing: Standing, seat: Seat, person_id: int, kind: str, now: datetime
) -> Sentence | None:
    """Why the holder of a seat may not bring a person into the task, or None (rules.md F.4–F.7).

    Said of the person, to whoever asks. Nobody is in a task twice, so that nobody asks in a circle;
    not the party of the matter, nobody who has borne another duty in it, nobody who keeps or audits
    the system; who takes the task over must hold its role and be there.
    """
    task = standing.task
    if not people.person(session, person_id).active:
        return Sentence("账号已停用")
    keeps = {grant.role for grant in people.grants(session, person_id)} & APART
    if keeps:
        return Sentence("{role}不办理业务事项", role=ROLES[min(keeps)])
    rows = parts(session, task.id) if task.signed else []
    if person_id == seat.person_id or spoken([part_of(row) for row in rows], person_id):
        return Sentence("已在办理人之中")
    if any(row.person_id == person_id and row.state in OPEN for row in rows):
        return Sentence("已在办理人之中")
    if task.party_id == person_id and (kind in ASKED or task.duty != "handle"):
        return Sentence("是本事项的经办人")
    acts = standing.memory.acts_in(task.matter)
    if kind not in ASKED and (acted := segregation(person_id, task.duty, task.node, acts)):
        return said_of_another(acted)
    return (
        _takeover_refusal(session, standing, seat, person_id, now) if kind == "transfer" else None
    )


def _takeover_refusal(
    session: Session, standing: Standing, seat: Seat, person_id: int, now: datetime
) -> Sentence | None:
    task, process = standing.task, standing.instance.process
    alone = task.approval is None and (seat.part is None or seat.part.source not in ADDED)
    if alone:
        item = Item(task.node, task.role, task.unit_path, None, task.duty, task.party_id)
        refused = may_complete(person_id, people.grants(session, person_id), item, ())
        if refused:
            return refused
    delegate = delegate_of(session, person_id, process, now)
    if delegate is not None:
        name = people.person(session, delegate).name
        return Sentence("现在不在岗，由{name}代理，可转办给{name}", name=name)
    return None


def seat_refusal(session: Session, standing: Standing, seat: Seat, kind: str) -> Sentence | None:
    """Why the holder of a seat may not ask anybody in this way at all, or None."""
    rows = [part_of(row) for row in parts(session, standing.task.id)]
    part = part_of(seat.part) if seat.part else None
    if kind == "transfer":
        drawn = part is not None and part.source not in ADDED | ADVISORY
        if drawn and approvers.is_draw(standing.facts.approvers):
            return Sentence("办理人由抽取产生，不能转办；有利益关系的请申请回避")
        return _handing_refusal(part, rows)
    if part is None:
        return None
    if part.source in ASKED:
        return Sentence("您被征询意见，请直接答复")
    if part.source == "before" and kind in ("parallel", "after"):
        return Sentence("您是前加签的办理人，只能再请人先办或征询意见")
    if kind in ADDED and depth(part, rows) >= DEEPEST:
        return Sentence("加签最多 {most} 层", most=DEEPEST)
    return None


def _handing_refusal(part: Part | None, rows: Sequence[Part]) -> Sentence | None:
    if part is not None and part.source in ADVISORY:
        return Sentence("您被征询意见，请直接答复，不能转办")
    if hops(part.id if part else None, rows) >= MOST_HOPS:
        return Sentence("此事项已转办 {most} 次，不能再转", most=MOST_HOPS)
    return None
