"""What process data may be made of, and its exact form as JSON.

Data are JSON with tags for what JSON lacks: `{"$": "decimal", "v": "1.20"}`. A value that is taken
in is copied once and never changed afterwards, so that steps may share it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.errors import Invalid

ATOMS = (str, int, float, bool, type(None))
TAG, BODY = "$", "v"


DEEPEST = 100
LONG = 1024
LEAST, MOST = -(2**63), 2**63 - 1
"""Integers that every reader of JSON reads as they are."""


def clean(value: object, where: str = "data", depth: int = 0) -> Any:
    """A private copy of `value`; what cannot be stored is `Invalid`, `where` names it."""
    if depth > DEEPEST:
        raise Invalid("数据嵌套太深，无法保存。", field=where.partition(".")[0])
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("“{where}”不是有限的数，无法保存。", where=where, field=where)
    if value is None or isinstance(value, (str, int, float, Decimal, date, time, timedelta)):
        return value
    if isinstance(value, (dict, Mapping)):
        return {
            _name(key, where): clean(item, f"{where}.{key}", depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [clean(item, f"{where}[{n}]", depth + 1) for n, item in enumerate(value)]
    if _is_tagged_kind(value):
        return value
    raise Invalid(
        "“{where}”的类型是 {kind}，流程数据不能保存它。",
        where=where,
        kind=type(value).__name__,
        field=where,
    )


def clean_mapping(values: Mapping[str, object] | None) -> dict[str, Any]:
    """The same for a set of named values."""
    return {_name(key, key): clean(value, key) for key, value in (values or {}).items()}


def copy(value: Any) -> Any:
    """A copy for the outside, which may do with it what it likes."""
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) for item in value]
    return value


class Copied(Mapping[str, Any]):
    """Named values for the outside: each is copied when it is first asked for, and only then."""

    __slots__ = ("_copies", "_shared")

    def __init__(self, shared: Mapping[str, Any]) -> None:
        self._shared = shared
        self._copies: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The copy of one value."""
        if name not in self._copies:
            self._copies[name] = copy(self._shared[name])
        return self._copies[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._shared)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._shared)

    def __repr__(self) -> str:
        """As a dictionary is written."""
        return repr(dict(self))


def encode(value: Any) -> Any:
    """To plain JSON."""
    if isinstance(value, int) and not LEAST <= value <= MOST:
        return {TAG: "int", BODY: str(value)}
    if isinstance(value, ATOMS):
        return value
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        plain = {key: encode(item) for key, item in value.items()}
        return {TAG: "map", BODY: plain} if TAG in plain else plain
    for name, kind, to_text, _ in _TAGS:
        if isinstance(value, kind):
            return {TAG: name, BODY: to_text(value)}
    raise Invalid("{kind} 不能保存在流程数据中。", kind=type(value).__name__)


def pack(value: Any) -> Any:
    """To plain JSON, a long value as text: whoever reads the whole need not read its parts."""
    plain = encode(value)
    if isinstance(plain, ATOMS):
        return plain
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return {TAG: "json", BODY: text} if len(text) > LONG else plain


def decode(value: Any) -> Any:
    """From plain JSON; the exact inverse of `encode` and of `pack`."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get(TAG)
    if tag is None:
        return {key: decode(item) for key, item in value.items()}
    body = value[BODY]
    if tag == "json":
        return decode(json.loads(body))
    if tag == "map":
        return {key: decode(item) for key, item in body.items()}
    return _FROM_TEXT[tag](body)


def _name(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise Invalid("“{where}”中有一个名字不是文字：{key!r}。", where=where, key=key, field=where)
    return key


def _is_tagged_kind(value: object) -> bool:
    return any(isinstance(value, kind) for _, kind, _, _ in _TAGS)


def _duration_text(value: timedelta) -> str:
    return f"{value.days} {value.seconds} {value.microseconds}"


def _duration(text: str) -> timedelta:
    days, seconds, microseconds = (int(part) for part in text.split())
    return timedelta(days, seconds, microseconds)


_Kind = tuple[str, type, Callable[[Any], str], Callable[[str], Any]]
_TAGS: list[_Kind] = [
    ("decimal", Decimal, str, Decimal),
    ("datetime", datetime, datetime.isoformat, datetime.fromisoformat),
    ("date", date, date.isoformat, date.fromisoformat),
    ("time", time, time.isoformat, time.fromisoformat),
    ("duration", timedelta, _duration_text, _duration),
]
_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "int": int,
    **{name: read for name, _, _, read in _TAGS},
}
