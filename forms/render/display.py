"""How values look when they are only shown: — for empty, thousands separated, options by label."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from forms.render.component import Component
from forms.render.values import plain_number
from forms.text import _

EMPTY = "—"


def display(part: Component, value: Any, *, unit: bool = True) -> str:
    """A value for reading, with its unit unless the column's head has it."""
    if value is None or value in ("", []):
        return EMPTY
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(display(part, one, unit=unit) for one in value)
    if isinstance(value, Mapping):
        return str(value.get("name") or EMPTY)
    if part.kind == "number":
        return separated(value) + (f" {_(part.suffix)}" if unit and part.suffix else "")
    labels = {option.value: _(option.label) for option in part.options}
    return labels.get(str(value), str(value))


def separated(value: Any) -> str:
    """A figure with thousands separators; text that is no figure stays as it is."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return str(value)
    whole, dot, rest = plain_number(number).partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole not in ("", "-0") else f"{whole}{dot}{rest}"


def lines(components: tuple[Component, ...]) -> list[list[Component]]:
    """Components that the schema lays out side by side, line by line."""
    numbered = [(part.row or f"·{place}", part) for place, part in enumerate(components)]
    return [[part for _row, part in group] for _key, group in groupby(numbered, lambda one: one[0])]


def span(part: Component) -> int:
    """The width of a component in twelfths of its line (form-js counts sixteenths)."""
    return max(3, round(part.columns * 12 / 16))
