"""Decision models: hit policies, types, requirements, and files that are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import Invalid, NotFound
from engine.feel import dmn

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body: str) -> dmn.Model:
    text = f'<definitions xmlns="{NAMESPACE}" name="m" namespace="n">{body}</definitions>'
    return dmn.load(text.encode())


def table(policy: str, rules: list[tuple[str, str]], *, output: str = "", more: str = "") -> str:
    rows = "".join(
        f'<rule id="r{number}"><inputEntry><text><![CDATA[{test}]]></text></inputEntry>'
        f"<outputEntry><text><![CDATA[{result}]]></text></outputEntry></rule>"
        for number, (test, result) in enumerate(rules, start=1)
    )
    return (
        '<inputData id="i" name="分数"><variable name="分数" typeRef="number"/></inputData>'
        '<decision id="d" name="等级"><variable name="等级"/>'
        '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
        f'<decisionTable hitPolicy="{policy}" {more}><input><inputExpression><text>分数</text>'
        f"</inputExpression></input><output>{output}</output>{rows}</decisionTable></decision>"
    )


RANKED = '<outputValues><text>"优", "良", "差"</text></outputValues>'


def decide(policy: str, rules: list[tuple[str, str]], score: object, **more: str) -> dmn.Decided:
    return model(table(policy, rules, **more)).decide("等级", {"分数": score})


def test_a_unique_table_gives_the_one_rule_that_matches() -> None:
    decided = decide("UNIQUE", [(">= 90", '"优"'), ("< 90", '"良"')], 95)
    assert decided == dmn.Decided("优", ["r1"], None)


def test_a_unique_table_refuses_two_matches() -> None:
    decided = decide("UNIQUE", [(">= 90", '"优"'), (">= 80", '"良"')], 95)
    assert decided.result is None
    assert decided.matched_rules == ["r1", "r2"]
    assert decided.error is not None
    assert "2 条规则" in decided.error


def test_an_any_table_refuses_results_that_differ() -> None:
    rules = [(">= 90", '"优"'), (">= 80", '"优"'), ("> 94", '"良"')]
    assert decide("ANY", rules, 91).result == "优"
    assert decide("ANY", rules, 95).result is None


def test_a_first_table_stops_at_the_first_match() -> None:
    assert decide("FIRST", [(">= 80", '"良"'), (">= 90", '"优"')], 95).matched_rules == ["r1"]


def test_priorities_follow_the_output_values() -> None:
    rules = [("> 0", '"差"'), ("> 1", '"优"'), ("> 2", '"良"')]
    assert decide("PRIORITY", rules, 9, output=RANKED).result == "优"
    assert decide("OUTPUT ORDER", rules, 9, output=RANKED).result == ["优", "良", "差"]
    assert decide("RULE ORDER", rules, 9).result == ["差", "优", "良"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("", [2, 3, 5]), ("SUM", 10), ("MIN", 2), ("MAX", 5), ("COUNT", 3)],
)
def test_collected_results_may_be_aggregated(aggregation: str, expected: object) -> None:
    rules = [("> 0", "2"), ("> 1", "3"), ("> 2", "5"), ("> 90", "7")]
    more = f'aggregation="{aggregation}"' if aggregation else ""
    assert decide("COLLECT", rules, 9, more=more).result == expected


def test_without_a_match_the_default_holds_or_null_with_a_reason() -> None:
    default = '<defaultOutputEntry><text>"差"</text></defaultOutputEntry>'
    assert decide("UNIQUE", [("> 90", '"优"')], 1, output=default).result == "差"
    decided = decide("UNIQUE", [("> 90", '"优"')], 1)
    assert (decided.result, decided.error) == (None, "没有规则匹配")


def test_an_input_of_the_wrong_type_is_null_with_a_reason() -> None:
    decided = decide("UNIQUE", [("-", '"优"')], "九十")
    assert decided.matched_rules == ["r1"]
    assert decide("UNIQUE", [("> 1", '"优"')], "九十").result is None


def test_a_knowledge_model_may_call_itself() -> None:
    decided = model(
        '<decision id="d" name="d"><variable name="d"/><knowledgeRequirement>'
        '<requiredKnowledge href="#b"/></knowledgeRequirement>'
        "<literalExpression><text>阶乘(5)</text></literalExpression></decision>"
        '<businessKnowledgeModel id="b" name="阶乘"><variable name="阶乘"/><encapsulatedLogic>'
        '<formalParameter name="n"/><literalExpression><text>'
        "if n = 0 then 1 else n * 阶乘(n - 1)</text></literalExpression></encapsulatedLogic>"
        "</businessKnowledgeModel>"
    ).decide("d", {})
    assert decided.result == Decimal(120)


def test_a_decision_that_requires_itself_is_null_with_a_reason() -> None:
    decided = model(
        '<decision id="d" name="d"><variable name="d"/><informationRequirement>'
        '<requiredDecision href="#d"/></informationRequirement>'
        "<literalExpression><text>d + 1</text></literalExpression></decision>"
    ).decide("d", {})
    assert decided.error == "决策“d”依赖自身"


def test_only_what_is_required_can_be_seen() -> None:
    decided = model(
        '<inputData id="i" name="x"><variable name="x"/></inputData>'
        '<decision id="d" name="d"><variable name="d"/>'
        "<literalExpression><text>x</text></literalExpression></decision>"
    ).decide("d", {"x": 1})
    assert decided.result is None


def test_values_that_a_type_does_not_allow_are_null() -> None:
    body = (
        '<itemDefinition name="等级"><typeRef>string</typeRef><allowedValues>'
        '<text>"优", "良"</text></allowedValues></itemDefinition>'
        '<decision id="d" name="d"><variable name="d" typeRef="等级"/>'
        "<literalExpression><text>{}</text></literalExpression></decision>"
    )
    assert model(body.replace("{}", '"优"')).decide("d", {}).result == "优"
    decided = model(body.replace("{}", '"差"')).decide("d", {})
    assert decided.error == "string 不是 等级 类型的允许值"


def test_logic_that_cannot_be_compiled_is_listed() -> None:
    loaded = model(
        '<decision id="d" name="d"><variable name="d"/>'
        "<literalExpression><text>1 +</text></literalExpression></decision>"
    )
    assert loaded.problems[0][0] == "d"
    assert loaded.decide("d", {}).reason == loaded.problems[0][1]


def test_a_decision_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        model("").decide("无", {})


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"not xml",
        b"<definitions/>",
        b'<!DOCTYPE definitions><definitions xmlns="%s"/>' % NAMESPACE.encode(),
        b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><definitions xmlns="%s">&e;'
        b"</definitions>" % NAMESPACE.encode(),
    ],
)
def test_a_file_that_is_not_plain_dmn_is_refused(xml: bytes) -> None:
    with pytest.raises(Invalid):
        dmn.load(xml)


def test_external_functions_are_never_run() -> None:
    text = 'function(x) external {java: {class: "java.lang.Math", method signature: "abs(int)"}}'
    decided = model(
        f'<decision id="d" name="d"><variable name="d"/><literalExpression><text>({text})(1)</text>'
        "</literalExpression></decision>"
    ).decide("d", {})
    assert decided.result is None
