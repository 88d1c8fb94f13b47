"""The real self-evaluation tables of the reference folder, with the faults their notes tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.indicators.cli import read_case
from engine.indicators.scoring import ScoredTable, score_table
from engine.indicators.scoring.report import as_data, as_text, to_json


def case(reference: Path, number: str) -> dict[str, Any]:
    return read_case(reference / "cases" / "self_evaluation" / f"{number}.json")


def scored(reference: Path, number: str) -> ScoredTable:
    return score_table(case(reference, number))


@pytest.mark.parametrize(
    ("number", "total"), [("006", "98.62"), ("015", "100.00"), ("016", "100.00")]
)
def test_complete_tables_come_to_their_printed_total(
    reference: Path, number: str, total: str
) -> None:
    table = scored(reference, number)
    assert (str(table.total), table.grade, table.flags) == (total, "优", ())
    assert table.total == table.published


def test_every_table_is_scored_blind_to_its_published_figures(reference: Path) -> None:
    files = sorted((reference / "cases" / "self_evaluation").glob("*.json"))
    assert files
    for file in files:
        seen = read_case(file)
        dropped = ("total_score", "notes", "weight_source")
        blind: dict[str, Any] = {key: one for key, one in seen.items() if key not in dropped}
        blind["indicators"] = [
            {key: one for key, one in row.items() if key not in ("score", "deviation_reason")}
            for row in blind["indicators"]
        ]
        blind["budget"] = {key: one for key, one in blind["budget"].items() if key != "score"}
        first, second = score_table(seen), score_table(blind)
        assert [one.proposal for one in first.rows] == [one.proposal for one in second.rows]
        assert first.total == second.total
        assert to_json(as_data(first))
        assert as_text(first)


@pytest.mark.parametrize(
    ("number", "flags"),
    [
        ("009", {"published_sum_differs", "weights_do_not_sum", "level_weights_differ"}),
        ("023", {"published_sum_differs"}),
        ("022", set()),
        ("020", set()),
        ("042", set()),
    ],
)
def test_sums_that_do_not_add_up_are_found(reference: Path, number: str, flags: set[str]) -> None:
    assert set(scored(reference, number).flags) == flags


@pytest.mark.parametrize(
    ("number", "flag"),
    [
        ("001", "budget_line_empty"), ("006", "rate_differs"), ("011", "base_initial"),
        ("030", "rounded_to_whole"), ("035", "rounded_to_whole"), ("037", "no_budget"),
        ("023", "differs_from_published"), ("013", "no_weight"),
    ],
)  # fmt: skip
def test_faults_of_the_execution_line_are_found(reference: Path, number: str, flag: str) -> None:
    assert flag in scored(reference, number).execution.proposal.flags


@pytest.mark.parametrize(
    ("number", "name", "proposed", "flag"),
    [
        ("001", "项目总成本", "8.00", "contradicts_budget"),
        ("004", "发放(缴纳)覆盖率", None, "actual_empty"),
        ("005", "成本控制率", "10.00", "direction_guessed"),
        ("009", "安装坡面水标尺", "10.00", "actual_comparator"),
        ("013", "预算执行率", "2.80", "contradicts_budget"),
        ("013", "养护面积", None, "text_differs"),
        ("015", "科技特派员业务培训开展", "10.00", "direction_suspect"),
        ("020", "图书馆管理机制健全性", None, "scale_no_grade"),
        ("022", "整编资料审核", "20.00", "weight_times_actual"),
        ("023", "项目立项相关性", None, "scored_without_actual"),
        ("026", "配套烘干杀菌设备及包装设备购置及安装", "0.34", "far_miss"),
        ("030", "项目完工时限", "15.00", "date_compared"),
        ("035", "开展全国科普日专题科普活动", "7.20", "differs_from_published"),
        ("037", "政府采购执行率", "1.45", "differs_from_published"),
        ("037", "结转结余率", "2.00", "direction_guessed"),
        ("038", "重大食品安全监管责任事故发生数", "3.00", "direction_guessed"),
        ("039", "医疗器械监管企业数", None, "over_achieved"),
        ("042", "项目成本控制率", None, "scored_without_actual"),
    ],
)
def test_faults_of_rows_are_found(
    reference: Path, number: str, name: str, proposed: str | None, flag: str
) -> None:
    rows = {one.row.level3: one for one in scored(reference, number).rows}
    score = rows[name].proposal.score
    assert (None if score is None else str(score)) == proposed
    assert flag in rows[name].flags
