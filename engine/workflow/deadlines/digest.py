"""What nobody is asked for but somebody must know: the leaders' weekly digest, a missing year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import registry
from engine.clock import local
from engine.jobs.schedule import every
from engine.people.models import CalendarYear, Person, RoleAssignment, Unit
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.models import Instance, Task

DAY = 86_400
MONDAY = 0
NAMED = 3
"""Matters that a digest names; the rest is counted."""
NOVEMBER = 11
"""By then the State Council has usually published the next year's holidays (rules.md F.17)."""


@registry.job("workflow.weekly_digest")
def weekly_digest(work: Work, _arg: Mapping[str, Any]) -> None:
    """On Mondays tell each leader in one line what is late in their scope (D.6); else nothing."""
    today = local(work.now).date()
    if today.weekday() != MONDAY:
        return
    for person, path in _holders(work.session, "leader"):
        late = _late(work, path)
        if late:
            named = "；".join(title for title in late[:NAMED])
            rest = f"等 {len(late)} 项" if len(late) > NAMED else f"共 {len(late)} 项"
            text = f"本周逾期事项：{named}，{rest}"
            notify(work, person, f"digest:{today}:{path}", text, "digest:late")


def _holders(session: Session, role: str) -> list[tuple[int, str]]:
    rows = session.execute(
        select(RoleAssignment.person_id, Unit.path)
        .join(Unit, Unit.id == RoleAssignment.unit_id)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(RoleAssignment.role == role, Person.active)
        .order_by(RoleAssignment.id)
    )
    return [(person, path) for person, path in rows]


def _late(work: Work, path: str) -> list[str]:
    """What has been overdue for longest comes first."""
    rows = work.session.execute(
        select(Instance.title, Task.title)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Task.state == "open", Task.due_at < work.now, Task.unit_path.startswith(path))
        .order_by(Task.due_at)
        .limit(1000)
    )
    return [f"{about}（{title}）" for about, title in rows]


@registry.job("workflow.check_calendar")
def check_calendar(work: Work, _arg: Mapping[str, Any]) -> None:
    """Tell the administrators once of each year reckoned with and not yet entered."""
    for year in _missing(work):
        text = f"{year} 年的放假安排还没有录入，期限按周末暂估；请在“工作日历”中导入"
        for person, _path in _holders(work.session, "administrator"):
            notify(work, person, f"calendar-missing:{year}", text, "calendar:1")


def _missing(work: Work) -> list[int]:
    """The present year, from November the next, and every year an estimated date lies in."""
    today = local(work.now).date()
    wanted = {today.year} | ({today.year + 1} if today.month >= NOVEMBER else set())
    first, last = work.session.execute(
        select(func.min(Task.due_at), func.max(Task.due_at)).where(
            Task.state == "open", Task.due_estimated
        )
    ).one()
    if first is not None and last is not None:
        wanted |= set(range(local(first).year, local(last).year + 1))
    known = set(work.session.scalars(select(CalendarYear.year)))
    return sorted(wanted - known)


every(DAY, "workflow.weekly_digest")
every(DAY, "workflow.check_calendar")
