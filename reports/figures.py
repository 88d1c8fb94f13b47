"""How figures and dates are printed on official paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from engine.clock import local

EMPTY = "—"
_CENT = Decimal("0.01")
_DIVISORS = {"元": Decimal(1), "万元": Decimal(10_000)}


def money(amount: Decimal | None, unit: str = "元") -> str:
    """An amount in 元 printed in `unit` with thousands separators and two decimals; empty is —."""
    if amount is None:
        return EMPTY
    return f"{_round(amount / _DIVISORS[unit]):,.2f}"


def points(score: Decimal | None) -> str:
    """A score or a weight without needless zeros: 10, 8.62, 2.8; empty is —."""
    if score is None:
        return EMPTY
    text = f"{_round(score):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(ratio: Decimal | None) -> str:
    """A ratio as a percentage with two decimals; empty is —."""
    return EMPTY if ratio is None else f"{_round(ratio * 100):f}%"


def day(moment: date | None) -> str:
    """A day in the official way, 2026年3月1日, on the district's calendar; empty is —."""
    if moment is None:
        return EMPTY
    if isinstance(moment, datetime):
        moment = local(moment)
    return f"{moment.year}年{moment.month}月{moment.day}日"


def minute(moment: datetime | None) -> str:
    """A moment on the district's clock: 2026-03-01 09:05; empty is —."""
    return EMPTY if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"


def years(span: tuple[int, ...]) -> str:
    """Fiscal years as a heading says them: 2025年度, 2024—2026年度."""
    if not span:
        return EMPTY
    first, last = min(span), max(span)
    return f"{first}年度" if first == last else f"{first}—{last}年度"


def _round(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
