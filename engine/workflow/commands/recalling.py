"""撤回 and 取回: taking back one's own act while nothing has come of it (rules.md F.10)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden, NotFound
from engine.people.notices import notify
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.texts import need_reason
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance_of
from engine.workflow.models import Draft, Instance, Signer, Task
from engine.workflow.running import run_of
from engine.workflow.runtime import Definition, Place, Run
from engine.workflow.verbs import DECISIONS

WHY_LENGTH = 300
ASKING = ("add", "delegate", "assist")
"""Acts that are no signatures and yet a beginning; that somebody urged is none."""


def recall_task(work: Work, task_id: int, reason: str) -> list[Task]:
    """Take back the act by which one answered a task: its step is open again, with the old answers.

    Allowed to whoever answered it, alone, while the process runs and what came next has neither
    been acted upon nor read (the diagram's `withdraw` may allow reading, or forbid all); else a
    `Conflict` that says why.
    """
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    reason = need_reason(reason)
    if work.actor.id is None:
        raise Forbidden("只能由办理人本人取回")
    run = run_of(work.session, instance)
    refused = _refusal(work.session, work.actor.id, task, instance, run)
    if refused:
        raise Conflict(refused)
    return _open_again(work, instance, task, run, reason)


def recall_refusal(session: Session, person_id: int, task: Task) -> Sentence | None:
    """Why the person may not take back their act in this task, or None."""
    instance = session.get(Instance, task.instance_id)
    if instance is None:
        raise NotFound("没有这个流程")
    if task.state != "done" or instance.status != "active":
        return _over(task, instance)
    return _refusal(session, person_id, task, instance, run_of(session, instance))


def _refusal(
    session: Session, person_id: int, task: Task, instance: Instance, run: Run
) -> Sentence | None:
    over = _over(task, instance)
    if over:
        return over
    votes = _votes(session, task)
    if person_id not in {one.acted_by_id or one.person_id for one in votes}:
        return Sentence("只能由办理人本人取回")
    if len(votes) > 1:
        return Sentence("此环节由多人共同办理，不能取回")
    withdraw = _withdraw(run.definition, task)
    if withdraw == "never":
        return Sentence("此环节办理后不能取回")
    place = _place(session, task, run)
    if place is None:
        return Sentence("后面的环节已有处理，不能取回")
    return _looked_at(session, instance, task, run, place, reading=withdraw == "read")


def _over(task: Task, instance: Instance) -> Sentence | None:
    if instance.status == "suspended":
        return Sentence("流程已挂起，恢复后再取回")
    if instance.status != "active":
        return Sentence("流程已经结束，不能取回；如需改动请走更正或作废")
    return None if task.state == "done" else Sentence("此事项尚未办理，无须取回")


def _votes(session: Session, task: Task) -> list[Signer]:
    wanted = (Signer.task_id == task.id, Signer.state == "done", Signer.source != "skip")
    decided = select(Signer).where(*wanted, Signer.verb.in_(DECISIONS))
    return list(session.scalars(decided.order_by(Signer.id)))


def _withdraw(definition: Definition, task: Task) -> str:
    node = definition.nodes.get(task.node)
    return node.properties.get("withdraw", "unread") if node else "never"


def _place(session: Session, task: Task, run: Run) -> Place | None:
    """The node to open again; only the newest answer at a node can be taken back."""
    newest = (
        select(Task.id)
        .where(Task.instance_id == task.instance_id, Task.node == task.node, Task.state == "done")
        .order_by(Task.closed_at.desc(), Task.id.desc())
        .limit(1)
    )
    if session.scalar(newest) != task.id:
        return None
    found = [
        one for one in run.recalls()
        if f"{one.process}/{one.node}" == task.node and list(one.path) == task.path
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _looked_at(
    session: Session, instance: Instance, task: Task, run: Run, place: Place, *, reading: bool
) -> Sentence | None:
    changes = run.copy().recall(place, at=task.closed_at or task.opened_at)
    tokens = [one.id for one in changes.closed]
    wanted = (Task.instance_id == instance.id, Task.token.in_(tokens))
    acted = (
        select(Signer.person)
        .join(Task, Task.id == Signer.task_id)
        .where(*wanted, Signer.verb != "")
        .where(or_(Signer.state != "noted", Signer.verb.in_(ASKING)))
    )
    person = session.scalar(acted.limit(1))
    if person is not None:
        return Sentence("后面的环节已由{person}办理，不能取回", person=person)
    seen = select(Task.title).where(*wanted, Task.seen_at.is_not(None))
    title = None if reading else session.scalar(seen.limit(1))
    return Sentence("“{title}”的办理人已经查看，不能取回", title=title) if title else None


def _open_again(work: Work, instance: Instance, task: Task, run: Run, reason: str) -> list[Task]:
    place = _place(work.session, task, run)
    assert place is not None
    why = f"{work.actor.name}取回：{reason}"[:WHY_LENGTH]
    changes = run.recall(place, at=work.now)
    _tell_next(work, instance, [one.id for one in changes.closed])
    opened = write_changes(work, instance, run, changes, why)
    work.session.flush()
    vote = _votes(work.session, task)[0]
    for one in opened:
        work.session.add(
            Draft(
                task_id=one.id,
                person_id=work.actor.id,
                answers=task.answers or {},
                opinion=vote.opinion,
                saved_at=work.now,
            )
        )
    _note(work, instance, task, vote, reason)
    return opened


def _note(work: Work, instance: Instance, task: Task, vote: Signer, reason: str) -> None:
    work.session.add(
        Signer(
            task_id=task.id,
            instance_id=instance.id,
            person_id=work.actor.id,
            person=work.actor.name,
            role=vote.role,
            source="defined",
            state="noted",
            verb="recall",
            opinion=reason,
            at=work.now,
        )
    )
    facts = {"node": task.node, "title": task.title, "verb": vote.verb, "reason": reason}
    work.record("task.recalled", f"task:{task.id}", instance.subject, facts)


def _tell_next(work: Work, instance: Instance, tokens: Sequence[str]) -> None:
    """Those whose task vanishes from their inbox are told why."""
    gone = Task.instance_id == instance.id, Task.state == "open", Task.token.in_(tokens)
    given = select(Task.assignee_id, Task.id, Task.title).where(*gone, ~Task.signed)
    asked = (
        select(Signer.person_id, Task.id, Task.title)
        .join(Task, Task.id == Signer.task_id)
        .where(*gone, Signer.state == "active")
    )
    for person, number, title in work.session.execute(union(given, asked)):
        text = f"“{instance.title}”的“{title}”已由{work.actor.name}取回修改"
        if person is not None and person != work.actor.id:
            notify(work, person, f"recalled:{number}", text, instance.subject)
