"""Every built-in function of DMN 1.5 (§10.3.4) is there, under its standard parameter names."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.functions.library import BUILTINS

NAMED = {
    # conversion, §10.3.4.1
    'date(from: "2026-11-23")': '"2026-11-23"',
    "date(year: 2026, month: 11, day: 23)": '"2026-11-23"',
    'date and time(from: "2026-11-23T08:00:00")': '"2026-11-23T08:00:00"',
    'date and time(date: @"2026-11-23", time: @"08:00:00")': '"2026-11-23T08:00:00"',
    'time(from: "08:00:00")': '"08:00:00"',
    'time(hour: 8, minute: 0, second: 0, offset: @"PT8H")': '"08:00:00+08:00"',
    'number(from: "1.000,5", grouping separator: ".", decimal separator: ",")': "1000.5",
    "string(from: 1.5)": '"1.5"',
    'duration(from: "P1DT2H")': '"P1DT2H"',
    'years and months duration(from: @"2024-01-31", to: @"2026-03-01")': '"P2Y1M"',
    'range(from: "[1..3)")': '"[1..3)"',
    # booleans, §10.3.4.2
    "not(negand: false)": "true",
    # strings, §10.3.4.3
    'substring(string: "foobar", start position: 3, length: 2)': '"ob"',
    'string length(string: "预算")': "2",
    'upper case(string: "a")': '"A"',
    'lower case(string: "A")': '"a"',
    'substring before(string: "foobar", match: "bar")': '"foo"',
    'substring after(string: "foobar", match: "o")': '"obar"',
    'replace(input: "abcd", pattern: "(b)", replacement: "$1$1", flags: "i")': '"abbcd"',
    'contains(string: "foobar", match: "ob")': "true",
    'starts with(string: "foobar", match: "fo")': "true",
    'ends with(string: "foobar", match: "ar")': "true",
    'matches(input: "foobar", pattern: "^FO+", flags: "i")': "true",
    'split(string: "a;b", delimiter: ";")': '["a", "b"]',
    'string join(list: ["a", "b"], delimiter: "-")': '"a-b"',
    # lists, §10.3.4.4
    "list contains(list: [1, 2], element: 2)": "true",
    "list replace(list: [1, 2], position: 2, newItem: 3)": "[1, 3]",
    "list replace(list: [1, 2], match: function(item, newItem) item < newItem, newItem: 2)": (
        "[2, 2]"
    ),
    "count(list: [1, 2])": "2",
    "min(list: [1, 2])": "1",
    "max(list: [1, 2])": "2",
    "sum(list: [1, 2])": "3",
    "mean(list: [1, 2])": "1.5",
    "all(list: [true, false])": "false",
    "any(list: [true, false])": "true",
    "sublist(list: [1, 2, 3], start position: 2, length: 1)": "[2]",
    "append(list: [1], item: 2)": "[1, 2]",
    "concatenate([1], [2])": "[1, 2]",
    "insert before(list: [1, 3], position: 2, newItem: 2)": "[1, 2, 3]",
    "remove(list: [1, 2], position: 1)": "[2]",
    "reverse(list: [1, 2])": "[2, 1]",
    "index of(list: [1, 2, 2], match: 2)": "[2, 3]",
    "union([1], [1, 2])": "[1, 2]",
    "distinct values(list: [1, 1])": "[1]",
    "flatten(list: [[1], [[2]]])": "[1, 2]",
    "product(list: [2, 3])": "6",
    "median(list: [1, 2, 9])": "2",
    "stddev(list: [2, 4, 7, 5])": "2.081665999466132735282297706979931",
    "mode(list: [1, 2, 2])": "[2]",
    # numbers, §10.3.4.5
    "decimal(n: 1/3, scale: 2)": "0.33",
    "floor(n: 1.56, scale: 1)": "1.5",
    "ceiling(n: 1.52, scale: 1)": "1.6",
    "round up(n: 5.5, scale: 0)": "6",
    "round down(n: 5.5, scale: 0)": "5",
    "round half up(n: 5.5, scale: 0)": "6",
    "round half down(n: 5.5, scale: 0)": "5",
    "abs(n: -1)": "1",
    "modulo(dividend: -12, divisor: 5)": "3",
    "sqrt(number: 16)": "4",
    "log(number: 1)": "0",
    "exp(number: 0)": "1",
    "odd(number: 5)": "true",
    "even(number: 5)": "false",
    # dates and times, §10.3.4.6
    'is(value1: @"08:00:00z", value2: @"08:00:00@Europe/Paris")': "false",
    'day of year(date: @"2026-02-01")': "32",
    'day of week(date: @"2026-11-23")': '"Monday"',
    'month of year(date: @"2026-11-23")': '"November"',
    'week of year(date: @"2026-11-23")': "48",
    # ranges, §10.3.4.9
    "before(point1: 1, point2: 2)": "true",
    "after(range: [2..3], point: 1)": "true",
    "after(point: 1, range: [2..3])": "false",
    "meets(range1: [1..5], range2: [5..10])": "true",
    "met by(range1: [5..10], range2: [1..5])": "true",
    "overlaps(range1: [1..5], range2: [3..8])": "true",
    "overlaps before(range1: [1..5], range2: [3..8])": "true",
    "overlaps after(range1: [3..8], range2: [1..5])": "true",
    "finishes(point: 10, range: [1..10])": "true",
    "finished by(range: [1..10], point: 10)": "true",
    "includes(range: [1..10], point: 5)": "true",
    "during(point: 5, range: [1..10])": "true",
    "starts(point: 1, range: [1..10])": "true",
    "started by(range: [1..10], point: 1)": "true",
    "coincides(point1: 5, point2: 5)": "true",
    # sorting, §10.3.4.8
    "sort(list: [2, 1], precedes: function(a, b) a < b)": "[1, 2]",
    # contexts, §10.3.4.10
    'get value(m: {a: 1}, key: "a")': "1",
    "get entries(m: {a: 1})": '[{"key": "a", "value": 1}]',
    'context(entries: [{key: "a", value: 1}])': '{"a": 1}',
    'context put(context: {a: 1}, key: "b", value: 2)': '{"a": 1, "b": 2}',
    'context put(context: {a: {}}, keys: ["a", "b"], value: 2)': '{"a": {"b": 2}}',
    "context merge(contexts: [{a: 1}, {b: 2}])": '{"a": 1, "b": 2}',
    # §10.3.4.7
    "now() instance of date and time": "true",
    "today() instance of date": "true",
}


@pytest.mark.parametrize(("text", "expected"), NAMED.items())
def test_a_standard_function_takes_its_arguments_by_their_standard_names(
    text: str, expected: str
) -> None:
    assert feel.to_json(feel.compile(text).explain({}).value) == expected


def test_the_list_above_names_every_function_there_is() -> None:
    assert {text.partition("(")[0] for text in NAMED} == set(BUILTINS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1..10][item > 8]", "[]"),
        ("5 in [1..10)", "true"),
        ("10 in [1..10)", "false"),
        ("5 in (> 3)", "true"),
        ('@"2026-05-01" in [@"2026-01-01"..@"2026-12-31"]', "true"),
        ("[1..10].start included", "true"),
        ("for i in 3..1 return i", "[3, 2, 1]"),
        ("for i in [1, 2], j in [10, 20] return i + j", "[11, 21, 12, 22]"),
        ("for i in 1..5 return if i <= 2 then 1 else partial[-1] + partial[-2]", "[1, 1, 2, 3, 5]"),
        ('for d in @"2026-01-01"..@"2026-01-03" return d.day', "[1, 2, 3]"),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("every x in [] satisfies false", "true"),
        ("{a: 1, b: a + 1, f: function(x) x * b}.f(3)", "6"),
        ("[{a: 1, b: 2}, {a: 3, b: 4}][a > 1].b", "[4]"),
        ("[1, 2, 3][-1]", "3"),
        ('@"2026-01-31" + @"P1M"', '"2026-02-28"'),
        ('(@"2026-03-01" - @"2026-02-01").days', "28"),
        ('@"PT90M" * 2', '"PT3H"'),
        ('@"P1Y" / @"P1M"', "12"),
        ('@"2026-11-23T10:00:00+08:00" = @"2026-11-23T02:00:00Z"', "true"),
    ],
)
def test_ranges_contexts_filters_loops_and_calendar_values(text: str, expected: str) -> None:
    assert feel.to_json(feel.evaluate(text, {})) == expected
