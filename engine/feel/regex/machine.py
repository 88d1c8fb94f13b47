"""Running a pattern's program; states that failed once are not tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from engine.feel import limits
from engine.feel.machine import Machine
from engine.feel.regex.program import Step, Writer
from engine.feel.regex.syntax import Reader, RegexError

Match = tuple[int, ...]
"""Start and end of the whole, then of every group; -1 for a group without part."""
Thread = tuple[int, int, Match]
"""A step to take, the place in the text, what was saved so far."""
_STEP_FUEL = 4
_SEARCH_FUEL = 10
_LETTERS = re.compile(r"[smixq]*")


class Pattern:
    """A compiled regular expression."""

    def __init__(self, pattern: str, flags: str) -> None:
        reader = Reader(pattern, flags)
        writer = Writer()
        writer.write(reader.read())
        writer.add(Step("match"))
        self.multiline = "m" in flags
        self.folds = "i" in flags
        self.groups = reader.opened
        self.remembers = not writer.has_references
        self.steps = writer.steps

    def search(self, machine: Machine, text: str, start: int = 0) -> Match | None:
        """The leftmost match from `start` on."""
        machine.burn(_SEARCH_FUEL)
        failed: set[tuple[int, int]] = set()
        for at in range(start, len(text) + 1):
            found = self._match_at(machine, text, at, failed)
            if found is not None:
                return found
        return None

    def all(self, machine: Machine, text: str) -> Iterator[Match]:
        """All matches that do not overlap, from left to right."""
        at = 0
        while at <= len(text):
            found = self.search(machine, text, at)
            if found is None:
                return
            yield found
            at = found[1] if found[1] > found[0] else found[1] + 1

    def _match_at(
        self, machine: Machine, text: str, start: int, failed: set[tuple[int, int]]
    ) -> Match | None:
        stack: list[Thread] = [(0, start, (start, -1) + (-1,) * (2 * self.groups))]
        while stack:
            machine.burn(_STEP_FUEL)
            number, at, saved = stack.pop()
            if self.remembers:
                if (number, at) in failed:
                    continue
                failed.add((number, at))
            step = self.steps[number]
            if step.kind == "match":
                return (start, at, *saved[2:])
            if step.kind == "split":
                stack += [(step.b, at, saved), (step.a, at, saved)]
                continue
            following = self._after(step, number, text, at, saved)
            if following is not None:
                stack.append(following)
        return None

    def _after(self, step: Step, number: int, text: str, at: int, saved: Match) -> Thread | None:
        match step.kind:
            case "one":
                held = at < len(text) and step.holds is not None and step.holds(text[at])
                return (number + 1, at + 1, saved) if held else None
            case "jump":
                return (step.a, at, saved)
            case "save":
                return (number + 1, at, (*saved[: step.a], at, *saved[step.a + 1 :]))
            case "ref":
                length = self._repeated(text, at, saved[2 * step.a : 2 * step.a + 2])
                return None if length is None else (number + 1, at + length, saved)
        return (number + 1, at, saved) if self._anchored(step.kind, text, at) else None

    def _repeated(self, text: str, at: int, group: Match) -> int | None:
        part = text[group[0] : group[1]] if min(group) >= 0 else ""
        here = text[at : at + len(part)]
        same = here.casefold() == part.casefold() if self.folds else here == part
        return len(part) if same else None

    def _anchored(self, kind: str, text: str, at: int) -> bool:
        if kind == "^":
            return at == 0 or (self.multiline and text[at - 1] == "\n")
        return at == len(text) or (self.multiline and text[at] == "\n")


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: str) -> Pattern:
    """The pattern ready to run; raises `RegexError` for an illegal pattern or flag."""
    if len(pattern) > limits.PATTERN:
        raise RegexError("regex_long")
    if not _LETTERS.fullmatch(flags):
        raise RegexError("regex_flag", flags=flags)
    if "q" in flags:
        pattern = re.sub(r"([\\|.\-^?*+{}()\[\]$])", r"\\\1", pattern)
    elif "x" in flags:
        pattern = _without_blanks(pattern)
    try:
        return Pattern(pattern, flags)
    except RecursionError:
        raise RegexError("regex_nested") from None


def _without_blanks(pattern: str) -> str:
    """Blanks mean nothing outside of character classes (flag x)."""
    kept = []
    depth = 0
    escaped = False
    for char in pattern:
        if char not in " \t\n\r" or depth:
            kept.append(char)
        if not escaped and char in "[]":
            depth = max(depth + (1 if char == "[" else -1), 0)
        escaped = char == "\\" and not escaped
    return "".join(kept)
