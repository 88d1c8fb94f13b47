"""Hit policies: what the matching rules mean together (DMN 1.5 §8.2.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.feel.equality import equal
from engine.feel.errors import FeelError
from engine.feel.functions.registry import BUILTINS
from engine.feel.machine import Machine
from engine.feel.nodes.base import Scope
from engine.feel.types import coerced
from engine.feel.values import Closure, Frame, Value

if TYPE_CHECKING:
    from engine.feel.dmn.tables import DecisionTable

Row = list[Closure]
Judge = Callable[[Frame, list[Row]], Value]
AGGREGATORS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


class Policy:
    """Turns the rows of matching rules into the table's result."""

    def __init__(self, table: DecisionTable, scope: Scope) -> None:
        self.outputs = table.outputs
        self.aggregation = table.aggregation
        self.rankings = [output.ranking and output.ranking.close(scope) for output in self.outputs]
        self.defaults = [output.default and output.default.close(scope) for output in self.outputs]

    def result(self, frame: Frame, row: Row) -> Value:
        """One rule's result: a value, or a context when there are several columns."""
        values = [
            coerced(frame[0], cell(frame), output.type)
            for cell, output in zip(row, self.outputs, strict=True)
        ]
        if len(values) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def default(self, frame: Frame) -> Value:
        """What holds when no rule matches."""
        if not any(self.defaults):
            return frame[0].note("no_rule")
        row = [default or (lambda _: None) for default in self.defaults]
        return self.result(frame, row)

    def unique(self, frame: Frame, rows: list[Row]) -> Value:
        """At most one rule may match."""
        if len(rows) > 1:
            return frame[0].note("several_rules", count=len(rows))
        return self.result(frame, rows[0]) if rows else self.default(frame)

    def first(self, frame: Frame, rows: list[Row]) -> Value:
        """The uppermost."""
        return self.result(frame, rows[0]) if rows else self.default(frame)

    def any(self, frame: Frame, rows: list[Row]) -> Value:
        """All that match must agree."""
        results = [self.result(frame, row) for row in rows]
        if not results:
            return self.default(frame)
        if any(not _agree(frame[0], results[0], other) for other in results[1:]):
            return frame[0].note("rules_differ")
        return results[0]

    def priority(self, frame: Frame, rows: list[Row]) -> Value:
        """The one whose outputs stand first in the output values."""
        ranked = self._ranked(frame, rows)
        return ranked[0] if ranked else self.default(frame)

    def output_order(self, frame: Frame, rows: list[Row]) -> Value:
        """All, in the order of the output values."""
        return self._ranked(frame, rows) if rows else self._none(frame)

    def rule_order(self, frame: Frame, rows: list[Row]) -> Value:
        """All, in the order of the rules."""
        return [self.result(frame, row) for row in rows] if rows else self._none(frame)

    def collect(self, frame: Frame, rows: list[Row]) -> Value:
        """All, or their sum, smallest, greatest or number."""
        if not self.aggregation:
            return self.rule_order(frame, rows)
        results = [self.result(frame, row) for row in rows]
        if not results and self.aggregation != "COUNT":
            return self.default(frame)
        return BUILTINS[AGGREGATORS[self.aggregation]].call(frame[0], [results])

    def _none(self, frame: Frame) -> Value:
        default = self.default(frame)
        return [] if default is None else default

    def _ranked(self, frame: Frame, rows: list[Row]) -> list[Value]:
        orders = [ranking(frame) if ranking else None for ranking in self.rankings]
        results = [self.result(frame, row) for row in rows]
        return sorted(results, key=lambda result: self._rank(frame[0], result, orders))

    def _rank(self, machine: Machine, result: Value, orders: list[Value]) -> list[int]:
        values = list(result.values()) if len(orders) > 1 else [result]
        return [
            _place(machine, value, order)
            for value, order in zip(values, orders, strict=True)
            if order is not None
        ]


def _agree(machine: Machine, a: Value, b: Value) -> bool:
    return equal(machine, a, b) is True


def _place(machine: Machine, value: Value, order: list[Value]) -> int:
    places = (place for place, item in enumerate(order) if equal(machine, item, value) is True)
    return next(places, len(order))


_POLICIES: dict[str, Callable[[Policy, Frame, list[Row]], Value]] = {
    "UNIQUE": Policy.unique,
    "FIRST": Policy.first,
    "ANY": Policy.any,
    "PRIORITY": Policy.priority,
    "OUTPUT ORDER": Policy.output_order,
    "RULE ORDER": Policy.rule_order,
    "COLLECT": Policy.collect,
}


def judge_of(table: DecisionTable, scope: Scope) -> Judge:
    """The table's policy, closed over a scope; raises `Invalid` for an unknown one."""
    judge = _POLICIES.get(table.policy)
    if judge is None or (table.aggregation and table.aggregation not in AGGREGATORS):
        raise FeelError("policy", policy=f"{table.policy} {table.aggregation}".strip())
    policy = Policy(table, scope)
    return lambda frame, rows: judge(policy, frame, rows)
