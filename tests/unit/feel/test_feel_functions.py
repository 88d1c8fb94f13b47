"""Standard functions by family, beyond what the compatibility kit asks."""

from __future__ import annotations

import pytest

from engine import feel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modulo(-5, 3)", "1"),
        ("modulo(5, -3)", "-1"),
        ("decimal(2.5, 0)", "2"),
        ("round half up(-2.5, 0)", "-3"),
        ("round up(1234, -2)", "1300"),
        ('abs(@"-P1Y")', '"P1Y"'),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', '{"a": {"b": 2}}'),
        ("insert before([1, 3], -1, 2)", "[1, 2, 3]"),
        ("union([1, 2], [2, [3]], [[3]])", "[1, 2, [3]]"),
        ("index of([1, null, 1], null)", "[2]"),
        ('min("b", "a")', '"a"'),
        ("max([])", "null"),
        ('day of year(@"2024-12-31")', "366"),
        ('week of year(@"2021-01-03")', "53"),
        ('month of year(@"2026-11-23")', '"November"'),
        ('years and months duration(@"2024-02-29", @"2025-02-28")', '"P11M"'),
        ('@"2026-03-31" - @"P1M"', '"2026-02-28"'),
        ('@"2026-11-23" - @"2026-11-20"', '"P3D"'),
        ('@"P1D" / @"PT6H"', "4"),
        ('@"PT1H" * 1.5', '"PT1H30M"'),
        ('@"23:30:00" + @"PT1H"', '"00:30:00"'),
        ('@"-P1DT2H".hours', "-2"),
        ('substring("中文字", -2)', '"文字"'),
        ('replace("2026-11", "(\\d+)-(\\d+)", "$2/$1")', '"11/2026"'),
        ('replace("a.b", ".", "x", "q")', '"axb"'),
        ('matches("预算123", "^[一-龥]+\\d{3}$")', "true"),
        ('matches("AB", "ab", "i")', "true"),
        ('matches("aXbX", "a(.)b\\1")', "true"),
        ('split("a, b,c", ",\\s*")', '["a", "b", "c"]'),
        ("overlaps([1..3], (3..5])", "false"),
        ("during(2, [1..3])", "true"),
        ("before(point1: 1, point2: 2)", "true"),
        ("includes(range: [1..3], point: 3)", "true"),
        ("sort([3, 1, 2])", "[1, 2, 3]"),
        ('sort([1, "a"])', "null"),
        ("[1..5].start included", "true"),
        ('count(for d in @"2026-01-01"..@"2026-01-31" return d)', "31"),
    ],
)
def test_a_function_gives_what_the_standard_says(text: str, expected: str) -> None:
    assert feel.to_json(feel.evaluate(text, {})) == expected


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a**", "\\2", "(?=a)", "a{5,2}", "\\y", "[[a]]"])
def test_an_illegal_pattern_is_null_with_a_reason(pattern: str) -> None:
    evaluated = feel.compile("matches(t, p)").explain({"t": "a", "p": pattern})
    assert evaluated.value is None
    assert evaluated.error
