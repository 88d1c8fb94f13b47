"""转办 and 委派: giving one's part in a task away, or asking for an answer (rules.md F.6, F.7)."""

from __future__ import annotations

from sqlalchemy import update

from engine.errors import Forbidden, Invalid
from engine.people import queries as people
from engine.people.notices import notify
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.parts import asking_refusal, seat_refusal, take_seat
from engine.workflow.commands.signing import bring_in
from engine.workflow.commands.standing import Seat, Standing, stand_locked
from engine.workflow.commands.texts import said
from engine.workflow.models import Signer, Task
from engine.workflow.rounds import ADDED, OPEN
from engine.workflow.signature import TRANSFERRED, transferred


def transfer_task(work: Work, task_id: int, person_id: int, reason: str) -> Task:
    """Hand one's part in a task to somebody else; the responsibility does not come back (转办).

    The other must be able to take it: of a task of one role they hold that role, they are not away
    now, not the party of the matter, and have borne no other duty in it; a part is handed on at
    most three times. `Invalid` says why somebody cannot take it.
    """
    reason = said(reason, "reason", Sentence("转办原因"))
    standing = stand_locked(work, task_id)
    seat = take_seat(work, standing)
    person = people.person(work.session, person_id)
    refused = seat_refusal(work.session, standing, seat, "transfer")
    if refused:
        raise Forbidden(refused)
    told = asking_refusal(work.session, standing, seat, person_id, "transfer", work.now)
    if told:
        raise Invalid("不能转办给{person}：{why}", person=person.name, why=told, field="person")
    hand_over(work, standing, seat, person_id, reason)
    return standing.task


def hand_over(work: Work, standing: Standing, seat: Seat, person_id: int, reason: str) -> None:
    """The rows, the notice and the entry of a part that goes to another person."""
    task, instance = standing.task, standing.instance
    person = people.person(work.session, person_id)
    given = seat.part or _whole(work, standing, seat)
    given.state, given.verb, given.at = "passed", "transfer", work.now
    given.opinion = transferred(person.name, reason)
    if seat.person_id != work.actor.id:
        given.acted_by_id, given.acted_by = work.actor.id, work.actor.name
    if seat.part is None:
        task.assignee_id = person_id
    else:
        take_over(work, seat.part, person_id, person.name, "active")
    text = f"{work.actor.name}将“{instance.title}”的“{task.title}”转办给您：{reason}"
    work.session.flush()
    notify(work, person_id, f"transferred:{given.id}", text, instance.subject)
    facts = {"before": seat.person_id, "after": person_id, "person": person.name, "reason": reason}
    work.record(TRANSFERRED, f"task:{task.id}", instance.subject, facts)


def _whole(work: Work, standing: Standing, seat: Seat) -> Signer:
    """The record of whoever had the task alone."""
    task = standing.task
    row = Signer(
        task_id=task.id,
        instance_id=task.instance_id,
        person_id=seat.person_id,
        person=people.person(work.session, seat.person_id).name,
        role=task.role,
        asked_at=task.opened_at,
    )
    work.session.add(row)
    return row


def take_over(work: Work, given: Signer, person_id: int, name: str, state: str) -> None:
    """The other's part, in the same place: its turn, whom it was asked by, whom it had asked."""
    taken = Signer(
        task_id=given.task_id,
        instance_id=given.instance_id,
        person_id=person_id,
        person=name,
        role=given.role,
        seq=given.seq,
        source=given.source if given.source in ADDED else "transfer",
        parent_id=given.parent_id,
        state=state,
        asked_at=work.now,
        at=work.now,
    )
    work.session.add(taken)
    work.session.flush()
    below = (Signer.parent_id == given.id, Signer.state.in_(OPEN))  # answers stay with who asked
    work.session.execute(update(Signer).where(*below).values(parent_id=taken.id))
    given.parent_id = taken.id


def delegate_task(
    work: Work, task_id: int, person_id: int, question: str, must_answer: bool = True
) -> Signer:
    """Ask somebody about a task (委派); their answer comes back to me, who decide.

    They answer by `complete_task` with verb `answer`. With `must_answer` I wait for it; else (协办)
    I need not, and the question lapses when the task is done.
    """
    question = said(question, "question", Sentence("要请对方答复的问题"))
    standing = stand_locked(work, task_id)
    seat = take_seat(work, standing)
    kind = "delegate" if must_answer else "assist"
    return bring_in(work, standing, seat, [person_id], kind, question)[0]
