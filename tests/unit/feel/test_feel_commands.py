"""The commands `feel`, `decide` and `tck` as people and scripts call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.feel.commands import decide_command, feel_command, tck_command

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">
<inputData id="i" name="金额"><variable name="金额" typeRef="number"/></inputData>
<decision id="d" name="级别"><variable name="级别" typeRef="string"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<decisionTable><input><inputExpression><text>金额</text></inputExpression></input><output/>
<rule id="small"><inputEntry><text>&lt; 100</text></inputEntry>
<outputEntry><text>"科室"</text></outputEntry></rule>
<rule id="large"><inputEntry><text>&gt;= 100</text></inputEntry>
<outputEntry><text>"局长"</text></outputEntry></rule></decisionTable></decision></definitions>"""


def feel_(*arguments: str) -> Result:
    return CliRunner().invoke(feel_command, list(arguments))


def test_a_value_is_printed_with_all_digits() -> None:
    result = feel_("支出 / 3", "--context", '{"支出": 1}', "--json")
    assert result.stdout == '{"value": 0.3333333333333333333333333333333333, "error": null}\n'
    assert result.exit_code == 0


def test_a_null_is_printed_with_its_reason() -> None:
    answer = json.loads(feel_("1 / 0", "--json").stdout)
    assert answer["value"] is None
    assert "1 / 0" in answer["error"]


def test_the_context_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"x": [1, 2]}')
    assert feel_("sum(x)", "--context", f"@{tmp_path / 'c.json'}").stdout == "3\n"


@pytest.mark.parametrize(
    "arguments",
    [("1 +",), ("1", "--context", "{"), ("1", "--context", "[1]"), ("1", "--context", "@/none")],
)
def test_bad_input_is_one_line_and_exit_2(arguments: tuple[str, ...]) -> None:
    result = feel_(*arguments, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["value"] is None
    assert result.stderr.startswith("错误：")
    assert result.stderr.count("\n") == 1


def test_work_without_end_is_exit_2() -> None:
    result = feel_("for a in 1..1000000 return a", "--json")
    assert result.exit_code == 2
    assert "计算量" in json.loads(result.stdout)["error"]


def test_a_decision_is_printed_with_its_rules(tmp_path: Path) -> None:
    file = tmp_path / "m.dmn"
    file.write_text(MODEL, encoding="utf-8")
    result = CliRunner().invoke(decide_command, [str(file), "--input", '{"金额": 100}', "--json"])
    assert json.loads(result.stdout) == {
        "result": "局长",
        "matched_rules": ["large"],
        "error": None,
    }


def test_a_broken_model_is_exit_2(tmp_path: Path) -> None:
    file = tmp_path / "m.dmn"
    file.write_text("<a/>")
    assert CliRunner().invoke(decide_command, [str(file), "--json"]).exit_code == 2


def test_a_kit_with_a_wrong_result_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "m.dmn").write_text(MODEL, encoding="utf-8")
    (tmp_path / "m-test.xml").write_text(
        '<testCases xmlns="t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<modelName>m.dmn</modelName><testCase id='1'><inputNode name='金额'>"
        "<value xsi:type='xsd:decimal'>5</value></inputNode><resultNode name='级别'><expected>"
        "<value xsi:type='xsd:string'>局长</value></expected></resultNode></testCase></testCases>",
        encoding="utf-8",
    )
    result = CliRunner().invoke(tck_command, [str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "passed": 0,
        "total": 1,
        "failed": [{"test": "m-test 1", "node": "级别", "expected": '"局长"', "got": '"科室"'}],
    }


def decide_(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(decide_command, [str(file), *arguments])


def written(folder: Path, text: str = MODEL) -> Path:
    file = folder / "m.dmn"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_fault_is_told_to_machines_in_both_languages_with_its_column() -> None:
    fault = json.loads(feel_("预算 + (1", "--json").stdout)["fault"]
    assert (fault["code"], fault["line"], fault["column"]) == ("unclosed_bracket", 1, 6)
    assert fault["zh"] == "“(”没有对应的“)”（第 6 列）"
    assert fault["en"] == "“(” is never closed by “)” (column 6)"
    assert fault["picture"] == "预算 + (1\n　　   ^"


def test_people_see_carets_under_the_fault() -> None:
    result = feel_("1 +")
    assert result.exit_code == 2
    assert result.stderr == "错误：这里应为表达式，表达式却结束了（第 4 列）\n1 +\n   ^\n"


def test_the_language_is_an_option_or_a_setting_of_the_environment() -> None:
    said = "Reason: division by zero: 1 / 0 (column 3)\n1 / 0\n  ^\n"
    assert feel_("1 / 0", "--language", "en").stderr == said
    runner = CliRunner(env={"BIHUAN_LANGUAGE": "en"})
    assert runner.invoke(feel_command, ["1 / 0"]).stderr == said
    told = json.loads(runner.invoke(feel_command, ["1 +", "--json"]).stdout)
    assert told["error"].startswith("expected an expression")


def test_warnings_on_the_way_to_a_value_come_with_it() -> None:
    answer = json.loads(feel_('if 金额 > "大" then 1 else 2', "--json").stdout)
    assert (answer["value"], answer["error"]) == (2, None)
    assert [each["column"] for each in answer["warnings"]] == [4, 7]


def test_half_a_character_is_no_failure_of_ours() -> None:
    result = feel_("a", "--context", '{"a": "\\ud800"}', "--json")
    assert (result.exit_code, json.loads(result.stdout)["value"]) == (0, "\ud800")


def test_an_unknown_decision_lists_those_there_are(tmp_path: Path) -> None:
    result = decide_(written(tmp_path), "--decision", "预算", "--json")
    assert result.exit_code == 2
    assert "有：级别" in json.loads(result.stdout)["error"]
    assert "but: 级别" in decide_(written(tmp_path), "--decision", "x", "--language", "en").stderr


def test_a_missing_input_is_null_with_a_warning(tmp_path: Path) -> None:
    answer = json.loads(decide_(written(tmp_path), "--json").stdout)
    assert answer["result"] is None
    assert answer["warnings"][0]["zh"] == "没有给出输入“金额”"
    assert answer["warnings"][0]["en"] == "the input “金额” is not given"


def test_a_table_that_declares_no_inputs_takes_those_given(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m">'
        '<decision id="d" name="D"><decisionTable hitPolicy="COLLECT" aggregation="SUM">'
        "<input><inputExpression><text>guests</text></inputExpression></input><output/>"
        "<rule><inputEntry><text>&gt; 1</text></inputEntry>"
        "<outputEntry><text>guests * 2</text></outputEntry></rule>"
        "</decisionTable></decision></definitions>",
    )
    assert json.loads(decide_(file, "--input", '{"guests": 4}', "--json").stdout)["result"] == 8


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b" " * 6_000_000,
        b"<a>" * 100_000,
        b"<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'/>",
    ],
    ids=["empty", "bytes", "doctype", "large", "deep", "no decision"],
)
def test_hostile_files_are_one_line_and_exit_2(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "m.dmn"
    file.write_bytes(content)
    result = decide_(file, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["result"] is None
    assert result.stderr.count("\n") == 1
