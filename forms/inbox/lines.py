"""What the inbox says beside each line: why it is here, and how much time is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.clock import local
from engine.people.calendar import Calendar
from engine.workflow.queries import InboxRow
from forms.text import _
from forms.words import role_name


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


def why(row: InboxRow) -> str:
    """One line that says why a task is in this person's list."""
    marks = [_("代 %(person)s", person=row.instead_of)] if row.instead_of else []
    marks += (
        [_("已催办 %(count)s 次", count=row.urged)] if row.urged and row.state == "open" else []
    )
    return " · ".join([*marks, _reason(row)])


def _reason(row: InboxRow) -> str:
    if row.state == "suspended":
        return _("已挂起，恢复后再办理")
    if row.state != "open":
        return _("已办结")
    if row.why:
        return row.why
    if row.round > 1:
        return _("第 %(round)s 次办理", round=row.round)
    return _("由%(role)s办理", role=role_name(row.role))
