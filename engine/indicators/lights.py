"""The monitoring lights 红 黄 绿 蓝 (绩效运行监控): how far an indicator or the money has come.

Thresholds are data. Progress is proportional to the months passed unless a planned curve is given,
for construction and seasonal services do not run evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from engine.errors import Invalid
from engine.indicators.scoring.direction import Direction
from engine.indicators.scoring.figures import HUNDRED, ZERO

MONTHS: Final = 12
Verdict = Literal["met", "partly", "missed"]


class Light(StrEnum):
    """A warning light; the members stand in order from the worst to the best."""

    RED = "红"
    YELLOW = "黄"
    GREEN = "绿"
    BLUE = "蓝"


@dataclass(frozen=True)
class Thresholds:
    """Percentages of planned progress: below `red` 红, below `yellow` 黄, from `blue` on 蓝.

    `blue_of_year` asks 蓝 of the annual target instead of the progress planned by now.
    """

    red: Decimal = Decimal(60)
    yellow: Decimal = Decimal(80)
    blue: Decimal = Decimal(120)
    blue_of_year: bool = True

    def __post_init__(self) -> None:
        if not ZERO <= self.red <= self.yellow <= self.blue:
            raise Invalid("预警界限应为：红 ≤ 黄 ≤ 蓝。", field="thresholds")


STANDARD: Final = Thresholds()


def planned_share(month: int, curve: Sequence[Decimal] | None = None) -> Decimal:
    """The share (0 to 1) of the year's target that should be reached by the end of `month`.

    `curve` holds the cumulative shares planned for months 1 to 12. Raises Invalid for a month
    outside 1–12 and for a curve that is not twelve rising shares within 0 and 1.
    """
    if not 1 <= month <= MONTHS:
        raise Invalid("月份应在 1 至 12 之间。", field="month")
    if curve is None:
        return Decimal(month) / MONTHS
    if len(curve) != MONTHS or list(curve) != sorted(curve) or not 0 <= curve[0] <= curve[-1] <= 1:
        raise Invalid("计划进度应为 12 个月的累计比例，从小到大，在 0 至 1 之间。", field="curve")
    return curve[month - 1]


def indicator_light(
    direction: Direction,
    target: Decimal,
    actual: Decimal,
    month: int,
    *,
    strict: bool = False,
    curve: Sequence[Decimal] | None = None,
    thresholds: Thresholds = STANDARD,
) -> Light:
    """The light of a figure against the year's target at the end of a month.

    Higher is better: by progress, and 红 for nothing done where something was planned. Lower is
    better: 绿 within the limit (below it if `strict`), else 红. Target 0: 绿 if equal, else 红.
    """
    share = planned_share(month, curve)
    if target.is_zero():
        return Light.GREEN if actual.is_zero() else Light.RED
    if direction == "lower":
        within = actual < target if strict else actual <= target
        return Light.GREEN if within else Light.RED
    if target < 0:
        return Light.GREEN if actual >= target else Light.RED
    return _progress_light(target, max(actual, ZERO), share, thresholds)


def qualitative_light(verdict: Verdict) -> Light:
    """绿 for 达成目标, 黄 for 部分达成并具有一定效果, 红 for 未达成且效果较差."""
    return {"met": Light.GREEN, "partly": Light.YELLOW, "missed": Light.RED}[verdict]


def execution_light(
    executed: Iterable[Decimal],
    adjusted: Iterable[Decimal],
    month: int,
    *,
    curve: Sequence[Decimal] | None = None,
    thresholds: Thresholds = STANDARD,
) -> Light:
    """The light of the money: Σ executed ÷ Σ adjusted budget against the progress planned.

    A budget of 0 counts as no progress; the money has no 蓝.
    """
    share = planned_share(month, curve)
    budget, spent = sum(adjusted, ZERO), sum(executed, ZERO)
    if share == 0:
        return Light.GREEN
    progress = spent / budget / share * HUNDRED if budget > 0 else ZERO
    return _by_threshold(progress, thresholds)


def project_light(lights: Iterable[Light]) -> Light | None:
    """The worst light of a project's indicators (红 > 黄 > 绿 > 蓝); None where there are none."""
    seen = set(lights)
    return next((light for light in Light if light in seen), None)


def combined_light(*, money_fits: bool, goal_fits: bool) -> Light:
    """Both monitored things at once: 绿 if both fit, 黄 if only the money does, else 红."""
    if not money_fits:
        return Light.RED
    return Light.GREEN if goal_fits else Light.YELLOW


def _progress_light(
    target: Decimal, actual: Decimal, share: Decimal, thresholds: Thresholds
) -> Light:
    if actual.is_zero():
        return Light.RED if share > 0 else Light.GREEN
    of_year = actual / target * HUNDRED
    progress = of_year / share if share > 0 else HUNDRED
    if (of_year if thresholds.blue_of_year else progress) >= thresholds.blue:
        return Light.BLUE
    return _by_threshold(progress, thresholds)


def _by_threshold(progress: Decimal, thresholds: Thresholds) -> Light:
    if progress < thresholds.red:
        return Light.RED
    return Light.YELLOW if progress < thresholds.yellow else Light.GREEN
