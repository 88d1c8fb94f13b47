"""The score of one figure against one target (rules of 财预〔2020〕10号), with its reckoning."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.indicators.scoring.direction import Direction
from engine.indicators.scoring.figures import HALF_CENT, ZERO, shown, to_cents
from engine.indicators.scoring.scheme import Scheme


@dataclass(frozen=True)
class Reckoned:
    """A score with one line of arithmetic that a person can follow."""

    score: Decimal
    explanation: str
    flags: tuple[str, ...] = ()


def reckon(
    direction: Direction, target: Decimal, actual: Decimal, weight: Decimal, scheme: Scheme
) -> Reckoned:
    """Score `actual` against `target`, both in one unit; within 0 and `weight`, two places."""
    if target < 0:
        return _negative_target(direction, target, actual, weight)
    floor = max(actual, ZERO)
    if direction == "lower" or (direction == "equal" and target.is_zero()):
        return _reverse(target, floor, weight, scheme)
    return _forward("等于" if direction == "equal" else "正向", target, floor, weight, scheme)


def _forward(
    name: str, target: Decimal, actual: Decimal, weight: Decimal, scheme: Scheme
) -> Reckoned:
    flags: tuple[str, ...] = ()
    if target > 0 and actual >= target * scheme.over_achieved:
        flags = ("over_achieved",)
    if actual >= target:
        return _full(name, f"{shown(actual)} ≥ {shown(target)}", weight, flags)
    if actual < target * scheme.far_miss:
        flags = ("far_miss",)
    score = to_cents(weight * actual / target)
    sum_ = f"{shown(actual)} ÷ {shown(target)} × {shown(weight)} = {score}"
    return Reckoned(score, f"{name}：{sum_}", flags)


def _reverse(target: Decimal, actual: Decimal, weight: Decimal, scheme: Scheme) -> Reckoned:
    if actual <= target:
        return _full("反向", f"{shown(actual)} ≤ {shown(target)}", weight)
    a, t, w = shown(actual), shown(target), shown(weight)
    if target.is_zero():
        return Reckoned(to_cents(ZERO), f"目标为 0，实际 {a}，得 0 分")
    flags = ("far_miss",) if actual * scheme.far_miss > target else ()
    if scheme.reverse == "inverse":
        score = to_cents(weight * target / actual)
        return Reckoned(score, f"反向：{t} ÷ {a} × {w} = {score}", flags)
    if actual >= 2 * target:
        return Reckoned(to_cents(ZERO), f"反向：{a} 达到限额 {t} 的两倍，得 0 分", flags)
    score = to_cents(weight * (2 * target - actual) / target)
    return Reckoned(score, f"反向：(1 − ({a} − {t}) ÷ {t}) × {w} = {score}", flags)


def _negative_target(
    direction: Direction, target: Decimal, actual: Decimal, weight: Decimal
) -> Reckoned:
    """No proportion can be taken of a negative target: met is full, missed is nothing."""
    met = actual <= target if direction == "lower" else actual >= target
    sign = "≤" if direction == "lower" else "≥"
    if met:
        return _full(
            "目标为负", f"{shown(actual)} {sign} {shown(target)}", weight, ("negative_target",)
        )
    said = f"目标为负：{shown(actual)} 未达到 {shown(target)}，得 0 分"
    return Reckoned(to_cents(ZERO), said, ("negative_target",))


def _full(name: str, why: str, weight: Decimal, flags: tuple[str, ...] = ()) -> Reckoned:
    score = to_cents(weight)
    assert abs(score - weight) <= HALF_CENT
    return Reckoned(score, f"{name}：{why}，得满分 {score}", flags)
