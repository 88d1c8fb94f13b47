"""FEEL against Python's Decimal, calendar and `re`, and its parser against anything typed."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal, DecimalException
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel.machine import Machine
from engine.feel.number import CONTEXT
from engine.feel.regex import compiled
from engine.feel.temporal import Date, Days, Months
from engine.feel.temporal.calendar import civil, days_of
from engine.feel.temporal.text import parse_duration

NUMBERS = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=6
)
WORDS = [
    *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or"),
    *("not", "between", "instance", "of", "function", "true", "false", "null", "external"),
    *("(", ")", "[", "]", "{", "}", "..", ",", ".", ":", "+", "-", "*", "/", "**", "<", "<="),
    *(
        ">",
        ">=",
        "=",
        "!=",
        "@",
        '"',
        "\\",
        "?",
        "1",
        "2.5",
        "1e3",
        "'a'",
        "预算",
        "支出",
        "x",
        "y",
    ),
    *("date", "time", "count", "sum", "list<number>", "item", "partial", "//", "/*", "*/"),
    *('"文"', '@"P1D"', "#", "％"),
]
PYTHON = {"+": CONTEXT.add, "-": CONTEXT.subtract, "*": CONTEXT.multiply, "/": CONTEXT.divide}


@given(a=NUMBERS, b=NUMBERS, operator=st.sampled_from("+-*/"))
def test_arithmetic_is_decimal_arithmetic_with_34_digits(
    a: Decimal, b: Decimal, operator: str
) -> None:
    try:
        expected: Decimal | None = PYTHON[operator](a, b)
    except DecimalException:
        expected = None
    assert feel.compile(f"a {operator} b").evaluate({"a": a, "b": b}) == expected
    assert feel.evaluate(f"({a:f}) {operator} ({b:f})", {}) == expected


@given(a=NUMBERS, b=NUMBERS)
def test_comparisons_of_numbers_are_total(a: Decimal, b: Decimal) -> None:
    context = {"a": a, "b": b}
    outcomes = [feel.evaluate(text, context) for text in ("a < b", "a = b", "a > b")]
    assert outcomes.count(True) == 1
    assert feel.evaluate("a <= b", context) == (a <= b)


THREE = (True, False, None, Decimal(1))


@pytest.mark.parametrize(("a", "b"), list(product(THREE, THREE)))
def test_and_and_or_follow_the_ternary_tables(a: object, b: object) -> None:
    both = False if a is False or b is False else True if a is True and b is True else None
    either = True if a is True or b is True else False if a is False and b is False else None
    context = {"a": a, "b": b}
    assert feel.compile("a and b").evaluate(context) is both
    assert feel.compile("a or b").evaluate(context) is either
    if isinstance(a, bool | None) and isinstance(b, bool | None):
        de_morgan = "not(a and b) = (not(a) or not(b))"
        assert feel.compile(de_morgan).evaluate(context) is True


@given(st.text(max_size=80))
def test_the_parser_complains_about_any_text_only_in_its_own_way(text: str) -> None:
    try:
        feel.compile(text)
    except feel.SyntaxError_ as error:
        assert 0 <= error.position <= len(text)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_whatever_parses_also_evaluates(text: str) -> None:
    try:
        expression = feel.compile(text, ["预算", "年 度"])
    except feel.SyntaxError_:
        return
    try:
        evaluated = expression.explain({"x": [1, "a"], "y": {"x": 2}, "预算": 1.5}, fuel=5_000)
    except feel.FuelExhausted:
        return
    json.loads(feel.to_json(evaluated.value))


LEAVES = ["1", "2.5", '"a"', "true", "null", "x", "y", "[1, 2]", '@"P1D"', "{a: 1}"]
SHAPES = [
    *(f"({{}} {sign} {{}})" for sign in ("+", "-", "*", "/", "**", "<", "=", "and", "or", "in")),
    *(f"{name}({{}})" for name in ("count", "sum", "string", "not", "flatten", "sort", "max")),
    *("(if {} then {} else {})", "(for i in {} return {})", "{}[{}]", "[{}, {}]", "-{}"),
]


def _filled(shape: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*[inner] * shape.count("{}")).map(lambda parts: shape.format(*parts))


def _expressions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(LEAVES),
        lambda inner: st.one_of(*(_filled(shape, inner) for shape in SHAPES)),
        max_leaves=12,
    )


@settings(max_examples=300)
@given(_expressions())
def test_no_combination_of_operations_raises(text: str) -> None:
    try:
        evaluated = feel.compile(text).explain({"x": [3, None], "y": "b"}, fuel=20_000)
    except feel.FuelExhausted:
        return
    if evaluated.value is not None:
        assert evaluated.error is None


@given(st.dates())
def test_the_calendar_is_pythons_where_python_has_one(day: dt.date) -> None:
    assert days_of(day.year, day.month, day.day) == (day - dt.date(1970, 1, 1)).days
    assert feel.to_python(feel.evaluate("d", {"d": day})) == day
    assert feel.evaluate("week of year(d)", {"d": day}) == day.isocalendar()[1]


@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_days_and_dates_convert_both_ways(days: int) -> None:
    assert days_of(*civil(days)) == days
    assert Date.at(days + 1).days == days + 1


@given(st.integers(min_value=-(10**20), max_value=10**20), st.integers(-(10**9), 10**9))
def test_durations_are_read_back_as_written(nanos: int, months: int) -> None:
    assert parse_duration(str(Days(nanos))) == Days(nanos)
    assert parse_duration(str(Months(months))) == Months(months)


PIECES = ["a", "b", ".", "[ab]", "(a|b)", "(ab)?", "a*", "b+", "(a*)*", "a{1,2}", "a*?"]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.text(alphabet="abc", max_size=8),
)
def test_patterns_match_as_in_python(pattern: str, text: str) -> None:
    found = compiled(pattern, "").search(Machine(1_000_000), text)
    expected = re.search(pattern, text)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found[:2] == expected.span()


JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_json_values_pass_unchanged(value: object) -> None:
    assert feel.from_json(feel.to_json(feel.evaluate("v", {"v": value}))) == value
