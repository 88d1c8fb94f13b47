"""What changed in a form between two versions: question by question, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from engine.plain import canonical
from forms.render.component import IDENTITIES, Component, questions
from forms.render.schema import FormSchema

EMPTY: tuple[Any, ...] = (None, "", [], {})
MOST_ROWS = 500
"""Longer lists are compared place by place: aligning takes the square of their length."""


@dataclass(frozen=True)
class Change:
    """One question whose answer differs; for rows `row` counts from 1, in the version it is in."""

    part: Component
    kind: Literal["changed", "added", "removed"]
    before: Any
    after: Any
    row: int | None = None
    inside: tuple[Change, ...] = ()
    """Of a list: its rows that were added, removed or changed; of a changed row: its cells."""


def compare(
    schema: FormSchema, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    """Everything that differs, in the order of the form; an empty answer equals none at all."""
    return tuple(_changes(schema.components, before, after))


def _changes(
    components: tuple[Component, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for part in questions(components):
        old, new = before.get(part.key), after.get(part.key)
        if _same(old, new):
            continue
        if part.kind == "dynamiclist":
            yield Change(part, "changed", old, new, inside=tuple(_rows(part, old, new)))
        else:
            yield Change(part, _kind(old, new), old, new)


def _same(old: Any, new: Any) -> bool:
    return (old in EMPTY and new in EMPTY) or canonical(old) == canonical(new)


def _kind(old: Any, new: Any) -> Literal["changed", "added", "removed"]:
    if old in EMPTY:
        return "added"
    return "removed" if new in EMPTY else "changed"


def _rows(part: Component, old: Any, new: Any) -> Iterator[Change]:
    """Rows that are known by an identity are paired by it; else what is alike is kept together."""
    olds, news = _list(old), _list(new)
    for left, right in _paired(part, olds, news):
        was = olds[left] if left is not None else {}
        now = news[right] if right is not None else {}
        place = (right if right is not None else left or 0) + 1
        if left is None or right is None:
            yield Change(part, "added" if left is None else "removed", was, now, place)
        elif cells := tuple(_changes(part.components, was, now)):
            yield Change(part, "changed", was, now, place, cells)


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


Pair = tuple[int | None, int | None]


def _paired(
    part: Component, olds: Sequence[Mapping[str, Any]], news: Sequence[Mapping[str, Any]]
) -> list[Pair]:
    for name in IDENTITIES:
        left, right = [row.get(name) for row in olds], [row.get(name) for row in news]
        if _distinct(left) and _distinct(right):
            return _by_identity(left, right)
    if max(len(olds), len(news)) > MOST_ROWS:
        return _blocks(0, len(olds), 0, len(news))
    keys = [part.key for part in questions(part.components)]
    return _aligned([_seen(row, keys) for row in olds], [_seen(row, keys) for row in news])


def _distinct(values: list[Any]) -> bool:
    told = {str(one) for one in values if one not in EMPTY}
    return len(told) == len(values) > 0


def _by_identity(left: list[Any], right: list[Any]) -> list[Pair]:
    places = {str(one): place for place, one in enumerate(left)}
    kept: list[Pair] = [(places.get(str(one)), place) for place, one in enumerate(right)]
    stays = {str(one) for one in right}
    return kept + [(place, None) for one, place in places.items() if one not in stays]


def _seen(row: Mapping[str, Any], keys: list[str]) -> str:
    return str(canonical({key: row[key] for key in keys if row.get(key) not in EMPTY}))


def _aligned(left: list[str], right: list[str]) -> list[Pair]:
    found: list[Pair] = []
    for _tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        found += _blocks(a, b, c, d)
    return found


def _blocks(a: int, b: int, c: int, d: int) -> list[Pair]:
    """Rows of two stretches one against one; what is left over is added or removed."""
    shared = min(b - a, d - c)
    pairs: list[Pair] = [(a + n, c + n) for n in range(shared)]
    pairs += [(n, None) for n in range(a + shared, b)]
    return pairs + [(None, n) for n in range(c + shared, d)]
