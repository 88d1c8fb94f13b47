"""Hostile expressions: stopped by fuel or refused, never by luck; counted, not timed."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.machine import Machine

CONTEXT: dict[str, object] = {"x": list(range(200)), "s": "a" * 50_000}
DOUBLING = "{a: [1, 1]" + "".join(
    f", {chr(99 + i)}: [{chr(98 + i) if i else 'a'}, {chr(98 + i) if i else 'a'}]"
    for i in range(22)
)
NEVER_ENDING = [
    "for a in x return for b in x return for c in x return 1",
    "for i in 1..1000000000000 return i",
    'some d in @"2000-01-01"..@"999999999-01-01" satisfies false',
    'matches(s, "(a*)*b")',
    'matches(s, "a*a*a*a*a*b")',
    'matches(s, "(a)\\1*b")',
    'replace(s, "a", "bbbbbbbbbbbbbbbb")',
    'split(s, "a")',
    "string join(for i in 1..5000 return s)",
    "for i in 1..5000 return s + s",
    "for i in 1..100000 return 3 ** 0.5",
    "for i in 1..100000 return exp(1)",
    "sort(for i in 1..100000 return -i)",
    "{f: function(g, n) g(g, n + 1), r: f(f, 1)}.r",
    "{f: function(g, n) [g(g, n), g(g, n)], r: f(f, 1)}.r",
    'for i in 1..100000 return range("[1..2]")',
    "every i in x, j in x, k in x satisfies i + j + k >= 0",
]


@pytest.mark.parametrize("text", NEVER_ENDING)
def test_work_without_end_is_stopped_by_the_fuel(text: str) -> None:
    with pytest.raises(feel.FuelExhausted):
        feel.evaluate(text, CONTEXT)


@pytest.mark.parametrize(
    "text",
    ["9 ** 9 ** 9 ** 9 ** 9", "1e6000 * 1e6000", "exp(1e9)", "decimal(1, 1e30)", "1e999 ** 9"],
)
def test_giant_numbers_are_null_at_once(text: str) -> None:
    machine = Machine(1_000)
    assert feel.compile(text).run(machine, {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "-" * 4000 + "1",
        "[" * 300 + "]" * 300,
        "{a:" * 300 + "1" + "}" * 300,
        "if true then " * 300 + "1",
        "not(" * 300 + "true" + ")" * 300,
        "+".join("1" * 1500),
        "1" + ".a" * 1500,
        "1 + " * 8000 + "1",
        "function(a) " * 300 + "1",
    ],
)
def test_texts_too_deep_or_long_are_refused(text: str) -> None:
    with pytest.raises(feel.SyntaxError_):
        feel.compile(text)


@pytest.mark.parametrize("call", ["flatten", "string", "count"])
def test_a_value_that_doubles_at_every_step_cannot_be_unfolded(call: str) -> None:
    text = DOUBLING + f", z: {call}(" + chr(98 + 22) + ")}.z"
    if call == "count":
        assert feel.evaluate(text, {}) == 2
    else:
        with pytest.raises(feel.FuelExhausted):
            feel.evaluate(text, {})


def test_a_value_that_doubles_at_every_step_cannot_be_written_out() -> None:
    with pytest.raises(feel.FuelExhausted):
        feel.to_json(feel.evaluate(DOUBLING + "}", {}))


def test_fuel_is_shared_by_all_scopes() -> None:
    nested = feel.compile("for a in 1..30 return for b in 1..30 return a * b")
    assert len(nested.evaluate({}, fuel=10_000)) == 30
    with pytest.raises(feel.FuelExhausted):
        nested.evaluate({}, fuel=2_000)


def test_a_list_that_holds_itself_does_not_get_in() -> None:
    loop: list[object] = []
    loop.append(loop)
    evaluated = feel.compile("count(x)").explain({"x": loop})
    assert [note.code for note in evaluated.notes] == ["value_nested"]


def test_recursion_within_the_limits_works() -> None:
    text = "{f: function(g, n) if n <= 1 then 1 else n * g(g, n - 1), r: f(f, 30)}.r"
    assert feel.to_json(feel.evaluate(text, {})) == "265252859812191058636308480000000"
