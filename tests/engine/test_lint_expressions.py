"""What lint says of expressions, in Chinese and in English, with the column."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.errors import Invalid
from engine.workflow.lint import Finding, lint
from engine.workflow.lint.commands import lint_command
from engine.workflow.runtime import parse
from tests.engine.runtime_drawing import Drawing

DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">'
    '<inputData id="i" name="金额"><variable name="金额"/></inputData>'
    '<decision id="d" name="级别"><variable name="级别"/><informationRequirement>'
    '<requiredInput href="#i"/></informationRequirement>'
    "<literalExpression><text>{}</text></literalExpression></decision></definitions>"
)


def drawn(condition: str) -> dict[str, bytes]:
    drawing = Drawing().users("a", "b")
    for kind, id_ in (("startEvent", "start"), ("exclusiveGateway", "judge"), ("endEvent", "end")):
        drawing.node(kind, id_)
    drawing.path("start", "judge")
    drawing.flow("judge", "a", condition)
    drawing.flow("judge", "b", default=True)
    drawing.path("a", "end")
    drawing.path("b", "end")
    return drawing.files()


def told(files: dict[str, bytes], code: str) -> Finding:
    return next(finding for finding in lint(files) if finding.rule == code)


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        ("= 金额 >", "这里应为表达式，表达式却结束了（第 5 列）", "the text ends (column 5)"),
        ("= (金额 > 1", "“(”没有对应的“)”（第 1 列）", "never closed by “)” (column 1)"),
        ("= summ(金额) > 1", "是否为“sum”？（第 1 列）", "did you mean “sum”? (column 1)"),
        ("= 1 > decimal(金额)", "给了 1 个（第 5 列）", "2 arguments, 1 given (column 5)"),
        ("= abs(x: 金额) > 1", "函数 abs 的参数应为：n（第 1 列）", "abs are: n (column 1)"),
    ],
)
def test_a_condition_that_cannot_hold_is_an_error_with_its_column(
    condition: str, zh: str, en: str
) -> None:
    finding = told(drawn(condition), "condition")
    assert finding.severity == "error"
    assert zh in finding.message
    assert en in finding.english


def test_a_refused_expression_names_the_element_in_both_languages() -> None:
    with pytest.raises(Invalid) as caught:
        parse("p", drawn("= 金额 >"))
    assert caught.value.element is not None
    assert "第 5 列" in caught.value.said("zh")
    assert "column 5" in caught.value.said("en")


@pytest.mark.parametrize(
    ("logic", "severity", "zh", "en"),
    [
        ("金额 +", "error", "“金额 +”：这里应为表达式", "cannot be computed: “金额 +”"),
        ("金额 + 总额", "warning", "没有名为“总额”的值（第 6 列）", "“总额” (column 6)"),
        (
            "金额 + floor()",
            "warning",
            "函数 floor 需要 1–2 个参数，给了 0 个",
            "0 given (column 6)",
        ),
    ],
)
def test_a_decision_is_checked_before_it_is_deployed(
    logic: str, severity: str, zh: str, en: str
) -> None:
    finding = told({"m.dmn": DMN.format(logic).encode()}, "decision")
    assert (finding.severity, finding.element) == (severity, "级别")
    assert zh in finding.message
    assert en in finding.english


def test_the_command_line_lints_in_english(tmp_path: Path) -> None:
    file = tmp_path / "m.dmn"
    file.write_text(DMN.format("金额 + 总额"), encoding="utf-8")
    said = CliRunner().invoke(lint_command, [str(file), "--language", "en"]).stdout
    assert f"warning {file}#级别 [decision]" in said
    assert "1 files checked, 1 findings." in said
