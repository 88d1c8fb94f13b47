"""Timers in working days, cycles, and a clock that jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.errors import Invalid
from engine.people.calendar import Calendar
from engine.workflow import runtime
from engine.workflow.runtime.timers import EveryDay, Plan, following, plan
from tests.engine.runtime_drawing import Drawing, timer
from tests.engine.runtime_player import AT, Player
from tests.engine.test_runtime_events import event_sub, line, with_boundary

# Monday 2026-01-05 09:00 UTC is 17:00 in Shanghai; the 9th (Friday) is off, the 10th is worked.
OFFICE = Calendar({date(2026, 1, 9): False, date(2026, 1, 10): True})


def closing(day: int) -> datetime:
    """Closing time (17:30 in Shanghai) of a day of January 2026."""
    return datetime(2026, 1, day, 9, 30, tzinfo=UTC)


def bordered(kind: str, text: str, *, stops: bool) -> Player:
    return Player(with_boundary(timer(kind, text), stops=stops).files(), calendar=OFFICE)


@pytest.mark.parametrize(("text", "day"), [("1 WD", 6), ("3 WD", 8), ("4 WD", 10), ("5 WD", 12)])
def test_a_duration_in_working_days_ends_at_closing_time(text: str, day: int) -> None:
    player = bordered("timeDuration", text, stops=True)
    assert player.changes.next_due == closing(day)
    player.at = closing(day) - timedelta(seconds=1)
    assert player.wait().open == ["a"]
    assert player.wait(seconds=1).open == ["late"]


def test_a_cycle_of_working_days_skips_days_off() -> None:
    player = bordered("timeCycle", "R4/2 WD", stops=False)
    dues = []
    while player.changes.next_due is not None:
        dues.append(player.changes.next_due)
        player.wait(seconds=(dues[-1] - player.at).total_seconds())
    assert dues == [closing(day) for day in (7, 10, 13, 15)]
    assert player.open == ["a", "late", "late", "late", "late"]


def test_an_endless_cycle_of_working_days_fires_once_for_all_that_was_missed() -> None:
    player = bordered("timeCycle", "R/1 WD", stops=False).wait(days=8)
    assert player.open == ["a", "late"]
    assert player.changes.next_due == closing(13)


def test_working_days_may_be_an_expression() -> None:
    drawing = with_boundary(timer("timeDuration", '=string(days) + " WD"'), stops=True)
    player = Player(drawing.files(), {"days": 3}, calendar=OFFICE)
    assert player.changes.next_due == closing(8)


def test_working_days_without_a_calendar_are_refused_by_name() -> None:
    files = with_boundary(timer("timeDuration", "5 WD"), stops=True).files()
    with pytest.raises(Invalid, match="工作日历") as caught:
        Player(files)
    assert caught.value.element == "on_a"


def test_a_cycle_of_working_days_needs_the_calendar_again_when_it_goes_on() -> None:
    player = bordered("timeCycle", "R2/1 WD", stops=False)
    run = runtime.restore(player.definition, player.changes.state)
    with pytest.raises(Invalid, match="工作日历") as caught:
        run.fire_due(at=closing(6))
    assert caught.value.element == "on_a"


@pytest.mark.parametrize(
    "text", ["0 WD", "WD", "5WD", "5 wd", "-1 WD", "1.5 WD", "5 D", "99999 WD"]
)
def test_other_writings_of_working_days_are_refused_when_parsed(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", with_boundary(timer("timeDuration", text), stops=True).files())
    assert caught.value.element == "on_a"


def test_a_cycle_runs_beside_the_rest_of_its_scope() -> None:
    drawing = line("a")
    body = event_sub(timer("timeCycle", "R3/PT1H"), stops=False)
    drawing.node("subProcess", "on_event", body, triggeredByEvent="true")
    player = Player(drawing.files()).wait(hours=1)
    assert player.open == ["a", "handle"]
    assert player.wait(hours=5).open == ["a", "handle", "handle", "handle"]
    assert player.changes.next_due is None


def test_an_endless_cycle_keeps_the_state_small() -> None:
    drawing = line("a")
    inner = Drawing("q")
    inner.node("startEvent", "q_s", timer("timeCycle", "R/PT1H"), isInterrupting="false")
    inner.node("endEvent", "q_e")
    body = inner.path("q_s", "q_e").body()
    drawing.node("subProcess", "on_event", body, triggeredByEvent="true")
    player = Player(drawing.files())
    sizes = {len(player.wait(hours=1).changes.state) for _ in range(300)}
    assert max(sizes) - min(sizes) < 20


def test_a_date_may_be_computed() -> None:
    text = '=date and time(day, time("12:00:00Z"))'
    drawing = with_boundary(timer("timeDate", text), stops=True)
    player = Player(drawing.files(), {"day": date(2026, 2, 1)})
    assert player.changes.next_due == datetime(2026, 2, 1, 12, tzinfo=UTC)


# ---- a clock that jumps


def test_a_clock_that_jumps_forward_loses_nothing() -> None:
    player = bordered("timeCycle", "R5/PT1H", stops=False).wait(days=900)
    assert player.open == ["a", *["late"] * 5]


@pytest.mark.parametrize("text", ["R5/PT1H", "R/PT1H", "R5/1 WD", "R/1 WD"])
def test_a_clock_that_jumps_back_fires_nothing_twice(text: str) -> None:
    player = bordered("timeCycle", text, stops=False)
    first = player.changes.next_due
    assert first is not None
    player.at = first
    fired, due = len(player.wait().open), player.changes.next_due
    assert due is not None
    assert due > first
    for back in (timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)):
        player.at = first - back
        assert len(player.wait().open) == fired
        assert player.changes.next_due == due
    player.at = due
    assert len(player.wait().open) == fired + 1


def test_a_timer_that_begins_while_the_clock_is_behind_counts_from_then() -> None:
    player = Player(with_boundary(timer("timeDuration", "PT1H"), stops=True, host="b").files())
    player.at = AT - timedelta(minutes=30)
    assert player.do("a").changes.next_due == AT + timedelta(minutes=30)


def test_a_timer_is_due_at_its_very_moment_and_only_once() -> None:
    player = bordered("timeDuration", "PT1H", stops=False).wait(hours=1)
    assert player.open == ["a", "late"]
    assert player.wait().open == ["a", "late"]


def test_plans_in_working_days_do_not_drift() -> None:
    current: Plan | None = plan("timeCycle", "R3/1 WD", AT, EveryDay())
    dues = []
    while current is not None:
        dues.append(current.due)
        current = following(current, current.due + timedelta(hours=5), EveryDay())
    assert dues == [AT + timedelta(days=n) for n in (1, 2, 3)]
