"""抄送 and 传阅: showing a matter to those who do not decide it (rules.md F.8).

Copies block nothing, and neither a return nor the end takes them away.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from engine.clock import local
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.people.notices import notify
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.texts import may_say, said
from engine.workflow.models import Copy, Instance, Task
from engine.workflow.opening import send_copy
from engine.workflow.sight import keeps_system, matter_of

KINDS = ("copy", "circulate")
MOST = 100
"""Persons of one sending."""


def send_copies(
    work: Work,
    task_id: int,
    persons: Sequence[int],
    kind: str,
    note: str = "",
    must_reply: bool = False,
) -> list[Copy]:
    """Show a task's matter to persons: `copy` (抄送), or `circulate` (传阅, with a receipt).

    Whoever sees the matter may, so who was shown it may show it on; only a circulation can ask for
    a reply. Who has the same still unread is not shown it twice; nobody left is a `Conflict`.
    """
    task = work.session.get(Task, task_id)
    if task is None:
        raise NotFound("没有这个事项")
    instance = work.session.get_one(Instance, task.instance_id)
    actor, subject = work.actor.id, f"task:{task.id}"
    if actor is None or matter_of(work.session, actor, subject, work.now) is None:
        raise Forbidden("此事项不在您的权限范围内")
    note = may_say(note, "note", "说明")
    _check(persons, kind, must_reply=must_reply)
    wanted = _receivers(work, instance, persons, kind)
    copies = [
        send_copy(work, instance, task, one, kind, note, must_reply=must_reply) for one in wanted
    ]
    facts = {"kind": kind, "persons": wanted, "note": note, "must_reply": must_reply}
    work.record("task.copied", subject, instance.subject, facts)
    return copies


def _check(persons: Sequence[int], kind: str, *, must_reply: bool) -> None:
    if kind not in KINDS:
        raise Invalid("请选择抄送或传阅", field="kind")
    if not persons:
        raise Invalid("请选择人员", field="persons")
    if len(set(persons)) > MOST:
        raise Invalid("一次最多选择 {most} 人", most=MOST, field="persons")
    if must_reply and kind == "copy":
        raise Invalid("抄送不要求回复，请改用传阅", field="must_reply")


def _receivers(work: Work, instance: Instance, persons: Sequence[int], kind: str) -> list[int]:
    for one in persons:
        person = people.person(work.session, one)
        if not person.active:
            raise Invalid("{person}的账号已停用", person=person.name, field="persons")
        if keeps_system(work.session, one):
            raise Invalid("{person}不接触业务事项", person=person.name, field="persons")
    unread = select(Copy.person_id).where(
        Copy.instance_id == instance.id, Copy.kind == kind, Copy.read_at.is_(None)
    )
    have = {work.actor.id, *work.session.scalars(unread)}
    wanted = [one for one in dict.fromkeys(persons) if one not in have]
    if not wanted:
        raise Conflict("所选人员已有未读的同一事项")
    return wanted


def read_copy(work: Work, copy_id: int) -> Copy:
    """Note that the receiver has seen it; the first time is the receipt."""
    copy = _mine(work, copy_id)
    if copy.read_at is None:
        copy.read_at = work.now
        _record(work, copy, "copy.read", {})
    return copy


def reply_copy(work: Work, copy_id: int, text: str) -> Copy:
    """Answer a circulation, once; its sender is told."""
    copy = _mine(work, copy_id)
    text = said(text, "text", Sentence("回复"))
    if copy.kind != "circulate":
        raise Invalid("抄送无须回复", field="text")
    if copy.replied_at is not None:
        raise Conflict("您已于 {at:%Y-%m-%d %H:%M} 回复", at=local(copy.replied_at))
    copy.read_at = copy.read_at or work.now
    copy.reply, copy.replied_at = text, work.now
    instance = _record(work, copy, "copy.replied", {"text": text})
    if copy.sender_id is not None:
        told = f"{work.actor.name}回复了您传阅的“{instance.title}”：{text}"
        notify(work, copy.sender_id, f"replied:{copy.id}", told, instance.subject)
    return copy


def _mine(work: Work, copy_id: int) -> Copy:
    copy = work.session.scalar(select(Copy).where(Copy.id == copy_id).with_for_update())
    if copy is None or copy.person_id != work.actor.id:
        raise NotFound("没有这份传阅")
    return copy


def _record(work: Work, copy: Copy, kind: str, facts: dict[str, str]) -> Instance:
    instance = work.session.get_one(Instance, copy.instance_id)
    work.record(kind, f"copy:{copy.id}", instance.subject, {"kind": copy.kind, **facts})
    return instance
