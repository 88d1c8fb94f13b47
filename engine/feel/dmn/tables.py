"""Decision tables: reading them, and finding the rules that match (DMN 1.5 §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.feel.dmn import hits
from engine.feel.dmn.datatypes import Types, reference
from engine.feel.dmn.xml import Element, child, children, name_of, text_of
from engine.feel.errors import FeelError
from engine.feel.machine import Machine
from engine.feel.names import Names
from engine.feel.nodes.base import Node, Scope
from engine.feel.nodes.simple import Failure
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.types import ANY, Type
from engine.feel.values import Closure, Frame, Value


@dataclass(slots=True)
class Output:
    """A column of results."""

    name: str
    type: Type
    ranking: Node | None
    default: Node | None


@dataclass(slots=True)
class Rule:
    """A row: tests (None for `-`), results, and its id or number."""

    label: str | int
    tests: list[Node | None]
    results: list[Node]


@dataclass(eq=False)
class DecisionTable(Node):
    """A table with its hit policy."""

    key: str
    policy: str
    aggregation: str
    inputs: list[Node]
    allowed: list[Node | None]
    outputs: list[Output]
    rules: list[Rule]

    def parts(self) -> Iterator[Node]:
        """Inputs, tests and results, row by row."""
        yield from self.inputs
        yield from filter(None, self.allowed)
        for output in self.outputs:
            yield from filter(None, (output.ranking, output.default))
        for rule in self.rules:
            yield from filter(None, rule.tests)
            yield from rule.results

    def closure(self, scope: Scope) -> Closure:
        inputs = [node.close(scope) for node in self.inputs]
        within = scope.inner("?")
        allowed = [node.close(within) if node else None for node in self.allowed]
        rules = [_ClosedRule(rule, scope, within) for rule in self.rules]
        cost = 1 + len(inputs)
        judge = hits.judge_of(self, scope)
        first_only = self.policy == "FIRST"

        def decide(frame: Frame) -> Value:
            machine: Machine = frame[0]
            asked = [[*frame, node(frame)] for node in inputs]
            for test, inner in zip(allowed, asked, strict=True):
                if test is not None and inner[-1] is not None and test(inner) is not True:
                    return machine.note("input_outside")
            matched = []
            for rule in rules:
                machine.burn(cost)
                if rule.matches(asked):
                    matched.append(rule)
                    if first_only:
                        break
            machine.record(self.key, [rule.label for rule in matched])
            return judge(frame, [rule.results for rule in matched])

        return decide


class _ClosedRule:
    __slots__ = ("label", "results", "tests")

    def __init__(self, rule: Rule, scope: Scope, within: Scope) -> None:
        self.label = rule.label
        self.tests = [
            (column, test.close(within)) for column, test in enumerate(rule.tests) if test
        ]
        self.results = [node.close(scope) for node in rule.results]

    def matches(self, asked: list[Frame]) -> bool:
        return all(test(asked[column]) is True for column, test in self.tests)


def read(element: Element, names: Names, types: Types) -> DecisionTable:
    """The table of a `decisionTable` element; raises `FeelError`."""
    inputs = list(children(element, "input"))
    outputs = [_output(column, names, types) for column in children(element, "output")]
    if not outputs:
        raise FeelError("no_outputs", element=element.get("id"))
    single = reference(element.get("typeRef"), types)
    if len(outputs) == 1 and outputs[0].type is ANY and not single.is_list():
        outputs[0].type = single
    return DecisionTable(
        key=table_key(element),
        policy=element.get("hitPolicy") or "UNIQUE",
        aggregation=element.get("aggregation") or "",
        inputs=[_expression(child(column, "inputExpression"), names, types) for column in inputs],
        allowed=[_tests(text_of(child(column, "inputValues")), names, types) for column in inputs],
        outputs=outputs,
        rules=[
            _rule(row, number, (len(inputs), len(outputs)), names, types)
            for number, row in enumerate(children(element, "rule"), start=1)
        ],
    )


def table_key(element: Element) -> str:
    """What the machine files a table's hits under: its place in the document."""
    return element.getroottree().getpath(element)


def _expression(element: Element | None, names: Names, types: Types) -> Node:
    text = text_of(element)
    return parse_expression(text, names, types) if text else Failure("empty")


def _tests(text: str, names: Names, types: Types) -> Node | None:
    if text in ("", "-"):
        return None
    return parse_unary_tests(text, names.inner(["?"]), types)


def _output(element: Element, names: Names, types: Types) -> Output:
    values = text_of(child(element, "outputValues"))
    default = child(element, "defaultOutputEntry")
    return Output(
        name_of(element),
        reference(element.get("typeRef"), types),
        parse_expression(f"[{values}]", names, types) if values else None,
        None if default is None else _expression(default, names, types),
    )


def _rule(element: Element, number: int, size: tuple[int, int], names: Names, types: Types) -> Rule:
    tests = [_tests(text_of(cell), names, types) for cell in children(element, "inputEntry")]
    results = [_expression(cell, names, types) for cell in children(element, "outputEntry")]
    if (len(tests), len(results)) != size:
        raise FeelError("row_size", element=element.get("id"), number=number)
    return Rule(element.get("id") or number, tests, results)
