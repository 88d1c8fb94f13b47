"""Types: what `instance of` asks and what a typed variable lets in (DMN 1.5 §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.feel.machine import Machine
from engine.feel.values import Function, Range, Value, kind_of

Constraint = Callable[[Machine, Value], bool]


@dataclass(eq=False)
class Type:
    """Any value, or one of a kind."""

    name: str

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        """Whether the value is of this type (null is of none); `strict` asks constraints too."""
        machine.burn(1)
        return value is not None and self.name in ("Any", kind_of(value))

    def is_list(self) -> bool:
        """Whether its values are lists."""
        return self.name == "list"

    def resolved(self) -> Type:
        """The type itself behind its names in a model."""
        return self


@dataclass(eq=False)
class ListType(Type):
    """`list<T>`."""

    element: Type = field(default_factory=lambda: ANY)

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        return isinstance(value, list) and all(
            item is None or self.element.admits(machine, item, strict=strict) for item in value
        )


@dataclass(eq=False)
class ContextType(Type):
    """`context<a: T, b: U>`: further entries are welcome."""

    entries: dict[str, Type] = field(default_factory=dict)

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        return isinstance(value, dict) and all(
            name in value
            and (value[name] is None or kind.admits(machine, value[name], strict=strict))
            for name, kind in self.entries.items()
        )


@dataclass(eq=False)
class RangeType(Type):
    """`range<T>`."""

    element: Type = field(default_factory=lambda: ANY)

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        return isinstance(value, Range) and all(
            end is None or self.element.admits(machine, end, strict=strict)
            for end in (value.start, value.end)
        )


@dataclass(eq=False)
class FunctionType(Type):
    """`function<T, …> -> R`; of a value only the number of parameters is known."""

    parameters: list[Type] = field(default_factory=list)
    result: Type = field(default_factory=lambda: ANY)

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        if not isinstance(value, Function):
            return False
        return value.variadic or len(value.parameters) >= len(self.parameters)


@dataclass(eq=False)
class Alias(Type):
    """A type under its name in a model, found when asked for, and its constraint if it has one."""

    find: Callable[[], Type] = field(default=lambda: ANY)
    constraint: Constraint | None = None

    def admits(self, machine: Machine, value: Value, *, strict: bool = False) -> bool:
        if not self.find().admits(machine, value, strict=strict):
            return False
        return not strict or self.constraint is None or self.constraint(machine, value)

    def is_list(self) -> bool:
        return self.find().is_list()

    def resolved(self) -> Type:
        return self.find().resolved()


ANY: Type = Type("Any")
SIMPLE: dict[str, Type] = {
    name: Type(name)
    for name in (
        *("number", "string", "boolean", "date", "time", "date and time"),
        *("days and time duration", "years and months duration", "list", "context", "range"),
        "function",
    )
}
SIMPLE |= {
    "Any": ANY,
    "dateTime": SIMPLE["date and time"],
    "dayTimeDuration": SIMPLE["days and time duration"],
    "yearMonthDuration": SIMPLE["years and months duration"],
}


def coerced(machine: Machine, value: Value, kind: Type) -> Value:
    """The value as one of that type, also out of or into a list of one; else null."""
    if value is None or kind is ANY or kind.admits(machine, value, strict=True):
        return value
    if isinstance(value, list) and len(value) == 1 and kind.admits(machine, value[0], strict=True):
        return value[0]
    if (
        kind.is_list()
        and not isinstance(value, list)
        and kind.admits(machine, [value], strict=True)
    ):
        return [value]
    return machine.note("wrong_type", kind=kind_of(value), type=kind.name)
