"""Administration of dictionaries (依据, opinion templates) and of the working calendar."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Invalid, NotFound
from engine.people import commands
from engine.people.calendar.commands import set_calendar_day
from engine.people.models import CalendarDay, DictionaryEntry
from engine.work import Work
from forms.admin.changing import Answer, Given, change
from forms.platform import reading
from forms.text import _

blueprint = Blueprint("tables", __name__, template_folder="templates")
DICTIONARIES: dict[str, str] = {
    "basis": "依据",
    "opinion": "意见模板",
    "grade": "评价等级",
    "non_delegable": "不得代理的职责",
}


@blueprint.get("/admin/dictionaries/<name>")
def dictionary(name: str) -> str:
    """The lines of a dictionary."""
    return _dictionary(name, Given(), {})


def _dictionary(name: str, given: Given, problems: dict[str, str]) -> str:
    if name not in DICTIONARIES:
        raise NotFound(_("没有这个字典"))
    with reading() as session:
        found = _lines(session, name)
    return render_template(
        "admin/dictionary.html",
        name=name,
        names=[(key, _(title)) for key, title in DICTIONARIES.items()],
        entries=found,
        given=given,
        problems=problems,
    )


def _lines(session: Session, name: str) -> list[DictionaryEntry]:
    wanted = select(DictionaryEntry).where(DictionaryEntry.dictionary == name)
    return list(session.scalars(wanted.order_by(DictionaryEntry.position, DictionaryEntry.id)))


@blueprint.post("/admin/dictionaries/<name>")
def set_entry(name: str) -> Answer:
    """Add or change a line."""
    form = request.form

    def act(work: Work) -> None:
        if name not in DICTIONARIES:
            raise NotFound(_("没有这个字典"))
        commands.set_dictionary_entry(
            work,
            name,
            form.get("key", "").strip(),
            form.get("text", "").strip(),
            position=int(form["position"]) if form.get("position", "").isdecimal() else 0,
            active=form.get("active", "1") == "1",
        )

    page = url_for("tables.dictionary", name=name)
    return change(act, lambda given, problems: _dictionary(name, given, problems), page)


@blueprint.get("/admin/calendar")
def calendar() -> str:
    """The year's exceptions to the week."""
    return _calendar(Given(), {})


def _calendar(given: Given, problems: dict[str, str]) -> str:
    year = request.args.get("year", clock.local(clock.now()).year, int)
    year = max(2000, min(year, 2100))
    with reading() as session:
        days = list(
            session.scalars(
                select(CalendarDay)
                .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
                .order_by(CalendarDay.day)
            )
        )
    return render_template(
        "admin/calendar.html", year=year, days=days, given=given, problems=problems
    )


@blueprint.post("/admin/calendar")
def set_day() -> Answer:
    """Declare a day off or a make-up working day, or let its weekday decide again."""
    form = request.form

    def act(work: Work) -> None:
        kind = form.get("kind") or None
        set_calendar_day(work, _day(form.get("day", "")), kind, form.get("name", "")[:80])

    year = form.get("day", "")[:4]
    return change(act, _calendar, url_for("tables.calendar", year=year or None))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("请填有效的日期"), field="day") from None
