"""The language: literals, names, operators, null logic, and what is told about nulls."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine import feel
from engine.errors import Invalid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("123456789012345678901234567890.12 * 1", "123456789012345678901234567890.12"),
        ("-3 ** 2", "9"),
        ("3 ** 4 ** 5", "3486784401"),
        ("2 + 3 * 4", "14"),
        ('if 2 > 1 then "是" else "否"', '"是"'),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][item > 1]", "[2, 3]"),
        ("[{a: 1}, {a: 2}][a > 1].a", "[2]"),
        ("{a: 1, b c: a + 1}.b c", "2"),
        ("for i in 1..3, j in [10, 20] return i * j", "[10, 20, 20, 40, 30, 60]"),
        ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24]"),
        ("some x in [1, 5] satisfies x > 4", "true"),
        ("every x in [1, 5] satisfies x > 4", "false"),
        ("5 in (1..5)", "false"),
        ("5 in (1..5]", "true"),
        ("5 in (< 3, >= 5)", "true"),
        ("5 between 1 and 5 and true", "true"),
        ("(function(a, b) a - b)(b: 1, a: 3)", "2"),
        ('date("2020-01-31") + duration("P1M")', '"2020-02-29"'),
        ('@"2026-11-23T10:00:00+08:00".time offset', '"PT8H"'),
        ('"10" instance of string', "true"),
        ("[1] instance of list<number>", "true"),
        ("/* 注释 */ 1 // 尾注", "1"),
        (r'"a\u4e2d\n" + "文"', '"a中\\n文"'),
        ("]1..3[ = (1..3)", "true"),
        ("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"),
        ("sum([1, 2.5])", "3.5"),
        ('string([1, "a", {b: null}])', r'"[1, \"a\", {b: null}]"'),
    ],
)
def test_an_expression_has_the_value_the_standard_gives_it(text: str, expected: str) -> None:
    assert feel.to_json(feel.evaluate(text, {})) == expected


@pytest.mark.parametrize(
    "name",
    [
        "支出",
        "年 度 预算",
        "a-b",
        "完成率%",
        "2025年预算",
        "预算（万元）",
        "in progress",
        "Person's age",
    ],
)
def test_a_name_may_hold_chinese_blanks_and_signs(name: str) -> None:
    assert feel.compile(f"{name} * 2", [name]).evaluate({name: 21}) == 42


def test_the_longest_known_name_wins() -> None:
    context = {"a": 5, "b": 3, "a-b": 100}
    assert feel.evaluate("a-b", context) == 100
    assert feel.evaluate("a - b", {"a": 5, "b": 3}) == 2


def test_names_inside_values_may_hold_blanks_too() -> None:
    assert feel.evaluate("项目.年度 预算 + 1", {"项目": {"年度 预算": 1}}) == 2


def test_a_variable_may_be_called_like_a_standard_function() -> None:
    assert feel.evaluate("count + 1", {"count": 1}) == 2
    assert feel.compile("count + 1").evaluate({"count": 1}) == 2
    assert feel.evaluate("count([count, 5])", {"count": 1}) == 2


def test_the_names_that_an_expression_takes_from_its_context_are_known() -> None:
    expression = feel.compile("for x in 清单 return x + 支出 + count([1])")
    assert expression.names == ("清单", "支出")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "1 / 0"),
        ("缺失 + 1", "缺失"),
        ('1 + "a"', "number + string"),
        ("[1, 2][3]", "第 3 项"),
        ('date("2026-02-30")', "日期"),
        ("{a: 1}.b", "b"),
        ("nothing(1)", "nothing"),
        ('sqrt("4")', "sqrt"),
        ("1 < true", "不能比较"),
    ],
)
def test_a_null_comes_with_its_reason(text: str, reason: str) -> None:
    evaluated = feel.compile(text).explain({})
    assert evaluated.value is None
    assert evaluated.error is not None
    assert reason in evaluated.error


def test_a_null_that_is_meant_has_no_reason() -> None:
    assert feel.compile("null").explain({}) == feel.Evaluated(None, None)


def test_reasons_met_on_the_way_to_a_value_are_notes() -> None:
    evaluated = feel.compile("if 缺失 > 1 then 1 else 2").explain({})
    assert (evaluated.value, evaluated.error) == (2, None)
    assert evaluated.notes


@pytest.mark.parametrize(
    ("text", "position"), [("1 +", 3), ("(1", 0), ("a b", 2), ('"x', 0), ("[1,", 3), ("", 0)]
)
def test_a_syntax_error_says_where(text: str, position: int) -> None:
    with pytest.raises(feel.SyntaxError_) as caught:
        feel.compile(text)
    assert caught.value.position == position
    assert isinstance(caught.value, Invalid)
    assert f"第 {position + 1} 列" in caught.value.message


def test_python_values_are_admitted_at_the_border() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    context = {
        "i": 3,
        "f": 0.1,
        "d": dt.date(2026, 1, 31),
        "t": dt.datetime(2026, 1, 1, 8, 0, tzinfo=shanghai),
        "w": dt.timedelta(days=2, hours=1),
        "rows": ({"x": 1}, {"x": 2}),
    }
    assert feel.evaluate("f + 0.2", context) == Decimal("0.3")
    assert feel.to_python(feel.evaluate("d + w", context)) == dt.date(2026, 2, 2)
    assert feel.to_python(feel.evaluate("t + w", context)) == dt.datetime(
        2026, 1, 3, 9, 0, tzinfo=shanghai
    )
    assert feel.evaluate("sum(rows.x) + i", context) == 6


def test_no_attribute_of_a_python_object_can_be_reached() -> None:
    class Secret:
        key = "secret"

    for text in ("o.key", "o.__class__", "s.__class__", "o", "l.append", "d.keys"):
        context = {"o": Secret(), "s": "text", "l": [], "d": {}}
        assert feel.evaluate(text, context) in (None, [])


def test_not_a_number_and_infinity_do_not_get_in() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")):
        assert feel.evaluate("x", {"x": value}) is None


def test_a_unary_test_judges_a_value() -> None:
    assert feel.unary_test("[1..5], > 10", 12, {}) is True
    assert feel.unary_test("not(1, 2)", 2, {}) is False
    assert feel.unary_test('"高", "中"', "低", {}) is False
    assert feel.unary_test("-", None, {}) is True
    assert feel.unary_test("? > 上限 * 2", 5, {"上限": 2}) is True
    assert feel.unary_test("> 1", None, {}) is None


def test_json_keeps_all_digits_of_numbers() -> None:
    value = feel.from_json('{"x": [1.10, 12345678901234567890.123456789]}')
    assert feel.to_json(value) == '{"x": [1.10, 12345678901234567890.123456789]}'
