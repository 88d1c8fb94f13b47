"""回避: a drawn expert who is tied to the matter gives their part back to the lot (D.3-3)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden
from engine.people.policy import segregation
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow import approvers
from engine.workflow.commands.parts import take_seat
from engine.workflow.commands.passing import hand_over
from engine.workflow.commands.standing import Seat, Standing, parts, stand_locked
from engine.workflow.commands.texts import said
from engine.workflow.models import Task
from engine.workflow.rounds import ADDED, ADVISORY

RECUSED = "申请回避"


def recuse(work: Work, task_id: int, reason: str) -> Task:
    """Withdraw from a task one was drawn for; another is drawn in one's place.

    Nobody who has or had a part in it is drawn again, nor who bore another duty of the matter.
    `Forbidden` for who was not drawn; `Conflict` where the lot has nobody left.
    """
    reason = said(reason, "reason", Sentence("回避原因"))
    standing = stand_locked(work, task_id)
    seat = take_seat(work, standing)
    refused = recusal_refusal(standing, seat)
    if refused:
        raise Forbidden(refused)
    person = _replacement(work.session, standing)
    if person is None:
        raise Conflict("没有其他专家可以替换，请联系财政绩效科增补专家后再申请回避")
    hand_over(work, standing, seat, person, f"{RECUSED}：{reason}")
    return standing.task


def recusal_refusal(standing: Standing, seat: Seat) -> Sentence | None:
    """Why the holder of a seat may not ask to be replaced by lot, or None."""
    if not approvers.is_draw(standing.facts.approvers):
        return Sentence("此事项的办理人不是抽取的")
    if seat.part is None or seat.part.source in ADDED | ADVISORY:
        return Sentence("您不是抽取的办理人")
    return None


def _replacement(session: Session, standing: Standing) -> int | None:
    task, acts = standing.task, list(standing.memory.acts_in(standing.task.matter))
    known = {row.person_id for row in parts(session, task.id)} | {task.party_id}
    left = approvers.others(
        session,
        standing.facts.approvers,
        task.unit_path,
        {one for one in known if one is not None},
    )
    return next((one for one in left if not segregation(one, task.duty, task.node, acts)), None)
