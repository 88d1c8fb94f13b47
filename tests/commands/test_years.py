"""A project over three fiscal years: monitored and evaluated in each, carried over, closed once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.indicators import queries as indicators
from engine.ledger.chain import number_entries
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.projects import queries as projects
from engine.projects.rules import carry_over
from engine.workflow import queries as workflow
from engine.workflow.models import Instance, ServiceCall, Task
from tests.district import BUDGET, District

LEFT = Decimal(150_000)


def year_in_hand(district: District) -> int:
    return district.row().year


def play(district: District) -> list[tuple[int, str]]:
    """Go through all years, leaving some money unspent in each; (year, node) of each step."""
    steps: list[tuple[int, str]] = []
    paid: set[int] = set()
    while district.tasks():
        year, task = year_in_hand(district), district.task()
        if task.form == "monitoring" and year not in paid:
            paid.add(year)
            with district.reading() as session:
                budget = projects.year_money(session, district.project, year).budget
            district.deliver(f"V{year}", budget - LEFT, year=year)
        steps.append((year, task.node))
        district.step()
    return steps


@pytest.mark.slow
def test_three_years_are_monitored_and_evaluated_and_closed_once(settled: District) -> None:
    settled.start(last_year=2027)
    steps = play(settled)
    counted = Counter(node for _, node in steps)
    assert counted["monitoring/fill_monitoring"] == 3
    assert [year for year, node in steps if node == "monitoring/fill_monitoring"] == [
        2025,
        2026,
        2027,
    ]
    assert counted["lifecycle/evaluate_year"] == counted["lifecycle/review_year"] == 2
    assert counted["lifecycle/adjust_targets"] == counted["lifecycle/approve_adjustment"] == 2
    assert counted["closure/self_evaluate"] == counted["closure/finalise_evaluation"] == 1
    _check_rows(settled)
    _check_closed(settled)


def _check_rows(district: District) -> None:
    with district.reading() as session:
        for year in (2025, 2026, 2027):
            evaluation = indicators.require_evaluation(session, district.project, year)
            assert evaluation.total is not None
            assert evaluation.state == ("final" if year == 2027 else "reviewed")
            plan = indicators.plan(session, district.project, year)
            assert plan is not None
            assert plan.approved_at is not None
            money = projects.year_money(session, district.project, year)
            assert money.carried_over == (0 if year == 2025 else LEFT)
            assert money.budget == BUDGET + money.carried_over
            assert money.executed == money.budget - LEFT


def _check_closed(district: District) -> None:
    assert (district.row().status, district.row().year) == ("closed", 2027)
    with district.work() as work:
        number_entries(work.session)
    with district.reading() as session:
        kinds = Counter(session.scalars(select(Entry.kind).where(Entry.matter == district.subject)))
        assert kinds["project.closed"] == kinds["paper.issued"] == kinds["process.ended"] == 1
        assert kinds["year.opened"] == 2
        assert kinds["task.completed"] == len(session.scalars(select(Task.id)).all())
        assert {one.status for one in workflow.instances(session, district.subject)} == {"ended"}
        assert set(session.scalars(select(ServiceCall.state))) == {"answered"}
        assert verify_ledger(session).ok
        assert session.scalars(select(Instance.process)).all() == ["lifecycle"]


def test_what_a_year_left_goes_over_and_cannot_be_declared_away(monitored: District) -> None:
    """The last year of a one-year project carries nothing; the rule is the same for all."""
    assert carry_over(Decimal(100), Decimal(30)) == 70
    assert carry_over(Decimal(100), Decimal(130)) == 0
    with monitored.reading() as session:
        lines = projects.budget_lines(session, monitored.project)
    assert [one.carried_over for one in lines] == [0]
