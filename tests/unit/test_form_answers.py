"""Cleaning answers: canonical values, reasons beside fields, read-only values from the facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.errors import Invalid
from forms.render import FormSchema, build, clean, clean_answers
from forms.render.submission import change_rows

ROWS = {
    "type": "dynamiclist",
    "path": "rows",
    "label": "指标",
    "allowAddRemove": False,
    "components": [
        {"type": "textfield", "key": "id", "readonly": True},
        {"type": "textfield", "key": "level3", "label": "三级指标", "readonly": True},
        {"type": "number", "key": "score", "label": "得分", "validate": {"required": True}},
    ],
}
FREE = {
    "type": "dynamiclist",
    "path": "lines",
    "label": "明细",
    "components": [
        {"type": "textfield", "key": "source", "label": "来源", "validate": {"required": True}},
        {"type": "number", "key": "amount", "label": "金额", "validate": {"min": 0}},
    ],
}
FACTS = {"rows": [{"id": 7, "level3": "里程", "more": 1}, {"id": 9, "level3": "人次"}]}


def _form(*components: dict[str, Any]) -> FormSchema:
    return FormSchema.load({"components": list(components)})


def _one(component: dict[str, Any], value: Any) -> Any:
    return clean_answers(_form({"key": "a", "label": "甲", **component}), {"a": value})["a"]


def _problems(schema: FormSchema, answers: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        clean_answers(schema, answers, **more)
    return refusal.value.problems


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("1,234.50", "1234.5"),
        ("１２３４．５", "1234.5"),
        ("-0", "0"),
        ("+5", "5"),
        (".5", "0.5"),
        (Decimal("1E+3"), "1000"),
        (1e21, "1000000000000000000000"),
        (0.1, "0.1"),
        (12, "12"),
        (" 7 ", "7"),
        ("", None),
        (None, None),
    ],
)
def test_numbers_have_one_form(typed: Any, canonical: str | None) -> None:
    assert _one({"type": "number"}, typed) == canonical


@pytest.mark.parametrize(
    "typed", ["1e5", "NaN", "Infinity", "一百", "1.2.3", "--1", True, [1], {"a": 1}, "9" * 50]
)
def test_what_is_no_number_is_refused(typed: Any) -> None:
    assert "a" in _problems(_form({"type": "number", "key": "a"}), {"a": typed})


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("2024-3-1", "2024-03-01"), ("2024/03/01", "2024-03-01"), ("2024年3月1日", "2024-03-01")],
)
def test_dates_have_one_form(typed: str, canonical: str) -> None:
    assert _one({"type": "datetime"}, typed) == canonical


@pytest.mark.parametrize("typed", ["2024-02-30", "3月1日", "24-01-01", "tomorrow"])
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    assert "a" in _problems(_form({"type": "datetime", "key": "a"}), {"a": typed})


@pytest.mark.parametrize(
    ("rules", "value", "reason"),
    [
        ({"min": 10}, "9", "不能小于 10"),
        ({"max": 10}, "11", "不能大于 10"),
    ],
)
def test_bounds_of_numbers_are_kept(rules: dict[str, int], value: str, reason: str) -> None:
    schema = _form({"type": "number", "key": "a", "validate": rules})
    assert _problems(schema, {"a": value}) == {"a": reason}


def test_decimals_are_counted() -> None:
    schema = _form({"type": "number", "key": "a", "decimalDigits": 2})
    assert clean_answers(schema, {"a": "1.230"}) == {"a": "1.23"}
    assert "2 位小数" in _problems(schema, {"a": "1.234"})["a"]


def test_text_is_tidied_and_measured() -> None:
    schema = _form({"type": "textarea", "key": "a", "validate": {"minLength": 3, "maxLength": 5}})
    assert clean_answers(schema, {"a": " 一\r\n二\u200b\x00三 "}) == {"a": "一\n二三"}
    assert "至少 3 个字" in _problems(schema, {"a": "一"})["a"]
    assert "最多 5 个字" in _problems(schema, {"a": "一二三四五六"})["a"]


def test_a_choice_must_be_listed() -> None:
    options = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    for kind in ("select", "radio"):
        schema = _form({"type": kind, "key": "x", "values": options})
        assert clean_answers(schema, {"x": "a"}) == {"x": "a"}
        assert "选项" in _problems(schema, {"x": "c"})["x"]
    schema = _form({"type": "checklist", "key": "x", "values": options})
    assert clean_answers(schema, {"x": ["b", "a"]}) == {"x": ["a", "b"]}
    assert "选项" in _problems(schema, {"x": ["a", "c"]})["x"]


def test_unknown_keys_are_refused() -> None:
    schema = _form({"type": "textfield", "key": "a"})
    assert "b" in _problems(schema, {"a": "1", "b": "2"})


def test_what_is_missing_is_named_unless_the_answer_need_not_be_complete() -> None:
    rules = {"required": True}
    schema = _form({"type": "textfield", "key": "a", "label": "目标", "validate": rules})
    assert _problems(schema, {}) == {"a": "请填写目标"}
    assert clean_answers(schema, {}, complete=False) == {"a": None}


def test_read_only_values_come_from_the_facts() -> None:
    schema = _form({"type": "number", "key": "paid", "readonly": True})
    assert clean_answers(schema, {"paid": "1"}, {"paid": "250"}) == {"paid": "250"}
    assert clean_answers(schema, {}, {}) == {"paid": None}


def test_rows_of_a_fixed_list_are_known_by_their_identity() -> None:
    given = {"rows": [{"id": "9", "score": "5", "level3": "别的"}, {"id": "7", "score": 3}]}
    assert clean_answers(_form(ROWS), given, FACTS) == {
        "rows": [
            {"id": 7, "level3": "里程", "more": 1, "score": "3"},
            {"id": 9, "level3": "人次", "score": "5"},
        ]
    }


def test_rows_of_a_fixed_list_are_neither_added_nor_doubled() -> None:
    for rows in ([{"id": 8, "score": 1}], [{"id": 7, "score": 1}, {"id": 7, "score": 2}]):
        assert "rows" in _problems(_form(ROWS), {"rows": rows}, facts=FACTS)


def test_a_row_left_out_of_a_fixed_list_lacks_its_answer() -> None:
    problems = _problems(_form(ROWS), {"rows": [{"id": 9, "score": "5"}]}, facts=FACTS)
    assert problems == {"rows.0.score": "请填写得分"}


def test_empty_rows_of_a_free_list_do_not_count() -> None:
    given = {"lines": [{"source": "", "amount": ""}, {"source": "财政", "amount": "3"}]}
    assert clean_answers(_form(FREE), given) == {"lines": [{"source": "财政", "amount": "3"}]}


def test_problems_in_rows_are_named_by_their_place() -> None:
    given = {"lines": [{"source": "", "amount": ""}, {"source": "", "amount": "-3"}]}
    assert set(_problems(_form(FREE), given)) == {"lines.1.source", "lines.1.amount"}


def test_what_a_condition_hides_is_neither_asked_nor_kept() -> None:
    schema = _form(
        {"type": "number", "key": "rate", "label": "完成率"},
        {
            "type": "textfield",
            "key": "why",
            "label": "原因",
            "validate": {"required": True},
            "conditional": {"hide": "=rate >= 100"},
        },
    )
    assert clean_answers(schema, {"rate": "100", "why": "多余"}) == {"rate": "100"}
    assert _problems(schema, {"rate": "99"}) == {"why": "请填写原因"}


def test_a_submitted_form_is_cleaned_by_the_same_rules() -> None:
    form = MultiDict(
        {
            "csrf_token": "x",
            "verb": "submit",
            "answers-lines-0-_row": "1",
            "answers-lines-0-source": "财政",
            "answers-lines-4-_row": "1",
            "answers-lines-4-source": "其他",
            "answers-lines-4-amount": "5",
        }
    )
    assert clean(_form(FREE), form) == {
        "lines": [{"source": "财政", "amount": None}, {"source": "其他", "amount": "5"}]
    }


def test_a_forged_field_of_a_form_is_refused() -> None:
    form = MultiDict({"answers-lines-0-source": "财政", "answers-paid": "1"})
    with pytest.raises(Invalid) as refusal:
        clean(_form(FREE), form)
    assert refusal.value.problems.keys() == {"paid"}


def test_a_page_opened_before_the_facts_changed_puts_nothing_in_another_row() -> None:
    form = MultiDict(
        {
            "answers-rows-0-id": "7",
            "answers-rows-0-score": "3",
            "answers-rows-1-id": "9",
            "answers-rows-1-score": "5",
        }
    )
    turned = {"rows": list(reversed(FACTS["rows"]))}
    rows = clean(_form(ROWS), form, turned)["rows"]
    assert {row["id"]: row["score"] for row in rows} == {7: "3", 9: "5"}
    gone = {"rows": [FACTS["rows"][1]]}
    with pytest.raises(Invalid):
        clean(_form(ROWS), form, gone)


def test_rows_are_added_and_taken_away() -> None:
    form = MultiDict({"answers-lines-0-source": "甲", "answers-lines-1-source": "乙"})
    longer = build(_form(FREE), {}, change_rows(_form(FREE), form, "add:lines"))
    assert [row["source"] for row in longer.typed()["lines"]] == ["甲", "乙", ""]
    shorter = build(_form(FREE), {}, change_rows(_form(FREE), form, "remove:lines:0"))
    assert [row["source"] for row in shorter.typed()["lines"]] == ["乙"]
    same = change_rows(_form(ROWS), form, "add:rows")
    assert same == form, "a fixed list stays as it is"
