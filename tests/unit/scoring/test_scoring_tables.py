"""Whole tables: the hand-written ones beside this suite, and tables with everything wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.indicators.scoring import FLAG_TEXT, score_table

CASES = Path(__file__).parents[2] / "cases"


def read(name: str) -> dict[str, Any]:
    data = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("name", ["clean", "faults", "words"])
def test_a_table_gets_the_proposals_and_warnings_it_deserves(name: str) -> None:
    data = read(name)
    table, expect = score_table(data["case"]), data["expect"]
    rows = {one.row.level3: one for one in table.rows}
    for level3, (proposed, flags) in expect["rows"].items():
        score = rows[level3].proposal.score
        assert (None if score is None else str(score)) == proposed, level3
        assert set(rows[level3].flags) == set(flags), level3
    execution = table.execution.proposal
    assert (None if execution.score is None else str(execution.score)) == (
        expect["execution"]["proposed"]
    )
    assert set(execution.flags) == set(expect["execution"]["flags"])
    assert (None if table.total is None else str(table.total)) == expect["total"]
    assert table.grade == expect["grade"]
    assert set(table.flags) == set(expect["flags"])


@pytest.mark.parametrize("name", ["clean", "faults", "words"])
def test_every_flag_has_a_sentence(name: str) -> None:
    table = score_table(read(name)["case"])
    raised = {flag for one in table.rows for flag in one.flags}
    raised |= set(table.flags) | set(table.execution.proposal.flags)
    assert raised <= set(FLAG_TEXT)


@pytest.mark.parametrize("name", ["clean", "faults", "words"])
def test_proposals_do_not_know_what_was_published(name: str) -> None:
    case = read(name)["case"]
    blind = {key: one for key, one in case.items() if key not in ("total_score", "notes")}
    hidden = ("score", "deviation_reason")
    blind["indicators"] = [
        {key: one for key, one in row.items() if key not in hidden} for row in case["indicators"]
    ]
    blind["budget"] = {key: one for key, one in case["budget"].items() if key != "score"}
    seen, unseen = score_table(case), score_table(blind)
    assert [one.proposal for one in seen.rows] == [one.proposal for one in unseen.rows]
    assert (seen.total, seen.grade) == (unseen.total, unseen.grade)
    assert seen.execution.proposal.score == unseen.execution.proposal.score


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"budget": None, "indicators": None},
        {"budget": [], "indicators": {}},
        {"budget": {"sub": 3, "weight": "十"}, "indicators": [None, 1, "行", [], {}]},
        {"budget": {"adjusted": float("nan"), "executed": True, "weight": float("inf")}},
        {"budget": {"adjusted": "1e400", "executed": -1, "weight": -10, "sub": [[1], 2, None]}},
        {"indicators": [{"level3": 5, "target": [], "actual": {}, "weight": {}, "score": "好"}]},
        {"indicators": [{"target": float("nan"), "actual": True, "weight": Decimal("NaN")}]},
        {"indicators": [{"target": "9" * 5000, "actual": "9" * 5000, "weight": 10**400}]},
        {"indicators": [{"target": "≥5" * 9999, "actual": "好" * 10**6, "weight": 5}]},
        {"indicators": [{"target": "\ud800", "actual": "\ud800", "weight": "5分"}]},
        {"year": {}, "total_score": "一百", "complete": "是"},
    ],
)
def test_a_broken_table_is_flagged_and_never_breaks(case: dict[str, object]) -> None:
    table = score_table(case)
    assert table.flags or table.execution.proposal.flags
    listed = case.get("indicators")
    assert len(table.rows) == (len(listed) if isinstance(listed, list) else 0)


def one_row(**row: object) -> dict[str, object]:
    return {"indicators": [{"level3": "数量", "target": "≥10个", "actual": "10个", **row}]}


def test_nothing_scored_is_not_a_total_of_nought() -> None:
    table = score_table(one_row(weight=None))
    assert table.total is None
    assert table.unscored_weight == 0


def test_a_total_waits_for_every_weight() -> None:
    table = score_table({**one_row(weight=90), "budget": {"weight": 10}})
    assert table.total is None
    assert table.unscored_weight == 10
    assert table.grade is None


def test_a_grade_waits_for_weights_of_one_hundred() -> None:
    table = score_table(one_row(weight=90))
    assert (str(table.total), table.grade) == ("90.00", None)


@pytest.mark.parametrize(
    ("published", "differs"), [("9.99", True), ("10", False), ("99.99", False), ("100.01", True)]
)
def test_an_incomplete_table_may_hide_the_rest_of_its_points(published: str, differs: bool) -> None:
    table = score_table({**one_row(weight=10, score=10), "total_score": published})
    assert ("published_sum_differs" in table.flags) is differs


def test_a_complete_table_must_add_up() -> None:
    case = {**one_row(weight=100, score=99), "total_score": 100, "complete": True}
    assert "published_sum_differs" in score_table(case).flags
    case["total_score"] = Decimal("99.004")
    assert "published_sum_differs" not in score_table(case).flags


def test_a_row_that_tells_another_execution_rate_than_the_money_is_found() -> None:
    case = {
        "budget": {"adjusted": 200, "executed": 189, "weight": 10},
        "indicators": [{"level3": "预算执行率", "target": "95%", "actual": "98%", "weight": 5}],
    }
    assert "contradicts_budget" in score_table(case).rows[0].flags
    case["budget"] = {"adjusted": 200, "executed": 196, "weight": 10}
    assert "contradicts_budget" not in score_table(case).rows[0].flags


def test_a_score_of_weight_times_percent_is_recognised() -> None:
    table = score_table(one_row(target="98%", actual="98%", weight=20, score=Decimal("19.6")))
    assert "weight_times_actual" in table.rows[0].flags
    assert str(table.rows[0].proposal.score) == "20.00"
