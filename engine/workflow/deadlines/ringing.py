"""What happens to an open task when its time comes: reminders, escalation, timeouts (D.6, F.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from engine.clock import local
from engine.errors import BihuanError, Conflict
from engine.people import queries as people
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.commands import Standing, assignment_refusal, complete_task, history, stand
from engine.workflow.commands.signing import bring_in
from engine.workflow.commands.standing import Seat, parts
from engine.workflow.deadlines.alarms import Alarm, alarms, next_alarm, rung
from engine.workflow.deadlines.chain import steps, superiors, waited_for, with_delegates
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.locks import lock_instance_of
from engine.workflow.models import Task
from engine.workflow.rules import ways_back
from engine.workflow.verbs import FORWARD

SOURCE = "timeout"
OPINION = "超时自动"


def ring(work: Work, task_id: int, since: datetime | None = None) -> list[Alarm]:
    """Do what is due for a task at this moment, once, whoever else tries; what was due.

    Under the instance's lock: a person who answers in the same second comes before or after.
    `since` is the moment of an alarm that was taken off the task when it failed.
    """
    instance = lock_instance_of(work.session, task_id)
    task = work.session.get_one(Task, task_id, populate_existing=True)
    begun = since or task.alarm_at
    if task.state != "open" or begun is None or begun > work.now:
        return []
    task.alarm_at = None
    if instance.status != "active" or task.due_at is None:
        return []  # who lets it go on sets the alarm anew
    try:
        standing = stand(work.session, task, instance)
    except Conflict:
        return []  # its token is gone
    calendar = people.calendar(work.session, instance.unit_path)
    every = alarms(plan_of(standing.facts), task.opened_at, task.due_at, calendar)
    task.alarm_at = next_alarm(every, work.now)
    due = rung(every, begun, work.now)
    for alarm in due:
        _act(work, standing, alarm)
    return due


def _act(work: Work, standing: Standing, alarm: Alarm) -> None:
    if standing.task.state != "open":
        return  # an earlier alarm of the same moment has closed it
    if alarm.kind == "remind":
        _tell(work, standing, alarm, _own(work, standing), "即将到期")
    elif alarm.kind == "overdue":
        _tell(work, standing, alarm, _own(work, standing), "已到期，请尽快办理")
    elif alarm.kind == "escalate":
        _escalate(work, standing, alarm)
    else:
        _time_out(work, standing, alarm)


def _own(work: Work, standing: Standing) -> list[int]:
    waiting = waited_for(work.session, standing.task)
    return with_delegates(work.session, waiting, standing.instance.process, work.now)


def _tell(
    work: Work, standing: Standing, alarm: Alarm, persons: Iterable[int], what: str
) -> list[int]:
    """Tell persons of the task, once for each alarm of each due date."""
    task, told = standing.task, list(persons)
    assert task.due_at is not None
    limit = f"{local(task.due_at):%m-%d %H:%M}"
    text = f"“{standing.instance.title}”的“{task.title}”{what}（期限 {limit}）"
    key = f"{alarm.kind}:{task.id}:{alarm.step}:{task.due_at:%Y%m%d%H%M}"
    for person in told:
        notify(work, person, key, text, standing.instance.subject)
    return told


def _escalate(work: Work, standing: Standing, alarm: Alarm) -> None:
    """Tell the next above; nobody is silently replaced. Who is above all reads the digest."""
    above = steps(work.session, standing.task, standing.facts.escalate_to)
    step = above[alarm.step - 1] if alarm.step <= len(above) else []
    if not step:
        return
    told = _tell(work, standing, alarm, step, "已逾期，请督办")
    names = [people.person(work.session, one).name for one in told]
    facts: dict[str, object] = {"step": alarm.step, "told": names}
    if standing.facts.escalate_adds:
        facts["added"] = _join(work, standing, told)
    _record(work, standing, "task.escalated", facts)


def _join(work: Work, standing: Standing, persons: Sequence[int]) -> list[str]:
    """Ask the first superior who may into the task, beside the one person it waits for.

    Where it waits for any of a role they are only told: nobody's part could be shared.
    """
    task = standing.task
    waiting = waited_for(work.session, task)
    if len(waiting) != 1 or (not task.signed and task.assignee_id is None):
        return []
    rows = parts(work.session, task.id) if task.signed else []
    part = next((row for row in rows if row.state == "active"), None)
    for person in persons:
        with suppress(BihuanError), work.session.begin_nested():
            added = bring_in(
                *(work, standing, Seat(waiting[0], part), [person], "parallel", "逾期上报")
            )
            return [row.person for row in added]
    return []


def _time_out(work: Work, standing: Standing, alarm: Alarm) -> None:
    what = standing.facts.timeout
    if what == "supervisor":
        _hand_over(work, standing, alarm)
    elif what == "substitute":
        _to_substitute(work, standing, alarm)
    elif what in ("approve", "return", "end"):
        _answer(work, standing, alarm, what)
    else:
        _tell(work, standing, alarm, _own(work, standing), "已超时，请立即办理")


def _hand_over(work: Work, standing: Standing, alarm: Alarm) -> None:
    """自动转上级: the nearest superior who may bear the duty gets the task, else is only told."""
    task, above = standing.task, superiors(work.session, standing.task)
    for person in (one for step in above for one in step):
        if task.signed or assignment_refusal(work.session, person, task):
            continue
        before, task.assignee_id = task.assignee_id, person
        name = people.person(work.session, person).name
        facts = {"before": before, "after": person, "person": name, "reason": "超时自动转上级"}
        _record(work, standing, "task.assigned", facts)
        _tell(work, standing, alarm, [person], "超时自动转由您办理")
        return
    _tell(work, standing, alarm, above[0] if above else [], "已超时，请督办")


def _to_substitute(work: Work, standing: Standing, alarm: Alarm) -> None:
    """自动转代理: who stands in may act already and is told so; without one, the superior is."""
    waiting = waited_for(work.session, standing.task)
    delegates = [one for one in _own(work, standing) if one not in waiting]
    if delegates:
        _tell(work, standing, alarm, delegates, "已超时，请代为办理")
        return
    above = superiors(work.session, standing.task)
    _tell(work, standing, alarm, above[0] if above else waiting, "已超时，无代理人，请督办")


def _answer(work: Work, standing: Standing, alarm: Alarm, what: str) -> None:
    """The machine answers as the diagram says; where it may not, people are told instead."""
    verb, target = _verb(work, standing, what)
    try:
        if not verb:
            raise Conflict("此事项不能自动办理")
        with work.session.begin_nested():
            complete_task(
                *(work, standing.task.id, verb, {}),
                opinion=OPINION,
                return_to=target,
                automatic=SOURCE,
            )
    except BihuanError as refused:
        above = superiors(work.session, standing.task)
        told = [*_own(work, standing), *(above[0] if above else [])]
        _tell(work, standing, alarm, told, f"超时未能自动办理：{refused.message}")


def _verb(work: Work, standing: Standing, what: str) -> tuple[str, str | None]:
    """By which of the node's verbs to answer, and where to return to; no verb: none fits."""
    verbs, task = standing.facts.verbs, standing.task
    if what == "approve":
        return next((one for one in verbs if one in FORWARD), ""), None
    if what == "end":
        return ("reject" if "reject" in verbs else ""), None
    back = ways_back(task.node, task.id, history(work.session, task))
    target = next((one.node for _, one in back if standing.may_go_back(one.node)), None)
    return ("return" if "return" in verbs and target else ""), target


def _record(work: Work, standing: Standing, kind: str, facts: Mapping[str, object]) -> None:
    task = standing.task
    told = {"node": task.node, "title": task.title, **facts}
    work.record(kind, f"task:{task.id}", standing.instance.subject, told)
