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
