"""The page on which absences are declared and ended."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Invalid
from engine.people import absences
from engine.people.models import Absence, Person, Unit
from engine.people.policy import covers
from engine.people.sessions import SignedIn
from engine.work import Work
from engine.workflow.models import Deployment
from forms.admin.changing import Answer, Given, change
from forms.choosing import SOUGHT, Choice, choose_from
from forms.platform import me, reading
from forms.text import _

blueprint = Blueprint("absences", __name__, template_folder="templates")
KEEPERS = ("administrator", "performance_officer")


@blueprint.get("/absences")
def index() -> str:
    """One's own absences, those one stands in for, and those of people one keeps."""
    return _page(Given(), {})


def _page(given: Given, problems: dict[str, str], ending: int = 0) -> str:
    """`ending` is the absence that somebody has just tried to end."""
    person, now = me(), clock.now()
    with reading() as session:
        everybody = _everybody(session)
        kept = [id_ for id_, (_name, path) in everybody.items() if _keeps(person, path)]
        found = absences.absences(session, [person.id, *kept])
        processes = _processes(session)
        absent = _absent(session, given, {person.id, *kept}) if set(kept) - {person.id} else None
        delegates = _delegates(session, given)
    rows = [
        {
            "absence": one,
            "person": everybody[one.person_id][0],
            "delegate": everybody[one.delegate_id][0],
            "state": _state(one, now),
            "mine": one.person_id == person.id,
            "ends": one.ended_at is None
            and one.to_at > now
            and (one.person_id == person.id or one.person_id in kept),
            "scope": "、".join(processes.get(key, key) for key in one.scope),
        }
        for one in found
    ]
    return render_template(
        "absences/index.html",
        rows=rows,
        absent=absent,
        delegates=delegates,
        ending=ending,
        processes=processes,
        today=clock.local(now).date(),
        given=given,
        problems=problems,
    )


def _absent(session: Session, given: Given, kept: set[int]) -> Choice:
    """Whose absence can be declared: oneself first, then those whose unit one keeps."""
    chosen = [_number(given.get("person", "")) or me().id]
    told = _("不归您管理")
    return choose_from(
        session,
        chosen,
        given.get("q-person", "").strip()[:SOUGHT],
        lambda one: None if one in kept else told,
        [me().id],
    )


def _delegates(session: Session, given: Given) -> Choice:
    """Who may stand in: anybody but the absent person; the command looks at the period."""
    absent, chosen = _number(given.get("person", "")) or me().id, _number(given.get("delegate", ""))
    told = _("是不在岗的本人")
    return choose_from(
        session,
        [chosen] if chosen else [],
        given.get("q-delegate", "").strip()[:SOUGHT],
        lambda one: told if one == absent else None,
    )


def _everybody(session: Session) -> dict[int, tuple[str, str]]:
    """Who may be chosen: name with unit, and the unit's path; those who have left come last."""
    rows = session.execute(
        select(Person.id, Person.name, Person.active, Unit.name, Unit.path)
        .join(Unit, Unit.id == Person.unit_id)
        .order_by(Person.active.desc(), Unit.path, Person.id)
    )
    return {
        id_: (f"{name}（{unit}）" if active else _("%(name)s（已停用）", name=name), path)
        for id_, name, active, unit, path in rows
    }


def _keeps(person: SignedIn, path: str) -> bool:
    return covers(person.grants, KEEPERS, path)


def _processes(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(Deployment.process, Deployment.name).order_by(Deployment.process, Deployment.id)
    )
    return dict(rows.all())


def _state(one: Absence, now: datetime) -> str:
    if one.ended_at is not None:
        return _("已提前结束")
    if one.to_at <= now:
        return _("已结束")
    return _("代理中") if one.from_at <= now else _("未开始")


@blueprint.post("/absences")
def declare() -> Answer:
    """Declare an absence of one's own, or of somebody one keeps."""
    form = request.form
    if "_search" in form:
        return _page(form, {})

    def act(work: Work) -> None:
        who = _number(form.get("person", "")) if form.get("person") else me().id
        delegate, first, last = _number(form.get("delegate", "")), _day("from"), _day("to")
        if who is None or delegate is None or first is None or last is None or last < first:
            raise _refused(who, delegate, first, last)
        absences.declare_absence(
            work,
            who,
            delegate,
            *absences.whole_days(first, last),
            scope=form.getlist("scope"),
            reason=form.get("reason", ""),
        )

    return change(act, _page, url_for("absences.index"))


@blueprint.post("/absences/<int:number>/end")
def end(number: int) -> Answer:
    """End one before its time."""
    reason = request.form.get("end_reason", "")

    def page(given: Given, problems: dict[str, str]) -> str:
        there = {"reason": f"reason-{number}"}  # the field beside the absence
        told = {there.get(name, name): problem for name, problem in problems.items()}
        return _page(given, told, number)

    return change(
        lambda work: absences.end_absence(work, number, reason), page, url_for("absences.index")
    )


def _refused(
    who: int | None, delegate: int | None, first: date | None, last: date | None
) -> Invalid:
    """All that is missing or wrong in what was declared, each beside its field."""
    days = {"from": first, "to": last}
    problems = {
        name: _("请选择人员")
        for name, number in (("person", who), ("delegate", delegate))
        if number is None
    }
    problems |= {name: _("请填有效的日期") for name, day in days.items() if day is None}
    if first and last and last < first:
        problems["to"] = _("结束日期不能早于开始日期")
    if who != me().id and not request.form.get("reason", "").strip():
        problems["reason"] = _("为他人设定代理应写明原因")
    return Invalid("；".join(problems.values()), problems=problems)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _day(field: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        return None
