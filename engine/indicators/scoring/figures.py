"""Numbers as they arrive (from JSON, a spreadsheet, a person) and the one rounding rule."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from engine.indicators.scoring.text import is_blank, normalise

CENT: Final = Decimal("0.01")
HALF_CENT: Final = Decimal("0.005")
HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)
LARGEST: Final = Decimal(10) ** 15
"""Past this no public figure is meant; such a cell is reported, not reckoned with."""

_PLAIN = re.compile(r"([-+−]?)(\d{1,3}(?:,\d{3})+|\d{1,40})?(\.\d{1,40})?\s*(?:分|%|万元|万|元)?")
_FINEST = Decimal(1).scaleb(-12)


def to_cents(value: Decimal) -> Decimal:
    """Round to two places, halves away from zero: the only rounding of scores in the house."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def bounded(value: Decimal) -> Decimal | None:
    """The number with at most twelve places, or None when it is no number or absurdly large."""
    if not value.is_finite() or value.copy_abs() > LARGEST:
        return None
    if value.is_zero() or value.adjusted() < -12:
        return ZERO
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return value if exponent >= -12 else value.quantize(_FINEST, rounding=ROUND_HALF_UP)


def read_figure(value: object) -> tuple[Decimal | None, str | None]:
    """A money, weight or score cell as (figure, flag); blank is (None, None).

    The flag is `not_a_number` or `figure_out_of_range`. Booleans are not numbers here.
    """
    if value is None:
        return None, None
    if isinstance(value, bool):
        return None, "not_a_number"
    if isinstance(value, int):
        return _checked(Decimal(value) if value.bit_length() < 1000 else LARGEST * 10)
    if isinstance(value, float):
        return _checked(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return _checked(value)
    return _from_text(value) if isinstance(value, str) else (None, "not_a_number")


def _from_text(value: str) -> tuple[Decimal | None, str | None]:
    text = normalise(value)
    if is_blank(text):
        return None, None
    found = _PLAIN.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None, "not_a_number"
    sign = "-" if found[1] in ("-", "−") else ""
    return _checked(Decimal(sign + (found[2] or "0").replace(",", "") + (found[3] or "")))


def _checked(value: Decimal) -> tuple[Decimal | None, str | None]:
    kept = bounded(value)
    if kept is not None:
        return kept, None
    return None, "figure_out_of_range" if not value.is_nan() else "not_a_number"


def shown(value: Decimal) -> str:
    """A figure for people: no exponent, no idle zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
