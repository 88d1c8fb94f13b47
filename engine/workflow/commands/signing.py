"""加签 and 减签: asking others into a task, and taking that back (rules.md F.4, F.5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.people.notices import notify
from engine.people.policy import covers
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.closing import Act, close_round
from engine.workflow.commands.completing import give_turns, verdict
from engine.workflow.commands.parts import (
    KINDS,
    asking_refusal,
    note,
    own_part,
    seat_refusal,
    take_seat,
)
from engine.workflow.commands.standing import Seat, Standing, parts, stand_locked
from engine.workflow.commands.texts import said
from engine.workflow.models import Signer, Task
from engine.workflow.opening import activate, part_of
from engine.workflow.rounds import ADDED, ASKED, BLOCKING, OPEN, Approval, beneath
from engine.workflow.rules import already_done

MOST_ADDED = 20
"""Persons that one act brings in."""
REMOVERS = ("administrator", "performance_office")
"""They take out whom others asked, and whom the diagram named if that person has left."""


def add_signers(
    work: Work, task_id: int, persons: Sequence[int], kind: str, opinion: str
) -> list[Signer]:
    """Ask others into a task (加签): `before` me, `parallel` with me, or `after` me.

    Who is asked before is heard and then it is my turn again; with or after me they have a vote
    like mine, and shares are computed anew. The opinion says why, and is needed. `Forbidden` for
    who may not answer the task, `Invalid` with the reason for who may not be asked.
    """
    if kind not in ADDED:
        raise Invalid("请选择前加签、并加签或后加签", field="kind")
    opinion = said(opinion, "opinion", Sentence("加签意见"))
    standing = stand_locked(work, task_id)
    seat = take_seat(work, standing)
    return bring_in(work, standing, seat, persons, kind, opinion)


def bring_in(
    work: Work, standing: Standing, seat: Seat, persons: Sequence[int], kind: str, text: str
) -> list[Signer]:
    """The rows, notices and entry of persons asked into a task from a seat."""
    _check_persons(work, standing, seat, persons, kind)
    task, instance = standing.task, standing.instance
    mine = own_part(work, standing, seat)
    added = [
        Signer(
            task_id=task.id,
            instance_id=task.instance_id,
            person_id=person,
            person=people.person(work.session, person).name,
            role=task.role,
            seq=mine.seq,
            source=kind,
            parent_id=mine.id,
            state="waiting",
            asked_at=work.now,
            at=work.now,
        )
        for person in dict.fromkeys(persons)
    ]
    names = "、".join(row.person for row in added)
    verb = kind if kind in ASKED else "add"
    note(work, standing, seat, verb, f"{KINDS[kind]}{names}：{text}", mine.id)
    work.session.add_all(added)
    work.session.flush()
    if kind in BLOCKING:
        mine.state = "waiting"
    activate(_approval(task), parts(work.session, task.id))
    about = f"“{instance.title}”的“{task.title}”"
    for row in added:
        told = f"{work.actor.name}请您{KINDS[kind]}{about}：{text}"
        notify(work, row.person_id or 0, f"asked:{row.id}", told, instance.subject)
    kind_of_entry = "task.delegated" if kind in ASKED else "task.signers_added"
    facts: dict[str, object] = {
        "kind": kind,
        "opinion": text,
        "persons": [[r.person_id, r.person] for r in added],
    }
    if seat.person_id != work.actor.id:
        facts["for"] = {"id": seat.person_id, "name": mine.person}
    work.record(kind_of_entry, f"task:{task.id}", instance.subject, facts)
    return added


def _approval(task: Task) -> Approval | None:
    return Approval.of(task.approval) if task.approval else None


def _check_persons(
    work: Work, standing: Standing, seat: Seat, persons: Sequence[int], kind: str
) -> None:
    if not persons:
        raise Invalid("请选择人员", field="persons")
    if len(set(persons)) > MOST_ADDED:
        raise Invalid("一次最多选择 {most} 人", most=MOST_ADDED, field="persons")
    refused = seat_refusal(work.session, standing, seat, kind)
    if refused:
        raise Forbidden(refused)
    for person in persons:
        told = asking_refusal(work.session, standing, seat, person, kind, work.now)
        if told:
            name = people.person(work.session, person).name
            raise Invalid(
                "不能{kind}{person}：{why}",
                kind=KINDS[kind],
                person=name,
                why=told,
                field="persons",
            )


def remove_signer(work: Work, signer_id: int, opinion: str) -> list[Task]:
    """Take an open part out of a task (减签); what that opens if it decides the round.

    Whoever asked for it, directly or further up, takes back what they asked for; the administrator
    and the 财政绩效科 may take out anybody. Parts asked for under it go with it. Somebody must
    stay. `Conflict` if the person has acted meanwhile.
    """
    opinion = said(opinion, "opinion", Sentence("减签原因"))
    row = work.session.get(Signer, signer_id)
    if row is None:
        raise NotFound("没有这个办理人")
    standing = stand_locked(work, row.task_id)
    work.session.refresh(row)
    rows = parts(work.session, standing.task.id)
    told = removal_refusal(work.session, work.actor.id, standing.task, row, rows)
    if row.state not in OPEN:
        raise Conflict(_too_late(row))
    if told:
        raise Forbidden(told)
    return _take_out(work, standing, rows, row, opinion)


def _too_late(row: Signer) -> Sentence:
    if row.state == "done":
        return already_done(row.person, row.verb, row.at)
    return Sentence("{person}已不在办理人之中", person=row.person)


def removal_refusal(
    session: Session, person_id: int | None, task: Task, row: Signer, rows: Sequence[Signer]
) -> Sentence | None:
    """Why the person may not take a part out of a task, or None."""
    if task.state != "open" or row.state not in OPEN:
        return Sentence("已办理或已撤回，不能减签")
    by_id = {one.id: one for one in rows}
    asked_by = by_id.get(row.parent_id or 0)
    mine = False
    while asked_by is not None and row.source in ADDED | ASKED:
        mine = mine or asked_by.person_id == person_id
        asked_by = by_id.get(asked_by.parent_id or 0)
    official = person_id is not None and covers(
        people.grants(session, person_id), REMOVERS, task.unit_path
    )
    asked = row.source in ADDED | ASKED
    if not mine and not (official and (asked or _has_left(session, row))):
        return (
            Sentence("只能减去自己加签的人员")
            if asked or not official
            else Sentence("流程指定的人员在职，不能减去")
        )
    gone = {row.id, *beneath(row.id, [part_of(one) for one in rows])}
    if not any(part_of(one).votes for one in rows if one.id not in gone):
        return Sentence("至少保留一名办理人")
    return None


def _has_left(session: Session, row: Signer) -> bool:
    return row.person_id is not None and not people.person(session, row.person_id).active


def _take_out(
    work: Work, standing: Standing, rows: Sequence[Signer], row: Signer, opinion: str
) -> list[Task]:
    task, instance = standing.task, standing.instance
    gone = {row.id, *beneath(row.id, [part_of(one) for one in rows])}
    text = f"{work.actor.name}已将您从“{instance.title}”的“{task.title}”中减签：{opinion}"
    for one in rows:
        if one.id in gone:
            one.state, one.at = "cancelled", work.now
            notify(work, one.person_id or 0, f"removed:{one.id}", text, instance.subject)
    seat = Seat(work.actor.id or 0)
    note(work, standing, seat, "remove", f"减签{row.person}：{opinion}", row.id)
    facts = {"person": row.person, "person_id": row.person_id, "opinion": opinion}
    work.record("task.signer_removed", f"task:{task.id}", instance.subject, facts)
    work.session.flush()
    return _settle(work, standing, rows, row)


def _settle(work: Work, standing: Standing, rows: Sequence[Signer], gone: Signer) -> list[Task]:
    """Decide anew without a part: the round closes if it was the last one missing."""
    decided = verdict(standing, rows)
    if decided is None:
        give_turns(work, standing, rows, gone)
        return [standing.task]
    last = max(
        (row for row in rows if row.state == "done" and part_of(row).votes),
        key=lambda row: (row.at, row.id),
    )
    act = Act(last.verb, last.answers or {}, last.opinion)
    opened = close_round(work, standing, last, act, decided, spoken=False)
    facts = {"verb": decided, "reason": "减签后已满足办结条件"}
    work.record("task.settled", f"task:{standing.task.id}", standing.instance.subject, facts)
    return opened
