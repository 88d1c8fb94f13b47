"""The monitoring lights and their exact boundaries."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import Invalid
from engine.indicators.lights import (
    Light,
    Thresholds,
    combined_light,
    execution_light,
    indicator_light,
    planned_share,
    project_light,
    qualitative_light,
)

D = Decimal


@pytest.mark.parametrize(
    ("actual", "light"),
    [
        ("30", "红"),
        ("50", "黄"),
        ("60", "绿"),
        ("70", "绿"),
        ("150", "蓝"),
        ("0", "红"),
        ("135", "绿"),
    ],
)
def test_progress_in_july_of_a_target_of_120(actual: str, light: str) -> None:
    assert indicator_light("higher", D(120), D(actual), 7) == light


@pytest.mark.parametrize(
    ("actual", "light"),
    [("59.99", "红"), ("60", "黄"), ("79.99", "黄"), ("80", "绿"), ("120", "蓝")],
)
def test_thresholds_belong_to_the_better_light(actual: str, light: str) -> None:
    assert indicator_light("higher", D(100), D(actual), 12) == light


def test_blue_may_be_asked_of_the_progress_planned_by_now() -> None:
    early = Thresholds(blue_of_year=False)
    assert indicator_light("higher", D(120), D(84), 7, thresholds=early) is Light.BLUE


def test_a_limit_is_kept_or_broken() -> None:
    assert indicator_light("lower", D(5), D(5), 3) is Light.GREEN
    assert indicator_light("lower", D(5), D(5), 3, strict=True) is Light.RED
    assert indicator_light("lower", D(5), D(6), 3) is Light.RED


def test_a_target_of_nought_is_met_or_missed() -> None:
    assert indicator_light("equal", D(0), D(0), 6) is Light.GREEN
    assert indicator_light("equal", D(0), D(1), 6) is Light.RED


def test_a_planned_curve_replaces_the_even_year() -> None:
    late_start = [D(0)] * 6 + [D(n) / 6 for n in range(1, 7)]
    assert indicator_light("higher", D(120), D(0), 3, curve=late_start) is Light.GREEN
    assert indicator_light("higher", D(120), D(20), 7, curve=late_start) is Light.GREEN
    assert indicator_light("higher", D(120), D(20), 7) is Light.RED
    assert planned_share(7, late_start) == D(1) / 6


@pytest.mark.parametrize("month", [0, 13])
def test_a_year_has_twelve_months(month: int) -> None:
    with pytest.raises(Invalid):
        planned_share(month)


@pytest.mark.parametrize("curve", [[D(1)], [D(1)] + [D(0)] * 11, [D(2)] * 12])
def test_a_curve_rises_to_at_most_the_whole(curve: list[Decimal]) -> None:
    with pytest.raises(Invalid):
        planned_share(1, curve)


@pytest.mark.parametrize(
    ("spent", "month", "light"),
    [("29", 6, "红"), ("30", 6, "黄"), ("40", 6, "绿"), ("300", 6, "绿")],
)
def test_the_money_has_three_lights(spent: str, month: int, light: str) -> None:
    assert execution_light([D(spent)], [D(60), D(40)], month) == light


def test_no_budget_is_red() -> None:
    assert execution_light([D(5)], [], 6) is Light.RED


def test_words_have_three_lights() -> None:
    assert [qualitative_light(one) for one in ("met", "partly", "missed")] == ["绿", "黄", "红"]


def test_a_project_shows_its_worst_light() -> None:
    assert project_light([Light.BLUE, Light.GREEN]) is Light.GREEN
    assert project_light([Light.BLUE, Light.RED, Light.YELLOW]) is Light.RED
    assert project_light([]) is None


def test_money_and_goal_together() -> None:
    assert combined_light(money_fits=True, goal_fits=True) is Light.GREEN
    assert combined_light(money_fits=True, goal_fits=False) is Light.YELLOW
    assert combined_light(money_fits=False, goal_fits=True) is Light.RED


def test_thresholds_stand_in_order() -> None:
    with pytest.raises(Invalid):
        Thresholds(red=D(90))
