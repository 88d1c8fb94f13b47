"""Patterns that a schema may demand of a text: only those that cannot take long to match."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined] # the library's own parse tree, untyped
from typing import Any

from engine.errors import Invalid

LONGEST = 200
"""Characters of a pattern."""
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def check_pattern(pattern: object) -> None:
    """Refuse a pattern that is not one, or whose matching could backtrack without end.

    What makes matching slow are repetitions or alternatives inside a repetition, many open
    repetitions or optional parts side by side, and references back; forms need none of them.
    """
    if not isinstance(pattern, str) or len(pattern) > LONGEST:
        raise Invalid("表单中的 pattern 过长或不是文字")
    try:
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        raise Invalid("表单中的 pattern 无效：{pattern}", pattern=pattern[:60]) from None
    repeats, optional = _choices(tree)
    if not _safe(tree, repeated=False) or repeats > 2 or optional > 6:
        raise Invalid("表单中的 pattern 可能匹配过久：{pattern}", pattern=pattern[:60])


def _safe(tree: Any, *, repeated: bool) -> bool:
    return all(_safe_part(str(op), value, repeated) for op, value in tree)


def _safe_part(op: str, value: Any, repeated: bool) -> bool:
    if op in _REPEATS:
        low, high, inner = value
        many = high > 1 and (low != high or high > LONGEST or _choices(inner) != (0, 0))
        return not (many and repeated) and _safe(inner, repeated=repeated or many)
    if op == "SUBPATTERN":
        return _safe(value[-1], repeated=repeated)
    if op == "BRANCH":
        return not repeated and all(_safe(branch, repeated=repeated) for branch in value[1])
    return op in ("LITERAL", "NOT_LITERAL", "ANY", "IN", "AT")


def _choices(tree: Any) -> tuple[int, int]:
    """How many open repetitions and how many optional parts the pattern has, at any depth."""
    repeats = optional = 0
    for op, value in tree:
        inner: list[Any] = []
        if str(op) in _REPEATS:
            repeats += value[0] != value[1] and value[1] > 1
            optional += value[1] == 1 and value[0] == 0
            inner = [value[2]]
        elif str(op) == "SUBPATTERN":
            inner = [value[-1]]
        elif str(op) == "BRANCH":
            optional += 1
            inner = list(value[1])
        for part in inner:
            more = _choices(part)
            repeats, optional = repeats + more[0], optional + more[1]
    return repeats, optional


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is what the pattern says."""
    return _compiled(pattern).fullmatch(text) is not None
