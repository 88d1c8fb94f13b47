"""A year's holidays as lines of text: `2027-01-01,休,元旦` and `2027-02-07,班,春节`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.sentences import Sentence

KINDS = {"休": "off", "班": "work", "放假": "off", "上班": "work", "补班": "work"} | {
    "off": "off",
    "work": "work",
}
WEEKDAYS = "一二三四五六日"
LONGEST = 2000
"""Lines at most."""
_SPLIT = re.compile(r"[,，\t;；]")
_HEADS = frozenset({"日期", "date", "day"})


@dataclass(frozen=True)
class DayRow:
    """A day that differs from its weekday: `off`, or `work` (调休上班)."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True)
class Sheet:
    """What a text says: rows in the order of days, or by line number (from 1) what is wrong."""

    rows: tuple[DayRow, ...]
    problems: Mapping[int, str]

    @property
    def years(self) -> tuple[int, ...]:
        """The years it speaks of."""
        return tuple(sorted({row.day.year for row in self.rows}))


def read_sheet(text: str) -> Sheet:
    """Read lines of day, 休 or 班, and name; empty lines, a heading and `#` remarks are passed."""
    rows: dict[date, DayRow] = {}
    problems: dict[int, str] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if number > LONGEST:
            problems[number] = Sentence("最多 {most} 行", most=LONGEST)
            break
        cells = [cell.strip().strip('"') for cell in _SPLIT.split(line)]
        if not line.strip() or line.lstrip().startswith("#") or cells[0].lower() in _HEADS:
            continue
        read = _row(cells)
        if isinstance(read, str):
            problems[number] = read
        elif read.day in rows:
            problems[number] = Sentence("{day} 重复", day=read.day)
        else:
            rows[read.day] = read
    return Sheet(tuple(rows[day] for day in sorted(rows)), problems)


def _row(cells: list[str]) -> DayRow | str:
    """The row that a line's cells make, or what is wrong with them."""
    if len(cells) not in (2, 3):
        return Sentence("每行应为：日期,休或班,名称")
    day, kind = _day(cells[0]), KINDS.get(cells[1])
    if day is None:
        return Sentence("“{text}”不是有效的日期，应写作 2027-01-01", text=cells[0])
    if kind is None:
        return Sentence("“{text}”应为“休”或“班”", text=cells[1])
    if kind == "work" and day.weekday() < 5:
        return Sentence(
            "{day} 是星期{weekday}，本来就要上班",
            day=day,
            weekday=WEEKDAYS[day.weekday()],
        )
    name = cells[2] if len(cells) == 3 else ""
    return DayRow(day, kind, name) if len(name) <= 80 else Sentence("名称不超过 80 字")


def _day(text: str) -> date | None:
    matched = re.fullmatch(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    if matched is None:
        return None
    try:
        return date(int(matched[1]), int(matched[2]), int(matched[3]))
    except ValueError:
        return None


@dataclass(frozen=True)
class Difference:
    """What taking a sheet would change: days new, days gone, days told otherwise (was, will be)."""

    added: tuple[DayRow, ...]
    removed: tuple[DayRow, ...]
    changed: tuple[tuple[DayRow, DayRow], ...]

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.removed or self.changed)


def compare(kept: Iterable[DayRow], sheet: Sheet) -> Difference:
    """How the sheet's years differ from what is kept of them."""
    before = {row.day: row for row in kept if row.day.year in sheet.years}
    after = {row.day: row for row in sheet.rows}
    return Difference(
        added=tuple(row for day, row in after.items() if day not in before),
        removed=tuple(row for day, row in sorted(before.items()) if day not in after),
        changed=tuple(
            (before[day], row) for day, row in after.items() if day in before and before[day] != row
        ),
    )
