"""Figures, dates and charts as paper prints them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from reports import charts, figures
from reports.charts import Bar


@pytest.mark.parametrize(
    ("amount", "unit", "printed"),
    [
        ("36950000", "元", "36,950,000.00"),
        ("36950000", "万元", "3,695.00"),
        ("0", "元", "0.00"),
        ("-1234.565", "元", "-1,234.57"),
        (None, "万元", "—"),
    ],
)
def test_money_has_thousands_two_decimals_and_a_dash_for_empty(
    amount: str | None, unit: str, printed: str
) -> None:
    assert figures.money(None if amount is None else Decimal(amount), unit) == printed


@pytest.mark.parametrize(
    ("score", "printed"),
    [("10", "10"), ("8.62", "8.62"), ("2.80", "2.8"), ("100", "100"), ("0", "0"), (None, "—")],
)
def test_points_have_no_needless_zeros(score: str | None, printed: str) -> None:
    assert figures.points(None if score is None else Decimal(score)) == printed


def test_rates_are_percentages_with_two_decimals() -> None:
    assert figures.percent(Decimal("0.8618")) == "86.18%"
    assert figures.percent(None) == "—"


def test_days_and_minutes_are_those_of_the_district() -> None:
    late = datetime(2026, 3, 1, 17, 5, tzinfo=UTC)
    assert figures.day(late) == "2026年3月2日"
    assert figures.minute(late) == "2026-03-02 01:05"
    assert figures.day(date(2026, 3, 1)) == "2026年3月1日"
    assert figures.day(None) == "—"


def test_a_span_of_years_names_first_and_last() -> None:
    assert figures.years((2026,)) == "2026年度"
    assert figures.years((2026, 2024, 2025)) == "2024—2026年度"
    assert figures.years(()) == "—"


def _widths(svg: str) -> list[float]:
    root = etree.fromstring(svg.encode())
    return [float(item.get("width", "0")) for item in root.iter("{http://www.w3.org/2000/svg}rect")]


def test_money_bars_share_one_scale_from_zero() -> None:
    bars = [Bar("年初", Decimal(200)), Bar("调整", Decimal(400)), Bar("执行", Decimal(0))]
    initial, adjusted, executed = _widths(charts.money_bars(bars))
    assert adjusted == pytest.approx(2 * initial, abs=0.2)
    assert executed == 0


def test_a_score_bar_never_leaves_its_weight() -> None:
    whole, part = _widths(charts.score_bars([Bar("产出", Decimal(60), Decimal(50))]))
    assert part == whole


def test_charts_say_their_figures_to_a_reader() -> None:
    svg = charts.money_bars([Bar("年初", Decimal(12345))])
    assert "年初 12,345.00 元" in (etree.fromstring(svg.encode()).findtext("{*}desc") or "")


@pytest.mark.parametrize("score", [None, Decimal(0), Decimal("66.6"), Decimal(100), Decimal(120)])
def test_the_ring_can_be_drawn_for_any_score(score: Decimal | None) -> None:
    assert etree.fromstring(charts.score_ring(score, "良").encode()) is not None


def test_empty_charts_are_still_charts() -> None:
    assert etree.fromstring(charts.money_bars([]).encode()) is not None
    assert etree.fromstring(charts.score_bars([]).encode()) is not None


def test_labels_cannot_break_out() -> None:
    svg = charts.score_bars([Bar("<script>\x00", Decimal(1), Decimal(2))])
    assert etree.fromstring(svg.encode()).find(".//{*}script") is None
