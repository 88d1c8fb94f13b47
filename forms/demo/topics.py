"""The topics of the demonstration's projects, and their tables at a moment of a year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from forms.demo.files import read
from forms.walk.case import WAN, Case, CaseRow

EXECUTION_WEIGHT = Decimal(10)


@dataclass(frozen=True)
class Topic:
    """What projects of one kind have in common."""

    key: str
    title: str
    type: str
    library: str
    wan: tuple[int, int]
    texts: dict[str, str]
    rows: tuple[tuple[Any, ...], ...]


def topic(key: str) -> Topic:
    """The topic of that key."""
    told = read("topics")[key]
    return Topic(
        key=key,
        title=told["title"],
        type=told["type"],
        library=told["library"],
        wan=tuple(told["wan"]),
        texts={name: told[name] for name in ("goal", "background", "basis", "plan")},
        rows=tuple(tuple(row) for row in told["rows"]),
    )


@dataclass(frozen=True)
class Fortune:
    """What chance gave a project: money a year (元), its size, and which targets it misses."""

    yearly: Decimal
    scale: Decimal
    reached: tuple[Decimal, ...]
    """For each row the share of its number that the year reaches."""

    @classmethod
    def draw(cls, topic: Topic, random: Random, weak: int = 0) -> Fortune:
        """Draw it: two in five miss one target, `weak` ones all their numbers, 2 more than 1."""
        low, high = topic.wan
        size = random.random()
        wan = round(low + (high - low) * size, -1)
        reached = [_percent(random.randint(100, 108)) for _ in topic.rows]
        numbered = [place for place, row in enumerate(topic.rows) if row[6]]
        if weak:
            low, high = ((58, 74), (18, 36))[weak - 1]
            for place in numbered:
                reached[place] = _percent(random.randint(low, high))
        elif random.random() < 0.4:
            reached[random.choice(numbered)] = _percent(random.randint(82, 96))
        return cls(Decimal(int(wan)) * WAN, _percent(round(60 + 80 * size)), tuple(reached))


def _percent(number: int) -> Decimal:
    return Decimal(number).scaleb(-2)


def table(topic: Topic, fortune: Fortune, base: Case, year: int, progress: Decimal) -> Case:
    """The table of a year when `progress` of it (0 to 1) is behind; `base` tells the rest."""
    rows = [
        _row(row, fortune.scale, reached, year, progress)
        for row, reached in zip(topic.rows, fortune.reached, strict=True)
    ]
    return replace(base, year=year, rows=tuple(rows))


def _row(
    row: tuple[Any, ...], scale: Decimal, reached: Decimal, year: int, progress: Decimal
) -> CaseRow:
    level1, level2, level3, target, actual, weight, base, reason = row
    number = max(_whole(Decimal(base or 0) * scale), 1)
    done = _whole(number * reached * progress)
    if reached < 1 and progress == 1:
        done = min(done, number - 1)
    words = {"n": number, "a": done, "year": year}
    return CaseRow(
        level1=level1,
        level2=level2,
        level3=level3,
        target=target.format(**words),
        actual=actual.format(**words),
        weight=Decimal(weight),
        published=None,
        deviation_reason=reason if reason and reached < 1 else "",
    )


def _whole(figure: Decimal) -> int:
    return int(figure.quantize(Decimal(1), ROUND_HALF_UP))
