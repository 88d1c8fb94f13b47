"""A pattern's tree written out as a small program of steps."""

from __future__ import annotations

from typing import NamedTuple

from engine.feel.regex.classes import Predicate
from engine.feel.regex.syntax import (
    Anchor,
    BackReference,
    Choice,
    Group,
    One,
    RegexError,
    Repeat,
    Sequence_,
    Tree,
)

MOST_STEPS = 4_000
"""Counted repeats are written out, so that a pattern may grow."""


class Step(NamedTuple):
    """`one` tests a character, `split` tries `a`, then `b`, `jump` goes to `a`, `save` notes."""

    kind: str
    a: int = 0
    b: int = 0
    holds: Predicate | None = None


class Writer:
    """Appends steps; `has_references` tells whether what matched before matters."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.has_references = False

    def add(self, step: Step) -> int:
        """Append a step and give its place."""
        if len(self.steps) >= MOST_STEPS:
            raise RegexError("regex_size")
        self.steps.append(step)
        return len(self.steps) - 1

    def write(self, tree: Tree) -> None:
        """Append the steps of a tree."""
        match tree:
            case One(holds):
                self.add(Step("one", holds=holds))
            case Anchor(kind):
                self.add(Step(kind))
            case BackReference(number):
                self.has_references = True
                self.add(Step("ref", number))
            case Sequence_(parts):
                for part in parts:
                    self.write(part)
            case Group(0, inner):
                self.write(inner)
            case Group(number, inner):
                self.add(Step("save", 2 * number))
                self.write(inner)
                self.add(Step("save", 2 * number + 1))
            case Choice(branches):
                self._choice(branches)
            case Repeat():
                self._repeat(tree)

    def _choice(self, branches: tuple[Tree, ...]) -> None:
        ends = []
        for branch in branches[:-1]:
            split = self.add(Step("split"))
            self.write(branch)
            ends.append(self.add(Step("jump")))
            self.steps[split] = Step("split", split + 1, len(self.steps))
        self.write(branches[-1])
        for end in ends:
            self.steps[end] = Step("jump", len(self.steps))

    def _repeat(self, repeat: Repeat) -> None:
        for _ in range(repeat.least):
            self.write(repeat.inner)
        if repeat.most is None:
            split = self._optional(repeat)
            self.add(Step("jump", split))
            self._leave(split, repeat)
            return
        splits = [self._optional(repeat) for _ in range(repeat.most - repeat.least)]
        for split in splits:
            self._leave(split, repeat)

    def _optional(self, repeat: Repeat) -> int:
        split = self.add(Step("split"))
        self.write(repeat.inner)
        return split

    def _leave(self, split: int, repeat: Repeat) -> None:
        inside, outside = split + 1, len(self.steps)
        ways = (inside, outside) if repeat.greedy else (outside, inside)
        self.steps[split] = Step("split", *ways)
