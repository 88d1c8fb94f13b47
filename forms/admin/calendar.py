"""Administration of the working calendar: a year's holidays, units' own days, office hours."""

from __future__ import annotations

from datetime import date, time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Invalid
from engine.people import queries
from engine.people.calendar import Hours
from engine.people.calendar.commands import (
    import_years,
    set_calendar_day,
    set_hours,
    set_special_day,
)
from engine.people.calendar.sheet import DayRow, Sheet, compare, read_sheet
from engine.people.models import CalendarDay, CalendarYear, SpecialDay, Unit, UnitHours
from engine.work import Work
from forms.admin.changing import Answer, Given, change, number
from forms.platform import acting, me, reading
from forms.text import _

blueprint = Blueprint("calendar", __name__, template_folder="templates")
HOURS = ("opens", "lunch_from", "lunch_to", "closes", "quiet_from", "quiet_to")
LARGEST = 200_000
"""Characters of a sheet."""


@blueprint.get("/admin/calendar")
def index() -> str:
    """The year's exceptions to the week, the units' own, and the office hours."""
    return _page(Given(), {})


def _page(given: Given, problems: dict[str, str], sheet: Sheet | None = None) -> str:
    present = sheet.years[0] if sheet and sheet.years else clock.local(clock.now()).year
    year = request.args.get("year", present, int)
    year = max(2000, min(year, 2100))
    first, last = date(year, 1, 1), date(year, 12, 31)
    with reading() as session:
        units = queries.units(session)
        page = {
            "days": session.scalars(
                select(CalendarDay)
                .where(CalendarDay.day.between(first, last))
                .order_by(CalendarDay.day)
            ).all(),
            "special": session.execute(
                select(SpecialDay, Unit.name)
                .join(Unit, Unit.id == SpecialDay.unit_id)
                .where(SpecialDay.day.between(first, last))
                .order_by(SpecialDay.day, Unit.path)
            ).all(),
            "published": session.get(CalendarYear, year),
            "hours": session.execute(
                select(UnitHours, Unit.name).join(Unit).order_by(Unit.path)
            ).all(),
            "difference": compare(_kept(session, sheet), sheet) if sheet else None,
        }
    return render_template(
        "admin/calendar.html",
        year=year,
        usual=Hours(),
        units=[(one.id, "　" * (one.path.count("/") - 2) + one.name) for one in units],
        given=given,
        problems=problems,
        sheet=sheet,
        **page,
    )


def _kept(session: Session, sheet: Sheet) -> list[DayRow]:
    if not sheet.years:
        return []
    within = CalendarDay.day.between(date(sheet.years[0], 1, 1), date(sheet.years[-1], 12, 31))
    rows = session.scalars(select(CalendarDay).where(within))
    return [DayRow(row.day, row.kind, row.name) for row in rows]


@blueprint.post("/admin/calendar")
def set_day() -> Answer:
    """Declare a day off or a make-up working day, for all or a unit, or withdraw that."""
    form = request.form

    def act(work: Work) -> None:
        day, kind, name = _day(form.get("day", "")), form.get("kind") or None, form.get("name", "")
        if form.get("unit"):
            set_special_day(work, number("unit"), day, kind, name.strip())
        else:
            set_calendar_day(work, day, kind, name.strip())

    year = form.get("day", "")[:4]
    return change(act, _page, url_for("calendar.index", year=year or None))


@blueprint.post("/admin/calendar/preview")
def preview() -> Answer:
    """Show what a pasted or uploaded sheet would change, and which of its lines are wrong."""
    text = _sheet_text()
    sheet = read_sheet(text)
    given = Given(request.form)
    given["sheet"] = text
    problems = _problems(sheet)
    return _page(given, problems, sheet), 422 if problems else 200


def _sheet_text() -> str:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return request.form.get("sheet", "")[:LARGEST]
    content: bytes = upload.read(LARGEST)
    for encoding in ("utf-8-sig", "gb18030"):  # what spreadsheets save
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def _problems(sheet: Sheet) -> dict[str, str]:
    wrong = [_("第 %(line)s 行：%(problem)s", line=n, problem=p) for n, p in sheet.problems.items()]
    if not wrong and not sheet.rows:
        wrong = [_("没有可导入的日期")]
    more = _("……另有 %(count)s 行有误", count=len(wrong) - 9)
    told = wrong if len(wrong) <= 10 else [*wrong[:9], more]
    return {"sheet": "；".join(told)} if told else {}


@blueprint.post("/admin/calendar/import")
def take_in() -> Answer | Response:
    """Take a sheet in; nothing of it when one of its lines is wrong."""
    sheet = read_sheet(request.form.get("sheet", ""))
    problems = _problems(sheet)
    if problems:
        return _page(request.form, problems, sheet), 422
    with acting() as work:
        years = import_years(work, sheet.rows, _("由%(name)s导入", name=me().name))
    told = "、".join(str(year) for year in years)
    flash(_("已导入 %(years)s 年的放假安排，暂估的期限正在重新计算", years=told))
    return redirect(url_for("calendar.index", year=years[0]), 303)


@blueprint.post("/admin/calendar/hours")
def hours() -> Answer:
    """Give a unit its office hours, or let those of the unit above hold again."""

    def act(work: Work) -> None:
        unit = number("unit")
        if request.form.get("own") == "0":
            return set_hours(work, unit, None)
        return set_hours(work, unit, Hours(*(_wall(name) for name in HOURS)))

    return change(act, _page, url_for("calendar.index"))


def _wall(name: str) -> time:
    try:
        return time.fromisoformat(request.form.get(name, "")).replace(tzinfo=None)
    except ValueError:
        raise Invalid(_("请填写时间，如 09:00"), field=name) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("请填有效的日期"), field="day") from None
