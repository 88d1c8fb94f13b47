"""The years whose holiday notices of the State Council are known; the one door to that package."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from chinese_calendar.constants import Holiday, holidays, workdays

from engine.people.calendar.sheet import DayRow

_CHINESE = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True)
class PublishedYear:
    """A year's days off and make-up working days, whole."""

    year: int
    days: tuple[DayRow, ...]
    source: str


def published_years() -> list[PublishedYear]:
    """Every year that the package knows, in order."""
    rows = [DayRow(day, "off", _CHINESE[name]) for day, name in holidays.items()]
    rows += [DayRow(day, "work", f"{_CHINESE[name]}调休") for day, name in workdays.items()]
    by_year: dict[int, list[DayRow]] = {}
    for row in sorted(rows, key=lambda one: one.day):
        by_year.setdefault(row.day.year, []).append(row)
    package = f"chinesecalendar {version('chinesecalendar')}"
    return [
        PublishedYear(
            year, tuple(days), f"国务院办公厅关于{year}年部分节假日安排的通知（{package}）"
        )
        for year, days in sorted(by_year.items())
    ]
