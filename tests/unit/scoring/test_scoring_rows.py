"""One row at a time: what people type, and what the rule of 财预〔2020〕10号 makes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.indicators.scoring import IndicatorRow, Proposal, Scheme, propose


def scored(
    target: object, actual: object, weight: object = 10, *, name: str = "指标", level2: str = ""
) -> Proposal:
    data = {"level3": name, "level2": level2, "target": target, "actual": actual, "weight": weight}
    return propose(IndicatorRow.from_mapping(data, 2023))


def score(target: object, actual: object, weight: object = 10, **names: str) -> str | None:
    proposed = scored(target, actual, weight, **names).score
    return None if proposed is None else str(proposed)


@pytest.mark.parametrize(
    ("target", "actual", "weight", "expected"),
    [
        ("≥12", "12", 10, "10.00"),
        ("≥100", "87", 15, "13.05"),
        ("≥3", "2", 10, "6.67"),
        ("≥1785套", "1806套", 5, "5.00"),
        ("≤20", "20", 10, "10.00"),
        ("≤20", "22", 10, "9.00"),
        ("≤20", "30", 10, "5.00"),
        ("≤20", "40", 10, "0.00"),
        ("≤20", "45", 10, "0.00"),
        ("≤0", "0", 10, "10.00"),
        ("≤0", "1", 10, "0.00"),
        ("=0次", "0次", 10, "10.00"),
        ("=0次", "1次", 10, "0.00"),
        ("=50", "40", 10, "8.00"),
        ("=50", "55", 10, "10.00"),
        ("≥10", "-3", 10, "0.00"),
        ("≤10", "-3", 10, "10.00"),
        ("≥3", "1", "2.8", "0.93"),
        ("≥100%", "100%", "10.3", "10.30"),
        ("≥8", "0", 10, "0.00"),
    ],
)
def test_the_official_formula(target: str, actual: str, weight: object, expected: str) -> None:
    assert score(target, actual, weight) == expected


@pytest.mark.parametrize(
    "target",
    [
        "≥",
        "≧",
        ">=",
        "＞＝",
        "＞",
        "=",
        "═",
        "不少于",
        "不低于",
        "不小于",
        "至少",
        "&ge;",
        "大于等于",
    ],
)
def test_a_shortfall_is_proportional_after_every_spelling_of_at_least(target: str) -> None:
    assert score(f"{target}50个", "40个") == "8.00"


@pytest.mark.parametrize(
    "target",
    [
        "≤50天",
        "≦50天",
        "<=50天",
        "不超过50天",
        "不高于50天",
        "不大于50天",
        "50天以内",
        "50天内",
        "50天以下",
        "小于50天",
        "控制在50天以内",
        "不得超过50天",
        "＜50天",
    ],
)
def test_an_excess_is_deducted_after_every_spelling_of_at_most(target: str) -> None:
    assert score(target, "60天") == "8.00"


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        ("100%", "100百分比", "10.00"),
        ("≥95％", "９０．２５", "9.50"),
        ("100%", "0.958", "9.58"),
        ("100%", "1", "10.00"),
        ("=100%", "100", "10.00"),
        ("20%", "20", "10.00"),
        ("100%", "99.97", "10.00"),
        ("95%", "百分之九十五", "10.00"),
        ("1", "100%", "10.00"),
        ("5‰", "0.4%", "8.00"),
        ("≥2%", "0.5", "2.50"),
    ],
)
def test_percentages_in_every_form(target: str, actual: str, expected: str) -> None:
    assert score(target, actual, name="合格率") == expected


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        ("≥11.376万元", "12万元", "10.00"),
        ("≥1.2亿元", "9,600万元", "8.00"),
        ("≥5.8万", "58000元", "10.00"),
        ("≥5.8万", "5.8", "10.00"),
        ("≥5.8万元", "5.8", "10.00"),
        ("≥1,000人", "１，２００人", "10.00"),
        ("≥10000人", "0.8万人", "8.00"),
        ("200人", "200余人", "10.00"),
        ("≥1.5公里", "1200米", "8.00"),
        ("100㎡", "80平方米", "8.00"),
        ("≥三次", "3次", "10.00"),
        ("≥100人", "开展4期，培训80人", "8.00"),
        ("提升10%", "提升8%", "8.00"),
        ("90-95%", "92%", "10.00"),
        ("85%~90%", "68%", "8.00"),
        ("3至5次", "3次", "10.00"),
        ("≥15年", "15年", "10.00"),
        ("≥2小时", "96分钟", "8.00"),
    ],
)
def test_figures_with_units_multipliers_and_separators(
    target: str, actual: str, expected: str
) -> None:
    assert score(target, actual) == expected


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("≥100万美元", "700万元"),
        ("3个", "3家"),
        ("≥95%", "19人"),
        ("400元/人、天", "400元"),
        ("2023年12月", "100%"),
        ("每月1次", "12次"),
    ],
)
def test_different_units_are_refused(target: str, actual: str) -> None:
    proposal = scored(target, actual)
    assert proposal.score is None
    assert {"not_scored", "unit_mismatch"} <= set(proposal.flags)


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("2023年12月", "2023年10月"),
        ("2023年12月", "2023年12月"),
        ("11月底前", "10月"),
        ("9月前", "8月"),
        ("2021年底", "2021年12月31日"),
        ("2022年底之前", "2022.11.30"),
        ("2023-12-31", "2023/12/31"),
        ("12月31日前", "2023年11月15日"),
        ("2023年第四季度", "2023年12月"),
        ("2023年6月中旬", "2023年6月18日"),
        ("2023年1-12月", "2023年12月"),
        ("2023年1月1日-2023年12月31日", "2023年12月31日"),
        ("2022-2023年", "2023年"),
        ("2023-12-31 00:00:00", "2023-11-30 00:00:00"),
        ("2023.12", "2023.1"),
    ],
)
def test_earlier_or_at_the_same_time_is_met(target: str, actual: str) -> None:
    proposal = scored(target, actual, level2="时效指标")
    assert (str(proposal.score), proposal.rule) == ("10.00", "date")


@pytest.mark.parametrize(
    ("target", "actual", "flag"),
    [
        ("2023年10月", "2023年12月", "late"),
        ("12月底前", "2024年1月", "late"),
        ("2023年6月15日", "2023年6月", "date_imprecise"),
    ],
)
def test_a_late_or_vague_date_is_left_to_the_reviewer(target: str, actual: str, flag: str) -> None:
    proposal = scored(target, actual, level2="时效指标")
    assert proposal.score is None
    assert flag in proposal.flags


def test_punctuation_between_digits_is_not_idle() -> None:
    assert score("1,5", "1.5") is None
    assert score("1.2.3版", "12.3版") != "10.00"


def test_a_numeral_without_a_unit_is_a_word() -> None:
    assert scored("零投诉", "零投诉").flags == ("qualitative_assumed",)
    assert score("零起", "0起") == "10.00"


def test_months_are_counted_where_the_name_says_so() -> None:
    assert score("10", "10", name="任务完成时限（月）") == "10.00"
    assert score("10", "12", name="任务完成时限（月）") == "8.00"
    assert score("12个月", "10月", name="工期") == "10.00"


@pytest.mark.parametrize(
    "actual",
    [
        "达成预期指标",
        "完成",
        "已完成",
        "全部完成",
        "达标",
        "及时",
        "是",
        "按时完成",
        "已达到预期目标",
        True,
    ],
)
def test_words_of_fulfilment_are_taken_at_their_word_and_flagged(actual: object) -> None:
    proposal = scored("制度健全", actual)
    assert (str(proposal.score), proposal.flags) == ("10.00", ("qualitative_assumed",))


def test_a_repeated_target_is_met_whatever_its_punctuation() -> None:
    assert score("及时，整洁。", "及时,整洁") == "10.00"
    assert score("定性 及时", "及时") == "10.00"
    assert score("培训2次，120人", "培训2次,120人") == "10.00"


@pytest.mark.parametrize(
    "actual", ["好", "未完成", "否", "部分完成", "基本完成", "稳步提升", "完成率不高", "不适用"]
)
def test_other_words_are_left_to_the_reviewer(actual: str) -> None:
    proposal = scored("制度健全", actual)
    assert proposal.score is None
    assert "not_scored" in proposal.flags


@pytest.mark.parametrize(("target", "actual"), [("≥5", ""), ("", "5"), ("≥5", "—"), (None, None)])
def test_an_empty_cell_is_not_scored_and_not_nought(target: object, actual: object) -> None:
    proposal = scored(target, actual)
    assert proposal.score is None
    assert {"target_empty", "actual_empty"} & set(proposal.flags)


def test_a_scale_is_scored_only_where_the_scheme_prices_its_grades() -> None:
    row = IndicatorRow.from_mapping({"target": "定性 优良中低差", "actual": "良", "weight": 10})
    assert propose(row).score is None
    shares = {"优良中低差": {"优": 1, "良": "0.8", "中": "0.6", "低": "0.4", "差": 0}}
    assert str(propose(row, Scheme.from_mapping({"scales": shares})).score) == "8.00"
    assert "scale_no_grade" in scored("定性 好坏", "好坏").flags


@pytest.mark.parametrize(
    "name",
    [
        "成本控制率",
        "结转结余率",
        "企业投诉",
        "信访投诉率",
        "预算调整率",
        "管理费用",
        "能耗",
        "重大事故发生数",
    ],
)
def test_less_is_better_by_name(name: str) -> None:
    proposal = scored("100", "90", name=name)
    assert str(proposal.score) == "10.00"
    assert {"no_comparator", "direction_guessed"} <= set(proposal.flags)


@pytest.mark.parametrize(
    "name",
    [
        "投诉处理率",
        "违法案件查办率",
        "成本节约率",
        "高血压患者控制率",
        "能耗降低率",
        "事故隐患整改率",
        "补贴人数",
    ],
)
def test_more_is_better_though_the_name_holds_a_bad_word(name: str) -> None:
    proposal = scored("100", "90", name=name)
    assert str(proposal.score) == "9.00"
    assert "direction_guessed" not in proposal.flags


def test_a_cost_level_says_that_less_is_better() -> None:
    assert score("20万元", "18万元", name="项目投入", level2="成本指标") == "10.00"


def test_a_wrong_sign_is_warned_of_and_kept() -> None:
    cost = scored("≥5万元", "5", name="培训开展", level2="成本指标")
    assert (str(cost.score), "direction_suspect" in cost.flags) == ("10.00", True)
    quantity = scored("≤4台", "5台", level2="数量指标")
    assert (str(quantity.score), "direction_suspect" in quantity.flags) == ("7.50", True)
    overrun = scored("=6万元", "7万元", name="清理成本")
    assert (str(overrun.score), "equal_overrun" in overrun.flags) == ("10.00", True)


def test_sign_and_unit_may_stand_in_the_name() -> None:
    proposal = scored("22.8", "20.52", name="公猪舍(≥**平方米)")
    assert (str(proposal.score), proposal.flags) == ("9.00", ("comparator_in_name",))
    assert score("50", "400000元", name="到位资金（万元）") == "8.00"


def test_over_achievement_is_full_marks_and_flagged_from_the_threshold() -> None:
    assert "over_achieved" not in scored("≥100", "119").flags
    over = scored("≥100", "120")
    assert (str(over.score), "over_achieved" in over.flags) == ("10.00", True)
    assert "over_achieved" in scored("≥21", "85", None).flags


def test_a_far_miss_is_doubted() -> None:
    proposal = scored("550", "20", "9.3")
    assert (str(proposal.score), "far_miss" in proposal.flags) == ("0.34", True)


def test_a_comparator_in_the_actual_value_is_ignored() -> None:
    proposal = scored("≥266米", "≥266米")
    assert (str(proposal.score), proposal.flags) == ("10.00", ("actual_comparator",))


@pytest.mark.parametrize("weight", [None, "", "十", -1, float("nan"), True, [], "1e99"])
def test_a_row_without_a_usable_weight_is_not_scored(weight: object) -> None:
    proposal = scored("≥5", "5", weight)
    assert proposal.score is None
    assert {"no_weight", "weight_invalid"} & set(proposal.flags)


def test_the_rule_past_a_limit_is_a_setting() -> None:
    row = IndicatorRow.from_mapping({"target": "≤20", "actual": "50", "weight": 10})
    assert str(propose(row).score) == "0.00"
    assert str(propose(row, Scheme(reverse="inverse")).score) == "4.00"


def test_the_explanation_shows_the_reckoning() -> None:
    assert scored("≥100", "87", 15).explanation == "正向：87 ÷ 100 × 15 = 13.05"
    assert scored("≤20", "22").explanation == "反向：(1 − (22 − 20) ÷ 20) × 10 = 9.00"
    assert Decimal("0.87") == scored("≥100", "87", 15).ratio
