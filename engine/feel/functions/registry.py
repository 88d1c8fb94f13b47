"""How a standard function is declared, found, and given checked arguments.

A declaration reads like the standard's: `substring(string: string, start position: number,
length: number =)`. After a type, `?` lets null in; `=` makes the parameter optional; `*` collects
the rest; kinds may be joined by `|`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.feel.complaints import Complaint
from engine.feel.machine import Machine
from engine.feel.values import Function, Value, kind_of

Body = Callable[..., Value]
_DECLARATION = re.compile(r"([^(]+)\((.*)\)")
_PARAMETER = re.compile(r"(.+?): ([a-z |]+?)(\?)? ?([=*])?")
_MISSING = object()
_CALL_FUEL = 6


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with the kinds it takes; no kinds means any."""

    name: str
    kinds: frozenset[str]
    nullable: bool
    optional: bool
    rest: bool

    def admit(self, value: Value) -> Value:
        """The value as this parameter takes it, or `_MISSING` when it does not."""
        if value is None:
            return None if self.nullable else _MISSING
        if not self.kinds or kind_of(value) in self.kinds:
            return value
        if "list" in self.kinds:
            return [value]
        if isinstance(value, list) and len(value) == 1 and kind_of(value[0]) in self.kinds:
            return value[0]
        return _MISSING


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function and what it does."""

    parameters: tuple[Parameter, ...]
    body: Body
    variadic: bool

    def positional(self, arguments: Sequence[Value]) -> list[Value] | None:
        """The arguments in order with gaps marked; nothing when their number is wrong."""
        if self.variadic and arguments and not (len(arguments) == 1 and arguments[0] is None):
            single = len(arguments) == 1 and isinstance(arguments[0], list)
            return [arguments[0] if single else list(arguments)]
        given = list(arguments)
        if self.parameters and self.parameters[-1].rest:
            fixed = len(self.parameters) - 1
            given = [*given[:fixed], given[fixed:] or _MISSING]
        if not self.takes(len(arguments)):
            return None
        return [*given, *[_MISSING] * (len(self.parameters) - len(given))]

    def sizes(self) -> tuple[int, int]:
        """The least and the greatest number of arguments."""
        least = sum(not (each.optional or each.rest) for each in self.parameters)
        return least, len(self.parameters)

    def takes(self, count: int) -> bool:
        """Whether so many arguments may be given by position."""
        least, most = self.sizes()
        endless = self.variadic or any(each.rest for each in self.parameters)
        return least <= count and (endless or count <= most)

    def complete(self, names: Sequence[str]) -> bool:
        """Whether these names include all that must be given."""
        return all(each.optional or each.name in names for each in self.parameters)

    def names(self) -> list[str]:
        """The parameters as they are named in a call."""
        return [each.name for each in self.parameters]

    def named(self, arguments: dict[str, Value]) -> list[Value] | None:
        """The arguments in the parameters' order; nothing when a name is unknown."""
        names = self.names()
        if not set(arguments) <= set(names):
            return None
        values: list[Value] = [arguments.get(name, _MISSING) for name in names]
        if self.parameters and self.parameters[-1].rest and values[-1] is not _MISSING:
            values[-1] = [values[-1]]  # by name there is only one of the rest
        return values

    def admitted(self, values: list[Value]) -> list[Value] | None:
        """The values as the body takes them; nothing when one does not fit."""
        admitted: list[Value] = []
        for parameter, value in zip(self.parameters, values, strict=True):
            if value is _MISSING:
                if not parameter.optional:
                    return None
                admitted.append(None)
                continue
            taken = value if parameter.rest and isinstance(value, list) else parameter.admit(value)
            if taken is _MISSING:
                return None
            admitted.append(taken)
        return admitted


BUILTINS: dict[str, Function] = {}
_OVERLOADS: dict[str, list[Overload]] = {}


def builtin(declaration: str, *, variadic: bool = False) -> Callable[[Body], Body]:
    """Declare a standard function; a variadic one takes a list or its elements one by one."""
    found = _DECLARATION.fullmatch(declaration)
    assert found, declaration
    name, listed = found[1], found[2]
    parameters = tuple(_parameter(text) for text in listed.split(", ") if text)

    def register(body: Body) -> Body:
        _OVERLOADS.setdefault(name, []).append(Overload(parameters, body, variadic))
        BUILTINS[name] = _function(name)
        return body

    return register


def _parameter(text: str) -> Parameter:
    found = _PARAMETER.fullmatch(text)
    assert found, text
    kinds = frozenset() if found[2] == "any" else frozenset(found[2].split("|"))
    return Parameter(found[1], kinds, bool(found[3]), found[4] == "=", found[4] == "*")


def _function(name: str) -> Function:
    overloads = _OVERLOADS[name]
    longest = max((overload.parameters for overload in overloads), key=len)

    def call(machine: Machine, arguments: Sequence[Value]) -> Value:
        found = [overload.positional(arguments) for overload in overloads]
        return _invoke(machine, name, found, arguments)

    def call_named(machine: Machine, arguments: dict[str, Value]) -> Value:
        in_order = any(overload.names() == list(arguments) for overload in overloads)
        found = [
            None if in_order and overload.names() != list(arguments) else overload.named(arguments)
            for overload in overloads
        ]
        return _invoke(machine, name, found, arguments)

    return Function(
        name,
        tuple(parameter.name for parameter in longest),
        call,
        any(overload.variadic for overload in overloads),
        call_named,
    )


def _invoke(
    machine: Machine, name: str, candidates: list[list[Value] | None], given: Given
) -> Value:
    machine.burn(_CALL_FUEL)
    for overload, values in zip(_OVERLOADS[name], candidates, strict=True):
        admitted = None if values is None else overload.admitted(values)
        if admitted is not None:
            return overload.body(machine, *admitted)
    fitting = [values for values in candidates if values is not None]
    if not fitting:
        return machine.complain(misfit(name, given))
    listed = ", ".join(kind_of(value) for value in given_values(given))
    return machine.note("argument_kinds", name=name, given=listed or "0")


Given = Sequence[Value] | dict[str, Value]


def given_values(given: Given) -> Iterable[Value]:
    """The arguments, however they were given."""
    return given.values() if isinstance(given, dict) else given


def misfit(name: str, given: Given) -> Complaint:
    """The complaint that no signature of the function takes so many or so named arguments."""
    overloads = _OVERLOADS[name]
    if isinstance(given, dict):
        wanted = " / ".join(dict.fromkeys(", ".join(overload.names()) for overload in overloads))
        return Complaint.of("argument_names", name=name, wanted=wanted)
    sizes = sorted({size for overload in overloads for size in overload.sizes()})
    wanted = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]}–{sizes[-1]}"
    return Complaint.of("argument_count", name=name, wanted=wanted, given=len(given))


def suits(name: str, count: int, names: Sequence[str] | None) -> bool:
    """Whether some signature takes so many arguments by position, or these names."""
    if names is not None:
        return any(
            overload.named(dict.fromkeys(names)) is not None and overload.complete(names)
            for overload in _OVERLOADS[name]
        )
    return any(overload.takes(count) for overload in _OVERLOADS[name])
