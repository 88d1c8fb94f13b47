"""Execution, grades, schemes and the reviewer's own score."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import Invalid, NotFound
from engine.indicators.scoring import (
    Budget,
    Proposal,
    Scheme,
    accept,
    fits_band,
    grade,
    load_scheme,
    propose_execution,
)

PROPOSED = Proposal(Decimal("13.05"), (), "forward", "")


def executed(**budget: object) -> Proposal:
    return propose_execution(Budget.from_mapping({"weight": 10, **budget}))


@pytest.mark.parametrize(
    ("adjusted", "spent", "weight", "expected"),
    [
        ("36950", "19078", 10, "5.16"),
        ("100", "105", 10, "10.00"),
        ("25", "21.54576", 10, "8.62"),
        ("104", "103.97", 20, "19.99"),
        ("100", "-5", 10, "0.00"),
        ("100", "0", 9, "0.00"),
    ],
)
def test_execution_is_proportional_and_capped(
    adjusted: str, spent: str, weight: int, expected: str
) -> None:
    proposal = executed(adjusted=adjusted, executed=spent, weight=weight)
    assert str(proposal.score) == expected


def test_the_initial_budget_serves_where_none_was_adjusted() -> None:
    proposal = executed(initial="310.2", executed="154.74")
    assert (str(proposal.score), proposal.flags) == ("4.99", ("base_initial",))


@pytest.mark.parametrize(
    ("budget", "flag"),
    [
        ({"adjusted": 0, "executed": 0}, "no_budget"),
        ({"executed": 5}, "no_budget"),
        ({"adjusted": 0, "initial": 50, "executed": 0}, "no_budget"),
        ({"adjusted": 0, "executed": 0, "sub": {"拨款": [90, 89.9, 89.9]}}, "budget_line_empty"),
        ({"adjusted": None, "sub": {"拨款": [None, None, 3]}}, "budget_line_empty"),
        ({"adjusted": 5}, "executed_empty"),
        ({"adjusted": 5, "executed": 5, "weight": None}, "no_weight"),
    ],
)
def test_execution_without_a_base_is_not_scored(budget: dict[str, object], flag: str) -> None:
    proposal = executed(**budget)
    assert proposal.score is None
    assert flag in proposal.flags


@pytest.mark.parametrize(
    ("total", "label"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.995", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
def test_grades_are_half_open_and_leave_no_gap(total: str, label: str) -> None:
    assert grade(Decimal(total)) == label


def test_a_scheme_is_data(tmp_path: Path) -> None:
    file = tmp_path / "local.yaml"
    file.write_text("key: local\nreverse: inverse\nbands: [0.8, 0.5]\ngrades: {甲: 85, 乙: 0}\n")
    scheme = load_scheme(str(file))
    assert (scheme.key, scheme.reverse, scheme.bands[1]) == ("local", "inverse", Decimal("0.5"))
    assert grade(Decimal(85), scheme) == "甲"
    assert load_scheme("mof_2020_10") == Scheme()


@pytest.mark.parametrize(
    "text",
    ["[1]", "reverse: sideways", "unknown: 1", "bands: [0.2, 0.9]", "grades: {}", "{", "total: x"],
)
def test_an_impossible_scheme_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_text(text)
    with pytest.raises(Invalid):
        load_scheme(str(file))


def test_an_unknown_scheme_is_not_found() -> None:
    with pytest.raises(NotFound):
        load_scheme("nowhere")


def test_a_reviewer_may_keep_the_proposal_without_a_word() -> None:
    accepted = accept(PROPOSED, Decimal("13.05"), "", Decimal(15))
    assert (accepted.score, accepted.changed) == (Decimal("13.05"), False)


def test_a_reviewer_may_depart_from_it_with_a_reason_and_both_are_kept() -> None:
    accepted = accept(PROPOSED, Decimal(13), "按整数计分", Decimal(15))
    assert (accepted.score, accepted.proposed) == (Decimal(13), Decimal("13.05"))


@pytest.mark.parametrize(
    ("score", "reason", "weight", "field"),
    [
        ("13", " ", "15", "reason"),
        ("15.01", "好", "15", "score"),
        ("-1", "差", "15", "score"),
        ("NaN", "怪", "15", "score"),
        ("1.234", "细", "15", "score"),
        ("1", "无分值", None, "score"),
    ],
)
def test_a_reviewers_score_must_be_possible_and_reasoned(
    score: str, reason: str, weight: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accept(PROPOSED, Decimal(score), reason, Decimal(weight) if weight else None)
    assert refused.value.field == field


def test_an_unscored_row_needs_the_reviewers_reason() -> None:
    unscored = Proposal(None, ("not_scored",), "none", "")
    with pytest.raises(Invalid):
        accept(unscored, Decimal(5), "", Decimal(10))
    assert accept(unscored, Decimal(5), "现场核实", Decimal(10)).changed


def test_a_verdict_bounds_its_score() -> None:
    weight = Decimal(10)
    assert fits_band("met", Decimal(10), weight)
    assert not fits_band("partly", Decimal(8), weight)
    assert fits_band("partly", Decimal(6), weight)
    assert fits_band("partly", Decimal(5), weight, Scheme(bands=(Decimal("0.8"), Decimal("0.5"))))
    assert fits_band("missed", Decimal(0), weight)
