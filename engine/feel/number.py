"""Numbers: Decimal with 34 significant digits, half-even (DMN 1.5 §10.3.2.3.1, decimal128)."""

from __future__ import annotations

import decimal
from decimal import Decimal

CONTEXT = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
WIDE = decimal.Context(prec=12_400, Emin=-999_999, Emax=999_999, traps=[decimal.InvalidOperation])
"""For rounding to many places, where 34 digits would be too few in between."""

LARGEST_SCALE = 6176
SMALLEST_SCALE = -6111


def rounded(number: Decimal, scale: int, rounding: str) -> Decimal:
    """Round to `scale` decimal places (below 0: tens, hundreds); shorter numbers stay."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= scale:
        return number
    return number.quantize(Decimal(1).scaleb(-scale, WIDE), rounding, WIDE)


def plain(number: Decimal) -> str:
    """All digits without an exponent, unless that would only be a long run of zeros."""
    if -40 < number.adjusted() < 40:
        return format(number, "f") if number else format(abs(number), "f")
    return str(number)


def as_integer(number: Decimal) -> int | None:
    """The whole number's integer; nothing for fractions and giants."""
    if number.adjusted() > 18 or number != number.to_integral_value():
        return None
    return int(number)
