"""Values as text: FEEL's notation, and JSON with all digits of numbers (never through float)."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from engine.feel import limits
from engine.feel.machine import Machine
from engine.feel.number import plain
from engine.feel.values import Function, Range, Value

_PLAIN_KEY = re.compile(r"[\w?'+*/. -]+")
OUTPUT_FUEL = 60_000
"""Elements and nested values a JSON text may hold."""


def to_text(machine: Machine, value: Value, depth: int = 0) -> str:
    """What `string()` gives; strings inside lists and contexts are quoted."""
    machine.burn(1)
    if depth > limits.DEEP:
        return "…"
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case str():
            return _quoted(value) if depth else value
        case list():
            return f"[{', '.join(to_text(machine, item, depth + 1) for item in value)}]"
        case dict():
            pairs = (
                f"{_key(key)}: {to_text(machine, item, depth + 1)}" for key, item in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        case Range():
            return _range_text(machine, value, depth)
        case Function():
            return f"function {value.name}({', '.join(value.parameters)})"
    return str(value) if not depth else f'@"{value}"'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _quoted(key)


def _range_text(machine: Machine, span: Range, depth: int) -> str:
    start, end = (to_text(machine, side, depth + 1) for side in (span.start, span.end))
    if span.start is None:
        return f"({'<=' if span.end_included else '<'} {end})"
    if span.end is None:
        return f"({'>=' if span.start_included else '>'} {start})"
    return f"{'[' if span.start_included else '('}{start}..{end}{']' if span.end_included else ')'}"


def to_json(value: Value) -> str:
    """The value as JSON text; temporals, ranges and functions as strings in FEEL's notation."""
    return _json(Machine(OUTPUT_FUEL), value, 0)


def _json(machine: Machine, value: Value, depth: int) -> str:
    machine.burn(1)
    if depth > limits.DEEP:
        return "null"
    match value:
        case Decimal():
            return plain(value) if value.is_finite() else "null"
        case str():
            machine.burn(len(value) >> 6)
            return _json_text(value)
        case None | bool() | int():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(_json(machine, item, depth + 1) for item in value)}]"
        case dict():
            pairs = (
                f"{_json_text(str(key))}: {_json(machine, item, depth + 1)}"
                for key, item in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
    return _json_text(to_text(machine, value))


def _json_text(text: str) -> str:
    """The string in quotes; half characters, which no output could encode, are escaped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
