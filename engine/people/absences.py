"""Absences: who is away, and who acts for them meanwhile (代理, rules.md F.13).

Nothing is moved: an open item is shown to whoever stands in at the moment it is looked at, so that
what they left untouched is the returned person's again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.clock import SHANGHAI, local
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries
from engine.people.models import Absence, Person
from engine.people.notices import notify
from engine.people.policy import covers
from engine.sentences import Sentence
from engine.work import Work

KEPT_BY = "non_delegable"
"""The dictionary whose keys name the duties that nobody bears for another: `role:duty`."""
DEFAULT_KEPT = frozenset({("performance_office", "final"), ("expert", "review")})
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Away:
    """A period in which a person is away and another stands in, as the rules look at it."""

    person_id: int
    delegate_id: int
    from_at: datetime
    to_at: datetime

    def meets(self, other: Away) -> bool:
        """Whether the two periods have a moment in common; the end belongs to neither."""
        return self.from_at < other.to_at and other.from_at < self.to_at


def whole_days(first: date, last: date) -> tuple[datetime, datetime]:
    """From midnight of the first day to midnight after the last, on Shanghai's clocks."""
    midnight = time(0, 0, tzinfo=SHANGHAI)
    return datetime.combine(first, midnight), datetime.combine(last + timedelta(days=1), midnight)


def why_not(wanted: Away, others: Iterable[Away], now: datetime) -> Sentence | None:
    """Why the absence cannot be, beside those there are, or None.

    One at a time for each person, and no delegation of a delegation: who stands in for somebody is
    there, and who is away stands in for nobody.
    """
    if wanted.delegate_id == wanted.person_id:
        return Sentence("代理人不能是本人")
    if wanted.to_at <= wanted.from_at:
        return Sentence("结束应晚于开始")
    if wanted.to_at <= now:
        return Sentence("结束时间已经过去")
    if wanted.to_at - wanted.from_at > LONGEST:
        return Sentence("代理期限最长一年")
    meeting = [one for one in others if one.meets(wanted)]
    if any(one.person_id == wanted.person_id for one in meeting):
        return Sentence("这段时间已有代理安排，请先结束原来的安排")
    if any(one.person_id == wanted.delegate_id for one in meeting):
        return Sentence("代理人在这段时间也不在岗，请另选代理人")
    if any(one.delegate_id == wanted.person_id for one in meeting):
        return Sentence("这段时间正代理他人，不能再转由别人代理；请先结束那项代理")
    return None


def declare_absence(
    work: Work,
    person_id: int,
    delegate_id: int,
    from_at: datetime,
    to_at: datetime,
    *,
    scope: Collection[str] = (),
    reason: str = "",
) -> Absence:
    """Say that a person is away and who acts for them, in the processes of `scope` (none: in all).

    People declare their own; an administrator, or the 绩效专员 of their unit, that of others, with
    a reason.
    """
    person, delegate = _lock(work.session, person_id, delegate_id)
    _check_declarer(work, person, reason)
    if not delegate.active:
        raise Invalid("代理人的账号已停用", field="delegate")
    wanted = Away(person_id, delegate_id, max(from_at, work.now), to_at)
    refusal = why_not(wanted, _standing(work.session, wanted, work.now), work.now)
    if refusal:
        raise Invalid(refusal, field="delegate" if "代理人" in refusal else "to")
    absence = Absence(
        person_id=person_id,
        delegate_id=delegate_id,
        from_at=wanted.from_at,
        to_at=to_at,
        scope=sorted(scope),
        reason=reason.strip()[:300],
        created_by=work.actor.name,
        created_at=work.now,
    )
    work.session.add(absence)
    work.session.flush()
    _record(work, "absence.declared", absence, person, delegate)
    until = f"{local(from_at):%m-%d %H:%M} 至 {local(to_at):%m-%d %H:%M}"
    _tell(work, absence, delegate_id, f"请您代理{person.name}办理事项：{until}")
    _tell(work, absence, person_id, f"已为您设定代理人{delegate.name}：{until}")
    return absence


