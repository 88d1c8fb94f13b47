"""String functions (DMN 1.5 §10.3.4.3); positions count characters from 1, below 0 from the end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.regex import Pattern, RegexError, compiled
from engine.feel.values import Value


@builtin("substring(string: string, start position: number, length: number =)")
def substring(machine: Machine, string: str, start: Decimal, length: Decimal | None) -> Value:
    """The part from a position on."""
    if abs(start) > len(string) or abs(start) < 1:
        return machine.note("no_character", position=start)
    first = int(start) - 1 if start > 0 else len(string) + int(start)
    if length is None:
        return string[first:]
    if length < 1:
        return machine.note("length_small")
    return string[first : first + int(min(length, Decimal(len(string))))]


@builtin("string length(string: string)")
def string_length(_: Machine, string: str) -> Value:
    """How many characters."""
    return Decimal(len(string))


def _simple(name: str, transform: Callable[[str], str]) -> None:
    @builtin(f"{name}(string: string)")
    def _apply(machine: Machine, string: str) -> Value:
        return machine.text(transform(string))


_simple("upper case", str.upper)
_simple("lower case", str.lower)


def _with_match(name: str, compute: Callable[[str, str], Value]) -> None:
    @builtin(f"{name}(string: string, match: string)")
    def _apply(machine: Machine, string: str, match: str) -> Value:
        machine.burn((len(string) >> 10) + (len(match) >> 10))
        return compute(string, match)


_with_match(
    "substring before", lambda text, mark: text.partition(mark)[0] if mark in text and mark else ""
)
_with_match("substring after", lambda text, mark: text.partition(mark)[2] if mark else text)
_with_match("contains", lambda text, part: part in text)
_with_match("starts with", lambda text, part: text.startswith(part))
_with_match("ends with", lambda text, part: text.endswith(part))


def _pattern(machine: Machine, pattern: str, flags: str | None = None) -> Pattern | None:
    machine.burn(len(pattern))
    try:
        return compiled(pattern, flags or "")
    except RegexError as error:
        machine.note(error.code, **error.details)
        return None


@builtin("matches(input: string, pattern: string, flags: string? =)")
def matches(machine: Machine, text: str, pattern: str, flags: str | None) -> Value:
    """Whether the pattern matches somewhere in the text."""
    expression = _pattern(machine, pattern, flags)
    return None if expression is None else expression.search(machine, text) is not None


@builtin("replace(input: string, pattern: string, replacement: string, flags: string? =)")
def replace(
    machine: Machine, text: str, pattern: str, replacement: str, flags: str | None
) -> Value:
    """Every match replaced; `$1` is what group 1 matched, `$0` the whole."""
    expression = _pattern(machine, pattern, flags)
    if expression is None:
        return None
    built: list[str] = []
    last = 0
    for found in expression.all(machine, text):
        groups = [
            text[start:end] if min(start, end) >= 0 else ""
            for start, end in zip(found[::2], found[1::2], strict=True)
        ]
        filled = replacement if "q" in (flags or "") else _filled(replacement, groups)
        machine.burn(len(filled) >> 4)
        built += [text[last : found[0]], filled]
        last = found[1]
    return machine.text("".join([*built, text[last:]]))


def _filled(replacement: str, groups: list[str]) -> str:
    built: list[str] = []
    at = 0
    while at < len(replacement):
        char, following = replacement[at], replacement[at + 1 : at + 2]
        if char == "\\" and following in ("\\", "$"):
            built.append(following)
            at += 2
        elif char == "$" and following.isdecimal():
            number = int(following)
            built.append(groups[number] if number < len(groups) else "")
            at += 2
        else:
            built.append(char)
            at += 1
    return "".join(built)


@builtin("split(string: string, delimiter: string)")
def split(machine: Machine, string: str, delimiter: str) -> Value:
    """The parts between matches of the delimiter, a pattern."""
    expression = _pattern(machine, delimiter)
    if expression is None:
        return None
    parts: list[Value] = []
    last = 0
    for found in expression.all(machine, string):
        if found[1] > found[0]:
            parts.append(string[last : found[0]])
            last = found[1]
    return [*parts, string[last:]]


@builtin("string join(list: list, delimiter: string? =)")
def string_join(machine: Machine, items: list[Value], delimiter: str | None) -> Value:
    """The strings of the list behind each other; nulls are left out."""
    texts = [item for item in items if item is not None]
    machine.burn(len(texts) + (len(delimiter or "") * len(texts) >> 6))
    if not all(isinstance(text, str) for text in texts):
        return machine.note("not_all_strings")
    machine.burn(sum(map(len, texts)) >> 6)
    return machine.text((delimiter or "").join(texts))
