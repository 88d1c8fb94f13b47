"""A sentence is a plain Chinese string that knows how it was made."""

from __future__ import annotations

import pickle
from copy import deepcopy

import orjson
import pytest

from engine.errors import Conflict, Invalid
from engine.sentences import Sentence
from forms.text import in_language


def test_a_sentence_is_the_string_that_it_says() -> None:
    told = Sentence("“{gate}”还缺少材料：{lacking}", gate="立项", lacking=["合同", "预算"])
    assert told == "“立项”还缺少材料：合同、预算"
    assert hash(told) == hash(str(told)) and type(str(told)) is str
    assert told.template == "“{gate}”还缺少材料：{lacking}"
    assert orjson.loads(orjson.dumps({"told": told})) == {"told": str(told)}
    assert in_language(told) == told, "without a request there is no other language"


def test_what_a_person_typed_is_no_template() -> None:
    assert Sentence("{没有}这个 {0}") == "{没有}这个 {0}"
    assert Sentence("“{text}”不是日期", text="{text!r}{0}") == "“{text!r}{0}”不是日期"
    assert in_language(Invalid("{text}").message) == "{text}"


@pytest.mark.parametrize("copied", [deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_knows_it_too(copied: object) -> None:
    told = Sentence("没有阶段 {stage}", stage=3)
    again = copied(told)  # type: ignore[operator] # either of the two above
    assert (again, again.template, again.values) == (told, told.template, {"stage": 3})


def test_an_error_keeps_the_sentence_that_it_passes_on() -> None:
    refused = Sentence("此事项由{names}办理", names=["王伟"])
    error = Invalid(refused, field="person")
    assert error.message is refused and error.problems["person"] is refused
    assert str(error) == "此事项由王伟办理"


def test_an_error_takes_the_values_of_its_template() -> None:
    error = Conflict("{year} 年的绩效自评已经终审，不能再改", year=2026)
    assert error.message == str(error) == "2026 年的绩效自评已经终审，不能再改"
    assert error.message.values == {"year": 2026}


def test_what_is_said_of_an_element_keeps_both_languages() -> None:
    error = Invalid("没有值", english="there is no value").about("step")
    assert (error.message, error.english) == ("“step”：没有值", "“step”: there is no value")
    assert error.message.english == error.english
