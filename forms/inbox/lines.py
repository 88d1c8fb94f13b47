"""What the inbox says beside each line: why it is here, and how much time is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine.clock import local
from engine.people.calendar import Calendar
from engine.workflow import queries as workflow
from engine.workflow.queries import InboxRow, PartRow, Suspension, Urging
from forms.text import _
from forms.words import moment, role_name, source_name

SHOWN = 60
"""Characters of what somebody said on a line; the whole stands on the task's page."""


@dataclass(frozen=True)
class Due:
    """A due date in words; `mark` is late, today or nothing."""

    text: str
    mark: str
    at: datetime


def due(at: datetime | None, now: datetime, calendar: Calendar) -> Due | None:
    """How much time is left, in working days (F.17); 暂估 where holidays are not published."""
    if at is None:
        return None
    if at < now:
        late = calendar.workdays_between(local(at).date(), local(now).date())
        text = _("逾期 %(days)s 个工作日", days=late) if late else _("今天已逾期")
        return Due(text, "late", at)
    left = calendar.workdays_between(local(now).date(), local(at).date())
    if local(at).date() == local(now).date():
        return Due(_("今天到期"), "today", at)
    text = _("还有 %(days)s 个工作日", days=left)
    if calendar.is_guess(now, at):
        text = _("%(left)s（暂估）", left=text)
    return Due(text, "", at)


@dataclass(frozen=True)
class Beside:
    """What is known of some lines besides what stands in them, by task."""

    asked: Mapping[int, PartRow]
    suspended: Mapping[int, Suspension]
    urgings: Mapping[int, Sequence[Urging]]

    @classmethod
    def of(
        cls, session: Session, rows: Sequence[InboxRow], tab: str, person_id: int, now: datetime
    ) -> Beside:
        """What the lines of a tab need."""
        tasks = [row.task_id for row in rows]
        return cls(
            workflow.asked_by_others(session, rows, person_id),
            workflow.suspensions(session, tasks) if tab == "suspended" else {},
            workflow.urgings(session, person_id, tasks, now) if tab == "done" else {},
        )


def why(row: InboxRow, beside: Beside) -> str:
    """One line that says why a task is in this person's list."""
    marks = [_("代 %(person)s", person=row.instead_of)] if row.instead_of else []
    marks += (
        [_("已催办 %(count)s 次", count=row.urged)] if row.urged and row.state == "open" else []
    )
    return " · ".join([*marks, _reason(row, beside)])


def _reason(row: InboxRow, beside: Beside) -> str:
    if row.state == "suspended":
        return stopped(beside.suspended.get(row.task_id), _short)
    if row.state == workflow.ARCHIVED:
        return _("已归档")
    if row.state != "open":
        return _("已办结")
    if asked := beside.asked.get(row.task_id):
        return _asked(asked)
    if row.why:
        return row.why
    if row.round > 1:
        return _("第 %(round)s 次办理", round=row.round)
    return _("由%(role)s办理", role=role_name(row.role))


def _asked(part: PartRow) -> str:
    """Who wants something of this person, and what (加签, 委派, 协办)."""
    asks = _("%(person)s 请您办理（%(how)s）", person=part.asked_by, how=source_name(part.source))
    return f"{asks}：{_short(part.question)}" if part.question else asks


def stopped(suspension: Suspension | None, told: Callable[[str], str] = str.strip) -> str:
    """Who stopped the process, since when and why (挂起); `told` writes the reason."""
    if suspension is None:
        return _("已挂起，恢复后再办理")
    said = _(
        "%(person)s 于 %(at)s 挂起，恢复后再办理",
        person=suspension.person,
        at=moment(suspension.since),
    )
    return f"{said}：{told(suspension.reason)}" if suspension.reason else said


def _short(text: str) -> str:
    """The beginning of what somebody said, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
