"""What the commands share: the sum of all points, and reading a typed figure."""

from __future__ import annotations

from decimal import Decimal

from engine.errors import Invalid

HUNDRED, TEN = Decimal(100), Decimal(10)


def decimal_of(value: object, field: str, label: str) -> Decimal:
    """The figure that was typed; `Invalid` at `field` otherwise."""
    try:
        figure = Decimal(str(value))
    except ArithmeticError:
        raise Invalid("{label}应是数字", label=label, field=field) from None
    if not figure.is_finite():
        raise Invalid("{label}应是数字", label=label, field=field)
    return figure
