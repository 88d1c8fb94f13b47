"""What FEEL says of a fault, in Chinese and in English, and at which column."""

from __future__ import annotations

import re

import pytest

from engine import feel
from engine.feel.check import complaints_of
from engine.feel.wording import SENTENCES

SYNTAX = [
    ("1 +", 1, 4, "应为表达式", "expected an expression"),
    ("预算 ++ 1", 1, 5, "却是“+”", "found “+”"),
    ("a b", 1, 3, "运算符或结尾", "operator or the end"),
    ("1 +\n  * 2", 2, 3, "却是“*”", "found “*”"),
    ('"开头', 1, 1, "结尾的引号", "no closing quote"),
    ('预算 + "元', 1, 6, "结尾的引号", "no closing quote"),
    ("1 /* 注释", 1, 3, "“*/”", "“*/”"),
    ("(1 + 2", 1, 1, "“(”没有对应的“)”", "“(” is never closed"),
    ("[1, (2), 3", 1, 1, "“[”没有对应的“]”", "“[” is never closed"),
    ("sum([1, 2)", 1, 10, "应为“,”", "expected “,”"),
    ("{a: 1", 1, 1, "“{”没有对应的“}”", "“{” is never closed"),
    ("{a: 1, b", 1, 1, "“{”没有对应的“}”", "“{” is never closed"),
    ("{a 1}", 1, 5, "应为“:”", "followed by “:”"),
    ("{a: 1, a: 2}", 1, 8, "“a”重复", "“a” occurs twice"),
    ("[1..2", 1, 1, "“[”没有对应的“]”", "“[” is never closed"),
    ("if 1 then 2", 1, 12, "应为“else”", "expected “else”"),
    ("for in x return 1", 1, 18, "应为名称", "expected a name"),
    ("@1", 1, 2, "“@”后应为字符串", "followed by a string"),
    ("f(a: 1, 2)", 1, 9, "不能混用", "cannot be mixed"),
    ("x instance of nu", 1, 15, "未知的类型“nu”", "unknown type “nu”"),
    ("1 in (< 2", 1, 6, "“(”没有对应的“)”", "“(” is never closed"),
    ("", 1, 1, "应为表达式", "expected an expression"),
]


@pytest.mark.parametrize(("text", "line", "column", "zh", "en"), SYNTAX)
def test_a_syntax_error_points_at_the_column_in_both_languages(
    text: str, line: int, column: int, zh: str, en: str
) -> None:
    with pytest.raises(feel.SyntaxError_) as caught:
        feel.compile(text)
    error = caught.value
    place = error.complaint.place
    assert place is not None
    assert (place.line, place.column) == (line, column)
    assert zh in error.message
    assert f"第 {column} 列" in error.message
    assert en in error.english
    assert f"column {column})" in error.english


EVALUATION = [
    ("1 / 0", 3, "除数为零：1 / 0", "division by zero: 1 / 0"),
    ("金额 / (1 - 1)", 4, "除数为零：3 / 0", "division by zero: 3 / 0"),
    ("1 + 缺失", 5, "没有名为“缺失”的值", "no value named “缺失”"),
    ('1 + (2 - "元")', 8, "number - string 没有结果", "number - string has no result"),
    ("未知函数(1)", 1, "没有名为“未知函数”的函数", "no function named “未知函数”"),
    ("1 + 金额(2)", 5, "number 不是函数", "number is not a function"),
    ('1 + sqrt("4")', 5, "给的是 string", "string given"),
    ('substring("abc")', 1, "需要 2–3 个参数，给了 1 个", "takes 2–3 arguments, 1 given"),
    ("decimal(1, 2, 3)", 1, "需要 2 个参数，给了 3 个", "takes 2 arguments, 3 given"),
    ("abs(m: 1)", 1, "参数应为：n", "arguments of function abs are: n"),
    ("(function(a) a)(1, 2)", 1, "需要 1 个参数，给了 2 个", "takes 1 arguments, 2 given"),
    ("[1, 2][3]", 7, "没有第 3 项", "no item 3"),
    ("{a: 1}.b", 7, "没有“b”", "no “b”"),
    ('"a" < 1', 5, "不能比较大小", "cannot be ordered"),
    ("if 1 then 2 else 3", 1, "不是真假值", "not a boolean"),
    ('date("2026-02-30")', 1, "不是有效的日期", "not a valid date"),
    ('@"2026-02-30"', 1, "不是日期", "no date"),
    ("[3 > 1][item > 1]", 14, "不能比较大小", "cannot be ordered"),
    ('matches("a", "(")', 1, "括号不配对", "brackets of the pattern"),
    ('for x in [1] return x - "a"', 23, "没有结果", "no result"),
]


