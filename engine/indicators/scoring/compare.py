"""Bringing a target and an actual value to one unit, or saying why that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.indicators.scoring.direction import Direction, is_rate
from engine.indicators.scoring.figures import HUNDRED, bounded
from engine.indicators.scoring.quantity import Figures, Quantity, unit_in_name, with_unit
from engine.indicators.scoring.units import PERCENT, Unit


@dataclass(frozen=True)
class Aligned:
    """Target and actual value as two plain figures in the target's unit, and what was assumed."""

    target: Decimal
    actual: Decimal
    flags: tuple[str, ...]


def dimension(quantity: Quantity) -> str | None:
    """What a quantity measures, or None for a bare number."""
    return quantity.unit.dimension if quantity.unit else None


def choose(wanted: Quantity, found: Figures) -> Quantity | None:
    """The one figure of several that is of the other side's unit, or None."""
    fitting = [one for one in found.all if dimension(one) == dimension(wanted)]
    return fitting[0] if len(fitting) == 1 else None


def align(target: Quantity, actual: Quantity, name: str, way: Direction) -> Aligned | None:
    """Both figures in one unit; None where the units printed cannot be compared.

    A unit on one side only is taken for both. Of a range the end that decides is compared.
    """
    t, a, flags = _same_unit(target, actual, name)
    if t.unit is not None and a.unit is not None and t.unit.dimension != a.unit.dimension:
        return None
    t_value = _value(t, t.high if way == "lower" else t.low)
    a_value = _value(a, a.high if way == "lower" else a.low)
    t_value, a_value, read = _percents(t_value, a_value, target, actual, t.unit, name)
    flags += read
    if _opposite(t, a, name):
        a_value = -a_value
    typed = _value(t, Decimal(1))
    low, high = bounded(t_value / typed), bounded(a_value / typed)
    return None if low is None or high is None else Aligned(low, high, flags)


def _opposite(target: Quantity, actual: Quantity, name: str) -> bool:
    """Whether the actual value went the other way: 下降3% where a rise was promised."""
    if target.change:
        return actual.change == -target.change
    return actual.change < 0 and not any(word in name for word in "降减缩节")


def _same_unit(
    target: Quantity, actual: Quantity, name: str
) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    target, actual = _named_unit(target, actual, name), _named_unit(actual, target, name)
    if target.bare == actual.bare:
        return _adopt_dimension(target, actual), _adopt_dimension(actual, target), ()
    printed, bare = (actual, target) if target.bare else (target, actual)
    if printed.unit is None:
        scale = _nearest(bare.low, (Decimal(1), printed.scale), printed.low * printed.scale)
        bare = with_unit(bare, scale, None)
    else:
        bare = with_unit(bare, printed.scale, printed.unit)
    pair = (bare, printed) if target.bare else (printed, bare)
    return *pair, ("unit_assumed",)


def _adopt_dimension(quantity: Quantity, other: Quantity) -> Quantity:
    """5.8万 beside 58000元: the multiplier is its own, the unit is the other's."""
    if quantity.unit is None and other.unit is not None:
        return with_unit(quantity, quantity.scale, other.unit)
    return quantity


def _named_unit(quantity: Quantity, other: Quantity, name: str) -> Quantity:
    """A bare figure takes the unit in the indicator's name where the other side's agrees."""
    if not quantity.bare:
        return quantity
    named = unit_in_name(name)
    if named is None or not (other.bare or dimension(other) == named[1].dimension):
        return quantity
    return with_unit(quantity, *named)


def _value(quantity: Quantity, figure: Decimal) -> Decimal:
    factor = quantity.unit.factor if quantity.unit else Decimal(1)
    return figure * quantity.scale * factor


def _percents(
    target: Decimal,
    actual: Decimal,
    target_as_typed: Quantity,
    actual_as_typed: Quantity,
    unit: Unit | None,
    name: str,
) -> tuple[Decimal, Decimal, tuple[str, ...]]:
    """Read 0.958, or 1, as a share where the other side is a percentage such as 95%."""
    percent = unit is not None and unit.dimension == PERCENT.dimension
    if not percent and not (unit is None and is_rate(name)):
        return target, actual, ()
    shares = (Decimal(1), HUNDRED)
    if actual_as_typed.bare and 0 < actual <= 1 < target:
        scale = _nearest(actual, shares, target)
        return target, actual * scale, ("percent_as_fraction",) if scale != 1 else ()
    if target_as_typed.bare and 0 < target <= 1 < actual:
        scale = _nearest(target, shares, actual)
        return target * scale, actual, ("percent_as_fraction",) if scale != 1 else ()
    return target, actual, ()


def _nearest(figure: Decimal, scales: tuple[Decimal, Decimal], goal: Decimal) -> Decimal:
    """The scale that brings a figure nearer to the goal by ratio; the first on a tie."""

    def distance(scale: Decimal) -> Decimal:
        value = abs(figure) * scale
        if value.is_zero() or goal.is_zero():
            return abs(value - abs(goal))
        return max(value / abs(goal), abs(goal) / value)

    return min(scales, key=distance)
