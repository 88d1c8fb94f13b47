"""What can go wrong with an expression as a whole; null logic inside one never raises."""

from __future__ import annotations

from engine.errors import Invalid


class SyntaxError_(Invalid):  # noqa: N801 - the standard's word; the underscore spares the builtin
    """The text is not FEEL; `position` counts characters from 0."""

    code = "feel_syntax"

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message}（第 {position + 1} 个字符处）")
        self.position = position


class FuelExhausted(Invalid):
    """The expression asked for more work, memory or depth than it was allowed."""

    code = "feel_fuel"