@pytest.mark.parametrize(("text", "column", "zh", "en"), EVALUATION)
def test_a_null_points_at_the_column_where_it_arose(
    text: str, column: int, zh: str, en: str
) -> None:
    evaluated = feel.compile(text).explain({"金额": 3})
    complaint = evaluated.notes[0]
    assert complaint.place is not None
    assert complaint.place.column == column
    assert zh in complaint.located("zh")
    assert f"第 {column} 列" in complaint.located("zh")
    assert en in complaint.located("en")
    assert f"column {column})" in complaint.located("en")


def test_fuel_that_ends_says_in_both_languages_where() -> None:
    with pytest.raises(feel.FuelExhausted) as caught:
        feel.compile("1 + sum(for a in 1..1000000 return a)").explain({})
    assert caught.value.position == 8
    assert "计算量过大" in caught.value.message
    assert "too much work" in caught.value.english


def test_all_warnings_on_the_way_to_a_value_are_collected_once_each() -> None:
    text = 'if 缺失 > 1 then 1 else count(for x in [1, 2] return x + "a")'
    evaluated = feel.compile(text).explain({})
    assert (evaluated.value, evaluated.reason) == (2, None)
    assert [note.code for note in evaluated.notes] == [
        "unknown_name",
        "not_comparable",
        "no_result",
    ]


def test_a_name_that_is_null_but_given_is_no_unknown_name() -> None:
    evaluated = feel.compile("x + 1").explain({"x": None})
    assert [note.code for note in evaluated.notes] == ["no_result"]


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("1 / 0", "1 / 0\n  ^"),
        ("预算 / 0", "预算 / 0\n　　 ^"),
        ("预算 +\n 1 / 0", " 1 / 0\n   ^"),
        ("1 + 未知的", "1 + 未知的\n    ^^^^^^"),
        (f"{'1 + ' * 30}x / 0", f"…{'1 + ' * 7}x / 0\n{' ' * 31}^"),
    ],
)
def test_carets_stand_under_the_fault(text: str, picture: str) -> None:
    place = feel.compile(text).explain({"预算": 1, "x": 1}).notes[0].place
    assert place is not None
    assert place.picture() == picture


@pytest.mark.parametrize(
    ("text", "column", "zh", "en"),
    [
        ("金额 + 1", 1, "是否为“金额合计”", "did you mean “金额合计”"),
        ("金额合计 + 别的", 8, "没有名为“别的”的值", "no value named “别的”"),
        ("1 + summ(金额合计)", 5, "是否为“sum”", "did you mean “sum”"),
        ("decimal(金额合计)", 1, "需要 2 个参数，给了 1 个", "takes 2 arguments, 1 given"),
        ("abs(number: 1)", 1, "参数应为：n", "are: n"),
    ],
)
def test_what_can_only_be_null_is_known_before_any_data(
    text: str, column: int, zh: str, en: str
) -> None:
    (complaint,) = complaints_of(feel.compile(text), {"金额合计"})
    assert complaint.place is not None
    assert complaint.place.column == column
    assert zh in complaint.said("zh")
    assert en in complaint.said("en")


@pytest.mark.parametrize(
    "text",
    [
        "金额合计[price > 10]",
        "for x in 金额合计 return x.price",
        "some x in 金额合计 satisfies x > 1",
        "{a: 1, b: a + 1}",
        "(function(n) n + 1)(金额合计)",
        "substring(string: 金额合计, start position: 1)",
        "max(1, 2, 3)",
        "append([1], 2, 3)",
        "count(金额合计)",
    ],
)
def test_what_may_have_a_value_is_not_complained_about(text: str) -> None:
    assert list(complaints_of(feel.compile(text), {"金额合计"})) == []


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_of_a_sentence_need_the_same_words(code: str) -> None:
    zh, en = (set(re.findall(r"(?<!{){(\w+)}", text)) for text in SENTENCES[code])
    assert zh >= en - {"why"}
    assert not re.search(r"[\u4e00-\u9fff]", SENTENCES[code][1])