def end_absence(work: Work, absence_id: int, reason: str = "") -> Absence:
    """Let a person be there again before the declared end, or withdraw what has not begun."""
    absence = work.session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
    if absence is None:
        raise NotFound("没有这项代理")
    person, delegate = _lock(work.session, absence.person_id, absence.delegate_id)
    _check_declarer(work, person, reason)
    if absence.ended_at is not None or absence.to_at <= work.now:
        raise Conflict("这项代理已经结束")
    absence.ended_at = work.now
    _record(work, "absence.ended", absence, person, delegate)
    _tell(work, absence, delegate.id, f"您对{person.name}的代理已结束")
    return absence


def _lock(session: Session, person_id: int, delegate_id: int) -> tuple[Person, Person]:
    """Both persons under their locks, so that two who name each other come one after the other."""
    ids = sorted({person_id, delegate_id})
    rows = session.scalars(
        select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    )
    found = {one.id: one for one in rows}
    if len(found) < len(ids):
        raise NotFound("没有这个人员")
    return found[person_id], found[delegate_id]


def _check_declarer(work: Work, person: Person, reason: str) -> None:
    if work.actor.id == person.id:
        return
    if work.actor.id is None or not may_declare_for(work.session, work.actor.id, person):
        raise Forbidden("只有本人、本单位绩效专员或系统管理员可以设定代理")
    if not reason.strip():
        raise Invalid("为他人设定或结束代理应写明原因", field="reason")


def may_declare_for(session: Session, actor_id: int, person: Person) -> bool:
    """Whether somebody may declare a person's absence: themselves, who keeps their unit."""
    path = queries.unit(session, person.unit_id).path
    keepers = ("administrator", "performance_officer")
    return actor_id == person.id or covers(queries.grants(session, actor_id), keepers, path)


def _standing(session: Session, wanted: Away, now: datetime) -> list[Away]:
    both = (wanted.person_id, wanted.delegate_id)
    rows = session.scalars(
        select(Absence).where(
            or_(Absence.person_id.in_(both), Absence.delegate_id.in_(both)),
            Absence.ended_at.is_(None),
            Absence.to_at > now,
        )
    )
    return [Away(one.person_id, one.delegate_id, one.from_at, one.to_at) for one in rows]


def _record(work: Work, kind: str, one: Absence, person: Person, delegate: Person) -> None:
    facts = {
        "person": person.name,
        "delegate": delegate.name,
        "from": one.from_at,
        "to": one.to_at,
        "scope": one.scope,
        "reason": one.reason,
    }
    work.record(kind, f"person:{person.id}", f"unit:{person.unit_id}", facts)


def _tell(work: Work, one: Absence, person_id: int, text: str) -> None:
    if person_id != work.actor.id:
        ended = ":ended" if one.ended_at else ""
        notify(work, person_id, f"absence:{one.id}{ended}", text, f"absence:{one.id}")


# --- who stands in for whom


def delegate_of(session: Session, person_id: int, process: str, now: datetime) -> int | None:
    """Who acts for a person in a process at `now`; None if they are there themselves."""
    rows = session.execute(
        select(Absence.delegate_id, Absence.scope)
        .where(
            Absence.person_id == person_id,
            Absence.from_at <= now,
            Absence.to_at > now,
            Absence.ended_at.is_(None),
        )
        .order_by(Absence.id)
    )
    return next((one for one, scope in rows if not scope or process in scope), None)


def absences(session: Session, person_ids: Collection[int] | None = None) -> list[Absence]:
    """Absences of persons (None: of all) or in which they stand in, newest first."""
    wanted = select(Absence).order_by(Absence.id.desc()).limit(200)
    if person_ids is not None:
        mine = Absence.person_id.in_(person_ids), Absence.delegate_id.in_(person_ids)
        wanted = wanted.where(or_(*mine))
    return list(session.scalars(wanted))


def is_delegable(session: Session, role: str, duty: str) -> bool:
    """Whether somebody may bear this duty of a role for another (an administrator's dictionary)."""
    return (role, duty) not in kept_duties(session)


def kept_duties(session: Session) -> frozenset[tuple[str, str]]:
    """The (role, duty) that nobody may bear for another."""
    lines = queries.dictionary(session, KEPT_BY)
    if not lines:
        return frozenset(DEFAULT_KEPT)
    pairs = (one.key.partition(":") for one in lines)
    return frozenset((role, duty) for role, _colon, duty in pairs)
