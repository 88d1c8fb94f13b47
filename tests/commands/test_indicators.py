"""Targets, monitoring and the evaluation of a year, by the commands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.errors import Conflict, Invalid
from engine.indicators import commands, queries
from engine.indicators.models import Evaluation
from engine.projects import queries as projects
from engine.projects.commands import ProjectDraft, adjust_budget
from engine.projects.packs import installed_packs
from engine.work import Work
from tests.district import BUDGET, District


def row(weight: str | None = "90", **changes: Any) -> dict[str, Any]:
    plain = {
        "code": "",
        "level1": "产出指标",
        "level2": "数量指标",
        "level3": "服务老人数",
        "target": "≥100人",
        "weight": weight,
        "dim4": "产出",
    }
    return plain | changes


def declare(work: Work, district: District, *weights: str | None, execution: str = "10") -> None:
    rows = [row(one) for one in weights]
    commands.set_targets(work, district.project, 2025, "目标", rows, Decimal(execution))


# --- targets


def test_weights_may_not_exceed_a_hundred(district: District) -> None:
    with district.work("shen") as work:
        declare(work, district, "50", "40")
        with pytest.raises(Invalid, match=r"合计 100\.01，超过 100"):
            declare(work, district, "50", "40.01")
        with pytest.raises(Invalid, match="合计 101，超过 100"):
            declare(work, district, "90", execution="11")
        declare(work, district, "90", None)


@pytest.mark.parametrize("weight", ["-1", "many", "NaN", "Infinity"])
def test_a_weight_is_a_number_that_is_not_negative(district: District, weight: str) -> None:
    with pytest.raises(Invalid) as refused, district.work("shen") as work:
        declare(work, district, "10", weight)
    assert refused.value.field == "rows-1-weight"


def test_there_must_be_an_indicator(district: District) -> None:
    with pytest.raises(Invalid, match="至少填写一个"), district.work("shen") as work:
        declare(work, district)


def test_targets_are_replaced_until_they_are_approved(district: District) -> None:
    with district.work("shen") as work:
        declare(work, district, "50", "40")
        declare(work, district, "90")
        assert len(queries.targets(work.session, district.project, 2025)) == 1
        commands.approve_targets(work, district.project, 2025)
    with pytest.raises(Conflict, match="已经批复"), district.work("shen") as work:
        declare(work, district, "80")


def test_targets_that_nobody_set_cannot_be_approved(district: District) -> None:
    with pytest.raises(Invalid, match="还没有绩效目标"), district.work("shen") as work:
        commands.approve_targets(work, district.project, 2025)


def test_a_budget_declared_anew_replaces_the_old_lines(district: District) -> None:
    district.walk_to("set_targets")
    answers = district.typed(district.task())
    answers["budget"] = [{"source": "财政拨款", "initial": "700000"}]
    district.complete("shen", "submit", answers)
    district.complete("zheng", "submit", poor(district, "中"))
    answers["budget"] = [
        {"source": "其他资金", "initial": "600000"},
        {"source": "其他资金", "initial": "100000.50"},
    ]
    district.complete("shen", "submit", answers)
    with district.reading() as session:
        lines = projects.budget_lines(session, district.project, 2025)
    assert [(one.source, one.initial) for one in lines] == [("其他资金", Decimal("700000.50"))]


def poor(district: District, grade: str) -> dict[str, Any]:
    answers = district.typed(district.task())
    return dict.fromkeys(answers, grade)


@pytest.mark.parametrize("sum_", ["-0.01", "0.001", "1E+40", "x", "99999999999999"])
def test_a_budget_is_a_sum_of_money(district: District, sum_: str) -> None:
    district.walk_to("set_targets")
    answers = district.typed(district.task())
    answers["budget"] = [{"source": "财政拨款", "initial": sum_}]
    with pytest.raises(Invalid) as refused:
        district.complete("shen", "submit", answers)
    assert refused.value.field == "budget-0-initial"


def test_the_grade_of_targets_is_not_better_than_their_worst_test(district: District) -> None:
    district.walk_to("review_targets")
    answers = district.typed(district.task())
    with pytest.raises(Invalid, match="不能高于最低的一项“中”"):
        district.complete("zheng", "submit", answers | {"relevance": "中"})
    with pytest.raises(Invalid, match="优、良、中、差"):
        district.complete("zheng", "submit", answers | {"relevance": "甲"})


def test_poor_targets_get_no_budget(district: District) -> None:
    district.walk_to("review_targets")
    district.complete("zheng", "submit", poor(district, "差"))
    assert district.row().status == "rejected"
    assert district.tasks() == []


def test_too_few_points_before_may_not_be_supported(district: District) -> None:
    district.walk_to("assess_ex_ante")
    answers = district.typed(district.task())
    marks = dict.fromkeys(("necessity", "economy", "goals", "feasibility", "funding"), "11")
    with pytest.raises(Invalid, match="合计 55 分，不足 60 分"):
        district.complete("zheng", "submit", answers | marks)


def test_targets_and_budget_are_approved_together(monitored: District) -> None:
    with monitored.reading() as session:
        plan = queries.plan(session, monitored.project, 2025)
        money = projects.year_money(session, monitored.project, 2025)
    assert plan is not None
    assert plan.approved_at is not None
    assert (money.initial, money.budget) == (BUDGET, BUDGET)


# --- monitoring


def test_a_doubtful_indicator_needs_its_cause(monitored: District) -> None:
    answers = monitored.typed(monitored.task())
    answers["rows"][0] |= {"likelihood": "有可能", "cause": ""}
    with pytest.raises(Invalid, match="“服务老人数”可能完不成，请填写偏差原因") as refused:
        monitored.complete("shen", "submit", answers)
    assert refused.value.field == "rows-0-cause"
    answers["rows"][0]["cause"] = "雨季"
    monitored.complete("shen", "submit", answers)
    with monitored.reading() as session:
        views = queries.indicator_views(session, monitored.project, 2025, monitored.now)
    assert [one.actual for one in views] == ["100人", "96%", "12%", "92%"]
    assert views[0].light is not None


# --- the evaluation


def filed(district: District) -> Evaluation:
    with district.reading() as session:
        return queries.require_evaluation(session, district.project, 2025)


def test_a_score_below_the_weight_needs_its_reason(closing: District) -> None:
    answers = closing.typed(closing.task())
    answers["rows"][0] |= {"actual": "80人", "deviation_reason": " "}
    with pytest.raises(Invalid, match="未得满分，请填写偏差原因及改进措施：服务老人数"):
        closing.complete("shen", "submit", answers)
    with closing.reading() as session:
        assert queries.evaluation(session, closing.project, 2025) is None
    answers["rows"][0]["deviation_reason"] = "床位不足，明年增加"
    closing.complete("shen", "submit", answers)
    assert filed(closing).state == "filed"


def reviewing(closing: District) -> dict[str, Any]:
    closing.step()
    return closing.typed(closing.task())


def test_an_accepted_score_that_departs_needs_a_reason(closing: District) -> None:
    answers = reviewing(closing)
    answers["rows"][0] |= {"accepted": "25", "reason": ""}
    with pytest.raises(Invalid, match="“服务老人数”：") as refused:
        closing.complete("gu", "approve", answers)
    assert refused.value.field == "rows-0-reason"
    answers["rows"][0]["reason"] = "抽查发现五人未到"
    closing.complete("gu", "approve", answers)
    assert (filed(closing).total, filed(closing).grade) == (Decimal(95), "优")


@pytest.mark.parametrize("score", ["-1", "30.01", "29.999", "NaN", "full"])
def test_an_accepted_score_lies_between_nothing_and_the_weight(
    closing: District, score: str
) -> None:
    answers = reviewing(closing)
    answers["rows"][0] |= {"accepted": score, "reason": "理由"}
    with pytest.raises(Invalid) as refused:
        closing.complete("gu", "approve", answers)
    assert refused.value.field == "rows-0-accepted"


def test_a_score_that_was_proposed_must_be_accepted_or_changed(closing: District) -> None:
    answers = reviewing(closing)
    answers["rows"][1]["accepted"] = None
    with pytest.raises(Invalid, match="请填写“服务达标率”的得分"):
        closing.complete("gu", "approve", answers)
    with pytest.raises(Invalid, match="预算执行率"):
        closing.complete("gu", "approve", reviewed_without_execution(closing))


def reviewed_without_execution(closing: District) -> dict[str, Any]:
    return closing.typed(closing.task()) | {"execution_accepted": None}


def test_the_total_is_the_sum_of_the_accepted_scores(closing: District) -> None:
    answers = reviewing(closing)
    scores = ["28.5", "19.25", "30", "9"]
    for given, score in zip(answers["rows"], scores, strict=True):
        given |= {"accepted": score, "reason": "复核"}
    closing.complete("gu", "approve", answers | {"execution_accepted": "10"})
    assert filed(closing).total == sum(map(Decimal, scores), Decimal(10))


def test_there_is_no_grade_while_something_is_unscored(closing: District) -> None:
    answers = closing.typed(closing.task())
    answers["rows"][0] |= {"actual": "情况良好", "deviation_reason": "无"}
    closing.complete("shen", "submit", answers)
    review = closing.typed(closing.task())
    assert review["rows"][0]["proposed"] in (None, "")
    review["rows"][0] |= {"accepted": None, "reason": "无法量化"}
    closing.complete("gu", "approve", review)
    assert (filed(closing).total, filed(closing).grade) == (Decimal(70), None)


def test_nothing_of_a_returned_review_is_kept(closing: District) -> None:
    reviewing(closing)
    closing.complete("gu", "return", {}, opinion="请补充说明")
    assert (filed(closing).state, filed(closing).total) == ("filed", None)


def test_what_was_not_reviewed_cannot_be_finalised(closing: District) -> None:
    closing.step()
    with pytest.raises(Conflict, match="尚未复核"), closing.work("zheng") as work:
        commands.finalise_year(work, closing.project, 2025)


def test_what_is_final_stays(closing: District) -> None:
    closing.step()
    closing.step()
    with closing.work("zheng") as work:
        commands.finalise_year(work, closing.project, 2025)
    with pytest.raises(Conflict, match="已经终审"), closing.work("shen") as work:
        commands.evaluate_year(work, closing.project, 2025, {}, {})


def test_execution_is_scored_by_the_money_at_the_review(closing: District) -> None:
    closing.step()
    assert filed(closing).execution_proposed == Decimal(10)
    closing.deliver("R1", BUDGET / 2, reverses="V1")
    closing.step(execution_accepted="5")
    assert (filed(closing).execution_proposed, filed(closing).total) == (Decimal(5), Decimal(95))


def test_an_adjusted_budget_is_the_base_of_execution(closing: District) -> None:
    with closing.work("zhou") as work:
        adjust_budget(work, closing.project, 2025, "财政拨款", BUDGET * 2, "追加")
    closing.step()
    assert filed(closing).execution_proposed == Decimal(5)


def test_a_project_says_what_its_draft_lacks() -> None:
    packs = installed_packs()
    draft = ProjectDraft("", "castle", 2025, 2024, Decimal(0))
    assert set(draft.problems(packs)) == {"name", "type", "amount", "last_year"}
    assert ProjectDraft("园", "service", 2025, 2025, Decimal(1)).problems(packs) == {}
    long = ProjectDraft("园" * 201, "service", 2025, 2036, Decimal(10) ** 14).problems(packs)
    assert set(long) == {"name", "last_year", "amount"}
