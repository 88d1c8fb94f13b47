"""Points and stretches of the calendar as forms print them: 2023年12月, 11月底前, 2022年底之前."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from typing import Final

_YEAR = r"(?P<y>(?:19|20)\d{2})"
_MONTH = r"(?P<m>1[0-2]|0?[1-9])"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9])"
_PART = r"(?P<part>上旬|中旬|下旬|底|末|初|中(?!心))?"
_FORMS: Final = (
    rf"{_YEAR}年{_MONTH}月{_DAY}[日号]?",
    rf"{_YEAR}(?P<sep>[-/.]){_MONTH}(?P=sep){_DAY}(?!\d)日?",
    rf"{_YEAR}年{_MONTH}月(?:份)?{_PART}",
    rf"{_YEAR}年?度?第?(?P<q>[1-4一二三四])季度",
    rf"{_YEAR}年?q(?P<q>[1-4])",
    rf"{_YEAR}年(?:度)?(?P<half>上|下)半年",
    rf"{_YEAR}年(?:度)?{_PART}(?:内|全年)?",
    rf"{_MONTH}月{_DAY}[日号]",
    rf"(?<![\d.]){_MONTH}月(?:份)?{_PART}",
    r"第?(?P<q>[1-4])季度",
)
_TIME_LIKE: Final = (
    rf"{_YEAR}\.{_MONTH}(?!\d)",
    rf"(?<!\d){_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
)
_YEAR_SPAN = re.compile(r"(?<!\d)(?:19|20)\d{2}年?[-~至到—–](?=(?:19|20)\d{2}年)")
_MONTH_SPAN = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月?[-~至到—–](?=(?:1[0-2]|0?[1-9])月)")
_DASHED = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/](1[0-2]|0?[1-9])(?![\d%./-])")
_CLOCK = re.compile(r"[t ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?z?$")
_LAST_DAY = {"上旬": 10, "中旬": 20, "中": 20, "初": 10}
_FIRST_DAY = {"中旬": 11, "下旬": 21, "中": 11, "底": 21, "末": 21}
_QUARTERS = {sign: n for n, sign in enumerate("一二三四", 1)} | {str(n): n for n in range(1, 5)}


@dataclass(frozen=True)
class Period:
    """A stretch of days, first and last as (month, day); `year` is None where none was printed."""

    year: int | None
    first: tuple[int, int]
    last: tuple[int, int]
    first_year: int | None = None

    def end(self, year: int) -> tuple[int, int, int]:
        """The last day, in `year` where the text names none."""
        return (self.year or year, *self.last)

    def start(self, year: int) -> tuple[int, int, int]:
        """The first day, in `year` where the text names none."""
        return (self.first_year or self.year or year, *self.first)


def find_periods(text: str, *, time_like: bool = False) -> tuple[list[Period], str]:
    """All dates in a normalised text, and the text without them.

    `time_like` also reads 2023.12 and 20231231, which are figures anywhere but in a time row.
    """
    text = _DASHED.sub(lambda found: f"{found[1]}年{found[2]}月", text)
    found_at: list[tuple[int, Period]] = []
    for form in (*_FORMS, *(_TIME_LIKE if time_like else ())):
        for found in list(re.finditer(form, text)):
            found_at.append((found.start(), _period(found)))
            blank = "\0" * (found.end() - found.start())
            text = text[: found.start()] + blank + text[found.end() :]
    rest = _MONTH_SPAN.sub("", text) if found_at else text
    return [period for _, period in sorted(found_at, key=lambda at: at[0])], rest.replace("\0", "")


def read_period(text: str, *, time_like: bool = False) -> Period | None:
    """The one stretch of time that a cell names, or None when it also holds other figures."""
    text = _YEAR_SPAN.sub("", _CLOCK.sub("", text))
    spanned = _MONTH_SPAN.search(text)
    if spanned is not None:
        text = text[: spanned.start()] + text[spanned.end() :]
    periods, rest = find_periods(text, time_like=time_like)
    if not periods or re.search(r"\d", rest):
        return None
    first, last = periods[0], periods[-1]
    year = last.year or first.year
    start = (int(spanned[1]), 1) if spanned else first.first
    return replace(last, year=year, first=start, first_year=first.year or year)


def later(period: Period, deadline: Period, year: int | None) -> bool | None:
    """Whether a period ends after a deadline's end; None when it merely overlaps that day.

    A year printed on one side only is taken for both, else the table's `year`.
    """
    common = year or period.year or deadline.year or 2000
    limit = deadline.end(common if deadline.year or year else period.year or common)
    fallback = year or deadline.year or common
    if period.end(fallback) <= limit:
        return False
    return None if period.start(fallback) <= limit else True


def _period(found: re.Match[str]) -> Period:
    named = found.groupdict()
    year = int(named["y"]) if named.get("y") else None
    if named.get("m"):
        first, last = _within_month(year, int(named["m"]), named.get("d"), named.get("part"))
    elif named.get("q"):
        month = 3 * _QUARTERS[named["q"]]
        first, last = (month - 2, 1), (month, _days(year, month))
    elif named.get("half"):
        first, last = ((1, 1), (6, 30)) if named["half"] == "上" else ((7, 1), (12, 31))
    else:
        first, last = _within_year(named.get("part"))
    return Period(year, first, last)


def _within_month(
    year: int | None, month: int, day: str | None, part: str | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    longest = _days(year, month)
    if day:
        exact = min(int(day), longest)
        return (month, exact), (month, exact)
    first, last = _FIRST_DAY.get(part or "", 1), _LAST_DAY.get(part or "", longest)
    return (month, first), (month, last)


def _within_year(part: str | None) -> tuple[tuple[int, int], tuple[int, int]]:
    if part in ("底", "末"):
        return (12, 1), (12, 31)
    if part == "初":
        return (1, 1), (3, 31)
    if part == "中":
        return (5, 1), (7, 31)
    return (1, 1), (12, 31)


def _days(year: int | None, month: int) -> int:
    return calendar.monthrange(year or 2000, month)[1]
