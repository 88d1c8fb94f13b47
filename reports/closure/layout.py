"""The rows of the official form with their merged cells, and the sums that the report prints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from reports.charts import Bar
from reports.closure.record import BudgetRow, ClosureRecord, IndicatorRow
from reports.figures import points


@dataclass(frozen=True)
class FormRow:
    """One printed indicator row; a span of 0 means that the cell above covers this one."""

    indicator: IndicatorRow
    span1: int
    span2: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class YearRows:
    """The funding lines of one fiscal year."""

    year: int
    rows: tuple[BudgetRow, ...]


def form_rows(indicators: Sequence[IndicatorRow], breaks: Collection[int] = ()) -> list[FormRow]:
    """Neighbouring rows of the same 一级 and 二级 share one merged cell (B.3).

    `breaks` are the rows with which a new page begins: there the merged cells begin anew, so that
    every page names its levels.
    """
    outer = _spans(indicators, breaks, lambda row: (row.level1,))
    inner = _spans(indicators, breaks, lambda row: (row.level1, row.level2))
    return [
        FormRow(row, span1, span2, notes(row))
        for row, span1, span2 in zip(indicators, outer, inner, strict=True)
    ]


def notes(row: IndicatorRow) -> tuple[str, ...]:
    """The deviation's reason, why the accepted score is not the computed one, and the flags."""
    said = [row.deviation_reason] if row.deviation_reason else []
    if row.proposed is not None and row.accepted != row.proposed:
        why = f"：{row.reason}" if row.reason else ""
        said.append(f"测算得分 {points(row.proposed)}，审定 {points(row.accepted)}{why}")
    elif row.reason:
        said.append(row.reason)
    return (*(text.rstrip("。；") for text in said), *(f"〔{flag}〕" for flag in row.flags))


def budget_years(budget: Sequence[BudgetRow]) -> list[YearRows]:
    """The funding lines grouped by year, in the order given."""
    return [YearRows(year, tuple(rows)) for year, rows in groupby(budget, lambda row: row.year)]


def level1_bars(record: ClosureRecord) -> list[Bar]:
    """Score within weight of each level-1 group, 预算执行 first, in the form's order."""
    bars: dict[str, tuple[Decimal, Decimal]] = {}
    for row in record.budget:
        if row.total and row.weight is not None:
            _add(bars, "预算执行", row.score, row.weight)
    for indicator in record.indicators:
        if indicator.weight is not None:
            _add(bars, indicator.level1, indicator.accepted, indicator.weight)
    return [Bar(label, score, weight) for label, (score, weight) in bars.items()]


def whole_weight(record: ClosureRecord) -> Decimal | None:
    """The sum of all weights, a hundred in a sound form; `None` if nothing is weighted."""
    bars = level1_bars(record)
    return _sum(bar.against for bar in bars) if bars else None


def money_totals(budget: Iterable[BudgetRow]) -> list[Bar]:
    """Initial, adjusted and executed amounts, summed over the total lines, in 元."""
    totals = [row for row in budget if row.total]
    return [
        Bar("年初预算", _sum(row.initial for row in totals)),
        Bar("调整后预算", _sum(row.adjusted for row in totals)),
        Bar("实际执行", _sum(row.executed for row in totals)),
    ]


def losses(indicators: Iterable[IndicatorRow]) -> list[IndicatorRow]:
    """The indicators that did not get all their points, worst first."""
    short = [(_loss(row), row) for row in indicators if _loss(row) > 0]
    return [row for _, row in sorted(short, key=lambda pair: -pair[0])]


def _loss(row: IndicatorRow) -> Decimal:
    if row.weight is None or row.accepted is None:
        return Decimal(0)
    return row.weight - row.accepted


def _add(
    bars: dict[str, tuple[Decimal, Decimal]], label: str, score: Decimal | None, weight: Decimal
) -> None:
    old_score, old_weight = bars.get(label, (Decimal(0), Decimal(0)))
    bars[label] = (old_score + (score or Decimal(0)), old_weight + weight)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _spans(
    rows: Sequence[IndicatorRow],
    breaks: Collection[int],
    key: Callable[[IndicatorRow], tuple[str, ...]],
) -> list[int]:
    spans: list[int] = []
    first = 0
    for i, row in enumerate(rows):
        if i and i not in breaks and key(row) == key(rows[i - 1]):
            spans[first] += 1
            spans.append(0)
        else:
            first = i
            spans.append(1)
    return spans
