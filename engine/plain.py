"""Plain data as text: canonical JSON, in which one value has one text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

_EXACT = " "  # before a text with integers of more than 64 bits, which orjson reads as floats


def text_of(value: Any) -> str | None:
    """How a column of JSON keeps a value."""
    try:
        return None if value is None else orjson.dumps(value, _plain, _CANONICAL).decode()
    except orjson.JSONEncodeError:
        return _EXACT + canonical(value)


def value_of(value: str | None) -> Any:
    """What a column of JSON holds."""
    try:
        reader = json if value and value[0] == _EXACT else orjson
        return None if value is None else reader.loads(value)
    except orjson.JSONDecodeError:  # NaN, which an earlier release wrote
        return json.loads(value or "")


def as_stored(value: Any) -> Any:
    """Plain data as a column of JSON gives it back: a copy, with decimals and moments as texts."""
    return value_of(text_of(value))


def canonical(value: Any) -> str:
    """One text for one value (RFC 8785): sorted keys, no spaces; decimals, moments as strings."""
    try:
        return orjson.dumps(value, _plain, _CANONICAL).decode()
    except orjson.JSONEncodeError:  # keys that are no texts, integers of more than 64 bits
        return _CANONICAL_SLOW.encode(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return _duration(value)
    raise TypeError(f"{type(value).__name__} is not plain data")


def _duration(value: timedelta) -> str:
    """As FEEL writes it."""
    whole, sign = abs(value), "-" if value < timedelta(0) else ""
    minutes, seconds = divmod(whole.seconds, 60)
    exact = f"{seconds}.{whole.microseconds:06d}".rstrip("0").rstrip(".")
    parts = (whole.days, "D"), (minutes // 60, "H"), (minutes % 60, "M"), (exact, "S")
    day, *clock = (f"{count}{unit}" if count not in (0, "0") else "" for count, unit in parts)
    return f"{sign}P{day}" + (f"T{''.join(clock)}" if any(clock) else "" if day else "T0S")


_CANONICAL = (
    orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
)
_CANONICAL_SLOW = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
)
