"""A decision model ready to be asked: its elements, and a run through what a decision requires."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from engine.errors import NotFound
from engine.feel import limits
from engine.feel.boundary import admit
from engine.feel.check import complaints_of
from engine.feel.complaints import Complaint
from engine.feel.errors import FuelExhausted
from engine.feel.expression import Expression
from engine.feel.functions.registry import BUILTINS
from engine.feel.machine import Machine
from engine.feel.types import ANY, FunctionType, Type, coerced
from engine.feel.values import Frame, Function, Value

_ASKED = ("decision", "decisionService", "businessKnowledgeModel")
_LISTED = 20
"""Names that a complaint lists."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision's result, the rules of its own table that matched, and for a null the reason.

    `notes` are all reasons for nulls met on the way.
    """

    result: Value
    matched_rules: list[str | int]
    reason: Complaint | None
    notes: tuple[Complaint, ...] = field(default=(), compare=False)

    @property
    def error(self) -> str | None:
        """The reason in Chinese."""
        return None if self.reason is None else self.reason.quoted("zh")


@dataclass(eq=False, slots=True)
class Item:
    """An element of the requirements graph; `requires` lists (import name, element)."""

    kind: str
    id: str
    name: str
    """Of its variable, as expressions write it."""
    label: str = ""
    type: Type = ANY
    requires: list[tuple[str, Item]] = field(default_factory=list)
    expression: Expression | None = None
    table: str = ""
    fault: Complaint | None = None
    parameters: list[Item] = field(default_factory=list)
    outputs: list[Item] = field(default_factory=list)


class Run:
    """One question to a model: values are computed when asked for, once."""

    def __init__(
        self,
        machine: Machine,
        inputs: Mapping[str, object],
        given: dict[Item, Value] | None = None,
        *,
        undeclared: Mapping[str, object] | None = None,
        explaining: bool = False,
    ) -> None:
        self.machine = machine
        self.undeclared = undeclared or {}
        """Inputs that no element declares: models of other tools often declare none."""
        self.explaining = explaining
        self.inputs = inputs
        self.values: dict[Item, Value] = dict(given or {})
        self.begun: set[Item] = set()

    def value_of(self, item: Item) -> Value:
        """The element's value: data, a decision's result, or a function."""
        if item not in self.values:
            if item in self.begun:
                return self._later(item)
            self.begun.add(item)
            self.values[item] = _VALUES[item.kind](self, item)
        return self.values[item]

    def _later(self, item: Item) -> Value:
        if item.kind == "decision":
            return self.machine.note("requires_itself", name=item.name)

        def call(machine: Machine, arguments: Sequence[Value]) -> Value:
            function = self.values.get(item)
            if not isinstance(function, Function):
                return machine.note("knowledge_itself", name=item.name)
            return function.call(machine, arguments)

        return Function(item.name, tuple(parameter.name for parameter in item.parameters), call)

    def _input(self, item: Item) -> Value:
        for name in (item.name, item.label):
            if name in self.inputs:
                return coerced(self.machine, admit(self.machine, self.inputs[name]), item.type)
        return self.machine.note("no_input", name=item.name)

    def _computed(self, item: Item) -> Value:
        if item.expression is None:
            return self.machine.complain(
                item.fault or Complaint.of("no_expression", name=item.name)
            )
        context = self._context(item)
        frame: Frame = [self.machine]
        frame += [self._seen(context, name) for name in item.expression.names]
        if self.explaining:
            missing = item.expression.missing_in({**self.undeclared, **context})
            self.machine.missing = missing
        value = item.expression.start(frame, explaining=self.explaining)
        return coerced(self.machine, value, item.type) if item.kind == "decision" else value

    def _seen(self, context: Mapping[str, Value], name: str) -> Value:
        """A value that the element requires, a standard function, or an undeclared input."""
        if name in context:
            return context[name]
        standard = BUILTINS.get(name)
        return standard or admit(self.machine, self.undeclared.get(name))

    def _context(self, item: Item) -> dict[str, Value]:
        context: dict[str, Value] = {}
        for prefix, required in item.requires:
            value = self.value_of(required)
            if prefix:
                context.setdefault(prefix, {})[required.name] = value
            else:
                context[required.name] = value
        return context

    def _service(self, item: Item) -> Value:
        names = tuple(parameter.name for parameter in item.parameters)

        def call(machine: Machine, arguments: Sequence[Value]) -> Value:
            if len(arguments) != len(names):
                return machine.note(
                    "argument_count", name=item.name, wanted=len(names), given=len(arguments)
                )
            given: dict[Item, Value] = {}
            for parameter, argument in zip(item.parameters, arguments, strict=True):
                given[parameter] = coerced(machine, argument, parameter.type)
                if given[parameter] is None and argument is not None:
                    return None
            return self._output(machine, item, given)

        return Function(item.name, names, call)

    def _output(self, machine: Machine, item: Item, given: dict[Item, Value]) -> Value:
        machine.enter()
        inner = Run(machine, {}, given, undeclared=self.undeclared, explaining=self.explaining)
        results = {output.name: inner.value_of(output) for output in item.outputs}
        machine.calls -= 1
        value = next(iter(results.values())) if len(results) == 1 else results
        kind = item.type.resolved()
        return coerced(machine, value, kind.result) if isinstance(kind, FunctionType) else value


_VALUES: dict[str, Callable[[Run, Item], Value]] = {
    "inputData": Run._input,
    "decision": Run._computed,
    "businessKnowledgeModel": Run._computed,
    "decisionService": Run._service,
}


class Model:
    """A loaded model. Decisions and services are asked by name or id."""

    def __init__(self, name: str, items: list[Item]) -> None:
        self.name = name
        self._items = items

    @property
    def decisions(self) -> list[str]:
        """The names of the decisions, in the order of the file."""
        return [item.label for item in self._items if item.kind == "decision"]

    @property
    def callables(self) -> list[str]:
        """The names of all that `ask` answers: decisions, services and knowledge models."""
        return [item.label for item in self._items if item.kind in _ASKED]

    @property
    def top(self) -> list[str]:
        """The names of the decisions that no other decision requires."""
        required = {id(needed) for item in self._items for _, needed in item.requires}
        return [
            item.label
            for item in self._items
            if item.kind == "decision" and id(item) not in required
        ]

    @property
    def inputs(self) -> dict[str, str]:
        """The names of the input data with the names of their types."""
        return {item.name: item.type.name for item in self._items if item.kind == "inputData"}

    @property
    def problems(self) -> list[tuple[str, Complaint]]:
        """The elements that cannot be computed and why, for those who deploy the model."""
        return [(item.name, item.fault) for item in self._items if item.fault]

    def warnings(self) -> Iterator[tuple[str, Complaint]]:
        """Elements whose logic compiles and yet calls or names what it cannot know."""
        declared = {item.name for item in self._items}
        for item in self._items:
            if item.expression is not None:
                known = {prefix or required.name for prefix, required in item.requires}
                for complaint in complaints_of(item.expression, known, near=known | declared):
                    yield item.name, complaint

    def decide(
        self, decision: str, inputs: Mapping[str, object], fuel: int = limits.DECISION_FUEL
    ) -> Decided:
        """The decision's result for these inputs; raises `NotFound` and `FuelExhausted`.

        When complaints arise it is computed once more, so that they know their places.
        """
        item = self._find(decision, "decision")
        undeclared = self._undeclared(inputs)

        def ask(machine: Machine, *, explaining: bool) -> Value:
            run = Run(machine, inputs, undeclared=undeclared, explaining=explaining)
            return _computed(run, item)

        return _decided(ask, fuel, item.table)

    def invoke(
        self, service: str, inputs: Mapping[str, object], fuel: int = limits.DECISION_FUEL
    ) -> Decided:
        """A decision service's or knowledge model's result for arguments by name."""
        item = self._find(service, "decisionService", "businessKnowledgeModel")
        missing = [each.name for each in item.parameters if each.name not in inputs]

        def ask(machine: Machine, *, explaining: bool) -> Value:
            function = _computed(Run(machine, {}, explaining=explaining), item)
            if missing:
                return machine.note("no_arguments", names=", ".join(missing))
            if not isinstance(function, Function):
                return machine.note("not_callable")
            return function.call(machine, [admit(machine, inputs[n]) for n in function.parameters])

        return _decided(ask, fuel)

    def ask(
        self, wanted: str, inputs: Mapping[str, object], fuel: int = limits.DECISION_FUEL
    ) -> Decided:
        """The result of the decision, else of the service or knowledge model, of that name."""
        item = self._find(wanted, *_ASKED)
        return (self.decide if item.kind == "decision" else self.invoke)(wanted, inputs, fuel)

    def _undeclared(self, inputs: Mapping[str, object]) -> Mapping[str, object]:
        declared = {name for item in self._items for name in (item.name, item.label)}
        return {name: value for name, value in inputs.items() if name not in declared}

    def _find(self, wanted: str, *kinds: str) -> Item:
        for kind in kinds:
            for item in self._items:
                if item.kind == kind and wanted in (item.label, item.name, item.id):
                    return item
        names = [item.label for item in self._items if item.kind in kinds]
        listed = "、".join(names[:_LISTED]) + ("…" if len(names) > _LISTED else "")
        raise NotFound(
            f"模型中没有“{wanted}”，有：{listed or '无'}",
            english=f"the model has no “{wanted}”, but: {listed.replace('、', ', ') or 'nothing'}",
        )


def _computed(run: Run, item: Item) -> Value:
    try:
        return run.value_of(item)
    except RecursionError:
        raise FuelExhausted("model_deep") from None


def _decided(ask: Callable[..., Value], fuel: int, table: str = "") -> Decided:
    """The answer; asked again for the places of complaints when there were any."""
    machine = Machine(fuel)
    try:
        result = ask(machine, explaining=False)
    except FuelExhausted:
        ask(Machine(fuel), explaining=True)
        raise
    notes = machine.notes
    if result is None or notes:
        again = Machine(fuel)
        with suppress(FuelExhausted):  # its closures are twice as deep
            ask(again, explaining=True)
            notes = again.notes or notes
    reason = notes[0] if result is None and notes else None
    return Decided(result, machine.hits.get(table, []), reason, notes)
