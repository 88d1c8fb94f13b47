"""Schemas are hostile: what may not be loaded, and what explanatory text may not do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import Invalid
from forms.render import FormSchema
from forms.render.patterns import check_pattern, fits
from forms.render.prose import prose

SCHEMAS = sorted((Path(__file__).parents[2] / "forms" / "schemas").glob("*.json"))


def _form(*components: dict[str, object]) -> FormSchema:
    return FormSchema.load({"components": list(components)})


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_shipped_form_loads(path: Path) -> None:
    assert FormSchema.load(path.read_bytes()).id == path.stem


@pytest.mark.parametrize(
    "components",
    [
        [{"type": "iframe", "url": "https://evil.example"}],
        [{"type": "textfield", "key": "__class__"}],
        [{"type": "textfield", "key": "a.b"}],
        [{"type": "textfield", "key": "_row"}],
        [{"type": "textfield", "key": "a"}, {"type": "number", "key": "a"}],
        [{"type": "select", "key": "a", "values": []}],
        [{"type": "select", "key": "a", "values": [{"value": "1"}, {"value": "1"}]}],
        [{"type": "dynamiclist", "path": "rows"}],
        [{"type": "number", "key": "a", "validate": {"min": "many"}}],
        [{"type": "number", "key": "a", "validate": {"min": "NaN"}}],
        [{"type": "textfield", "key": "a", "conditional": {"hide": "=1 +"}}],
        ["not a component"],
        [{"type": "textfield", "key": f"a{n}"} for n in range(1000)],
    ],
)
def test_what_is_not_acceptable_is_refused(components: list[object]) -> None:
    with pytest.raises(Invalid):
        FormSchema.load({"components": components})


def test_lists_do_not_hold_lists_and_nesting_ends() -> None:
    inner: dict[str, object] = {"type": "textfield", "key": "a"}
    rows = {"type": "dynamiclist", "path": "rows", "components": [inner]}
    with pytest.raises(Invalid, match="明细表"):
        _form({"type": "dynamiclist", "path": "outer", "components": [rows]})
    for _ in range(10):
        inner = {"type": "group", "components": [inner]}
    with pytest.raises(Invalid, match="嵌套过深"):
        _form(inner)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"components": 3}', "[" * 5000])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        FormSchema.load(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        "(a*)*b",
        "a*a*a*a*b",
        "(.*)(.*)(.*)x",
        r"(a)\1+",
        "a?" * 30 + "a" * 30,
        "(?=a)b",
        "((a{1,50}){1,50}){1,50}",
        "[",
        "x" * 500,
    ],
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\d{6}", "310112", "31011"),
        (r"^[A-Z]{2}-\d{4}-\d{4}$", "MH-2024-0001", "MH-24-1"),
        (r"1[3-9]\d{9}", "13800000000", "12800000000"),
        (r"[^@\s]+@[^@\s]+", "a@b.cn", "a b"),
        (r"沪\w+〔\d{4}〕\d+号", "沪财绩〔2020〕6号", "沪财绩6号"),
    ],
)
def test_patterns_that_forms_need_are_accepted(pattern: str, good: str, bad: str) -> None:
    check_pattern(pattern)
    assert fits(pattern, good)
    assert not fits(pattern, bad)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[点我](javascript:alert(1))",
        '[点我](https://a.example/"onmouseover="alert(1))',
        "**<b onclick=x>粗</b>**",
        "<<script>script>alert(1)<</script>/script>",
    ],
)
def test_explanatory_text_brings_no_markup_of_its_own(text: str) -> None:
    shown = str(prose(text))
    for bad in ("<script", "<img", "<b", "onclick=x>", 'href="javascript', '"onmouseover='):
        assert bad not in shown


def test_explanatory_text_may_be_emphasised_listed_and_linked() -> None:
    shown = str(
        prose("# 说明\n请**如实**填写：\n- 金额\n- 日期\n\n见[办法](https://a.example/x?a=1&b=2)")
    )
    assert "<h3>说明</h3>" in shown
    assert "<strong>如实</strong>" in shown
    assert "<li>金额</li><li>日期</li>" in shown
    assert 'href="https://a.example/x?a=1&amp;b=2"' in shown


def test_a_schema_may_come_as_text_bytes_or_data() -> None:
    data = {"id": "x", "components": [{"type": "textfield", "key": "name", "label": "名称"}]}
    text = json.dumps(data)
    assert FormSchema.load(text) == FormSchema.load(text.encode()) == FormSchema.load(data)
