"""A decision model ready to be asked: its elements, and a run through what a decision requires."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import NotFound
from engine.feel import limits
from engine.feel.boundary import admit
from engine.feel.errors import FuelExhausted
from engine.feel.expression import Expression
from engine.feel.functions.registry import BUILTINS
from engine.feel.machine import Machine
from engine.feel.types import ANY, FunctionType, Type, coerced
from engine.feel.values import Frame, Function, Value


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision's result, the rules of its own table that matched, and for a null the reason."""

    result: Value
    matched_rules: list[str | int]
    error: str | None


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
    fault: str | None = None
    parameters: list[Item] = field(default_factory=list)
    outputs: list[Item] = field(default_factory=list)


class Run:
    """One question to a model: values are computed when asked for, once."""

    def __init__(
        self, machine: Machine, inputs: Mapping[str, object], given: dict[Item, Value] | None = None
    ) -> None:
        self.machine = machine
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
            return self.machine.note(f"决策“{item.name}”依赖自身")

        def call(machine: Machine, arguments: Sequence[Value]) -> Value:
            function = self.values.get(item)
            if not isinstance(function, Function):
                return machine.note(f"“{item.name}”依赖自身")
            return function.call(machine, arguments)

        return Function(item.name, tuple(parameter.name for parameter in item.parameters), call)

    def _input(self, item: Item) -> Value:
        for name in (item.name, item.label):
            if name in self.inputs:
                return coerced(self.machine, admit(self.machine, self.inputs[name]), item.type)
        return self.machine.note(f"没有给出输入“{item.name}”")

    def _computed(self, item: Item) -> Value:
        if item.expression is None:
            return self.machine.note(item.fault or f"“{item.name}”没有表达式")
        context = self._context(item)
        frame: Frame = [self.machine]
        frame += [context.get(name, BUILTINS.get(name)) for name in item.expression.names]
        value = item.expression.start(frame)
        return coerced(self.machine, value, item.type) if item.kind == "decision" else value

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
                return machine.note(f"{item.name} 需要 {len(names)} 个参数")
            given: dict[Item, Value] = {}
            for parameter, argument in zip(item.parameters, arguments, strict=True):
                given[parameter] = coerced(machine, argument, parameter.type)
                if given[parameter] is None and argument is not None:
                    return None
            return self._output(machine, item, given)

        return Function(item.name, names, call)

    def _output(self, machine: Machine, item: Item, given: dict[Item, Value]) -> Value:
        machine.enter()
        inner = Run(machine, {}, given)
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
    def problems(self) -> list[tuple[str, str]]:
        """The elements that cannot be computed and why, for those who deploy the model."""
        return [(item.name, item.fault) for item in self._items if item.fault]

    def decide(
        self, decision: str, inputs: Mapping[str, object], fuel: int = limits.DECISION_FUEL
    ) -> Decided:
        """The decision's result for these inputs; raises `NotFound` and `FuelExhausted`."""
        item = self._find(decision, "decision")
        machine = Machine(fuel)
        result = _computed(Run(machine, inputs), item)
        return Decided(result, machine.hits.get(item.table, []), _reason(machine, result))

    def invoke(
        self, service: str, inputs: Mapping[str, object], fuel: int = limits.DECISION_FUEL
    ) -> Decided:
        """A decision service's or knowledge model's result for arguments by name."""
        item = self._find(service, "decisionService", "businessKnowledgeModel")
        machine = Machine(fuel)
        function = _computed(Run(machine, {}), item)
        missing = [each.name for each in item.parameters if each.name not in inputs]
        if missing or not isinstance(function, Function):
            machine.note(f"没有给出参数：{'、'.join(missing)}" if missing else "不能调用")
            return Decided(None, [], _reason(machine, None))
        values = [admit(machine, inputs[name]) for name in function.parameters]
        result = function.call(machine, values)
        return Decided(result, [], _reason(machine, result))

    def _find(self, wanted: str, *kinds: str) -> Item:
        for item in self._items:
            if item.kind in kinds and wanted in (item.label, item.name, item.id):
                return item
        raise NotFound(f"模型中没有“{wanted}”")


def _computed(run: Run, item: Item) -> Value:
    try:
        return run.value_of(item)
    except RecursionError:
        raise FuelExhausted("决策之间的依赖过深，已停止") from None


def _reason(machine: Machine, result: Value) -> str | None:
    return machine.notes[0] if result is None and machine.notes else None
