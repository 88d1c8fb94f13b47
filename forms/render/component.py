"""The parts of a form, typed: questions, lists of rows, groups, and what is only shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from engine import feel

Kind = Literal[
    "textfield",
    "textarea",
    "number",
    "select",
    "radio",
    "checkbox",
    "checklist",
    "datetime",
    "filepicker",
    "dynamiclist",
    "group",
    "text",
    "separator",
]


IDENTITIES = ("id", "key", "code")
"""Keys by which the rows of a fixed list are known, in order of preference."""


@dataclass(frozen=True)
class Option:
    """One value that a person may choose."""

    value: str
    label: str


@dataclass(frozen=True)
class Bounds:
    """What a value must satisfy besides its type; None where the schema says nothing."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Component:
    """One part of a form: a question, a list of rows, a group, or something only shown."""

    kind: Kind
    key: str = ""
    label: str = ""
    description: str = ""
    required: bool = False
    readonly: bool = False
    default: Any = None
    options: tuple[Option, ...] = ()
    bounds: Bounds = Bounds()
    hide: feel.Expression | None = None
    subtype: str = "date"
    prefix: str = ""
    suffix: str = ""
    accept: str = ""
    text: str = ""
    columns: int = 16
    row: str = ""
    fixed: bool = False
    components: tuple[Component, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether this is a single question with a value of its own."""
        return self.kind not in ("dynamiclist", "group", "text", "separator")


def questions(components: tuple[Component, ...]) -> Iterator[Component]:
    """The components that hold values at this level, looking into groups, which only lay out."""
    for component in components:
        if component.kind == "group":
            yield from questions(component.components)
        elif component.asks or component.kind == "dynamiclist":
            yield component
