"""Every warning the scoring can raise, with the sentence that explains it to a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FLAG_TEXT: Final[dict[str, str]] = {
    # why there is no proposal
    "not_scored": "未计分：系统不提出分数，由评审人评定。",
    "target_empty": "指标值为空，无从比较。",
    "actual_empty": "实际完成值为空，未计分（不等于 0 分）。",
    "no_weight": "没有分值，不计分。",
    "weight_invalid": "分值不是有效的非负数字。",
    "unit_mismatch": "指标值与实际完成值的计量单位不同，不能比较。",
    "several_figures": "单元格中有多个数字，无法确定哪一个是指标值。",
    "text_differs": "定性完成情况不是指标值的重复，也没有明确写达成，由评审人评定。",
    "partly_met": "填报为部分达成，由评审人在中档范围内评定。",
    "not_met_text": "填报为未达成，由评审人评定。",
    "target_is_text": "指标值是文字而实际完成值是数字，不能比较。",
    "scale_no_grade": "指标值是等级量表，实际完成值没有选定其中一级。",
    "scale_not_set": "指标值是等级量表，但评分方案没有规定各级得分比例。",
    "not_applicable": "指标不适用于本项目：不计分，其分值应由评审人另作处理。",
    "late": "完成时间晚于目标时间，由评审人评定。",
    "date_imprecise": "完成时间不够具体，不能判断是否早于目标时间。",
    "figure_out_of_range": "数字过大，疑为误填。",
    "not_a_number": "应填数字的地方不是数字。",
    "text_too_long": "文字过长，不作数字识别。",
    # how the proposal was reached
    "qualitative_assumed": "定性指标填报为达成，按满分提出，请核实。",
    "scale_graded": "按评分方案规定的等级比例计分。",
    "no_comparator": "指标值没有比较符号。",
    "direction_guessed": "没有比较符号，按指标名称推定为越低越好。",
    "comparator_in_name": "比较符号取自指标名称。",
    "unit_assumed": "只有一方印有计量单位，视为双方相同。",
    "actual_comparator": "实际完成值带有比较符号（疑为照抄指标值），已忽略符号。",
    "percent_as_fraction": "一方为百分数，另一方按小数理解（0.958 即 95.8%）。",
    "range_target": "指标值是区间，按区间的达标一端比较。",
    "range_actual": "实际完成值是区间，按较不利的一端比较。",
    "approximate": "实际完成值是约数。",
    "date_compared": "按完成时间比较，不晚于目标时间即为达成。",
    "negative_actual": "实际完成值为负，按 0 计。",
    "negative_target": "指标值为负，不能按比例计分，只判断是否达成。",
    # what looks wrong
    "over_achieved": "实际完成值超过目标较多，应说明原因；目标可能定得过低。",
    "far_miss": "实际完成值与指标值相差悬殊，请核对数字和单位。",
    "unit_scale_doubtful": "两个数字相差约千倍或万倍，疑为元与万元之误。",
    "direction_suspect": "比较符号与指标性质不符（如成本用了≥、数量用了≤），未自动调换。",
    "equal_overrun": "成本类指标用了等号，实际超过指标值而按规则仍得满分，请核实。",
    "contradicts_budget": "填报的数字与资金执行情况不一致。",
    "weight_zero": "分值为 0。",
    "row_invalid": "这一行不是有效的指标记录。",
    # beside the published figures
    "differs_from_published": "公布的得分与按规则计算的不同。",
    "rounded_to_whole": "公布的得分是取整后的分数。",
    "weight_times_actual": "公布的得分等于分值乘以完成百分数，没有除以指标值。",
    "deviation_reason_missing": "得分低于分值，却没有填写偏差原因及改进措施。",
    "over_reason_missing": "超额完成较多，却没有填写原因。",
    "score_over_weight": "公布的得分高于分值。",
    "score_negative": "公布的得分为负。",
    "scored_without_actual": "没有实际完成值却已给分。",
    # execution of the budget
    "base_initial": "没有调整后预算数，以年初预算数为基数。",
    "no_budget": "预算数为 0 或未填，预算执行率不计分。",
    "budget_line_empty": "资金总额一行为 0 或未填，而下级资金行有金额，应为漏填，不应按 0 分计。",
    "executed_empty": "执行数为空，预算执行率不计分。",
    "over_executed": "执行数超过预算数，执行率得分以分值为限。",
    "rate_differs": "填报的执行率与按金额计算的不一致。",
    "rate_rounded": "填报的执行率经过取整。",
    "budget_invalid": "资金部分不是有效的记录。",
    "sub_over_total": "下级资金行之和大于资金总额。",
    "sub_over_executed": "下级资金行的执行数大于其预算数。",
    # the table
    "published_sum_differs": "公布的总分与各行得分之和不符。",
    "weights_do_not_sum": "分值（含预算执行率）合计不是 100。",
    "level_weights_differ": "一级指标的分值与评分方案不同。",
    "total_missing": "表格已完整，但没有总分。",
    "total_over_hundred": "公布的总分超过满分。",
    "indicators_missing": "没有指标行。",
}
"""flag → one Chinese sentence; flags are stable names, sentences are message ids."""


def unique(*groups: Iterable[str]) -> tuple[str, ...]:
    """Flags in the order they were raised, each once."""
    return tuple(dict.fromkeys(flag for group in groups for flag in group))
