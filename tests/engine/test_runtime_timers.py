"""Reading timer texts: ISO 8601, nothing else, and never as code."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import Invalid
from engine.workflow.runtime.timers import Plan, following, plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 1, 31, 9, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT5M", AT + timedelta(minutes=5)),
        ("P5D", AT + timedelta(days=5)),
        ("P1W", AT + timedelta(days=7)),
        ("PT1.5S", AT + timedelta(seconds=1.5)),
        ("P1M", datetime(2026, 2, 28, 9, tzinfo=SHANGHAI)),
        ("P1Y1M", datetime(2027, 2, 28, 9, tzinfo=SHANGHAI)),
        ("P1DT2H", AT + timedelta(days=1, hours=2)),
    ],
)
def test_durations(text: str, due: datetime) -> None:
    assert plan("timeDuration", text, AT) == Plan(due)


@pytest.mark.parametrize(
    ("value", "due"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=SHANGHAI)),
        ("2026-03-01T08:00:00", datetime(2026, 3, 1, 8, tzinfo=SHANGHAI)),
        ("2026-03-01T08:00:00Z", datetime(2026, 3, 1, 16, tzinfo=SHANGHAI)),
        (date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 1, 8), datetime(2026, 3, 1, 8, tzinfo=SHANGHAI)),  # noqa: DTZ001 - FEEL gives local moments
    ],
)
def test_dates(value: object, due: datetime) -> None:
    assert plan("timeDate", value, AT).due == due


def test_cycles() -> None:
    assert plan("timeCycle", "R3/PT1H", AT) == Plan(AT + timedelta(hours=1), 2, "PT1H")
    assert plan("timeCycle", "R/P1D", AT) == Plan(AT + timedelta(days=1), None, "P1D")
    start = datetime(2026, 4, 1, tzinfo=SHANGHAI)
    assert plan("timeCycle", "R2/2026-04-01/P1M", AT).due == start


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDuration", text)
        for text in ("", "P", "PT", "P1DT", "5D", "P1H", "1", "P-1D", "timedelta(1)", "P9999999D")
    ]
    + [
        ("timeDate", "tomorrow"),
        ("timeCycle", "R/PT0S"),
        ("timeCycle", "R0/P1D"),
        ("timeCycle", "R9999/P1D"),
    ]
    + [("timeCycle", "P1D"), ("timeDuration", "P999999Y")],
)
def test_anything_else_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Invalid):
        plan(kind, text, AT)


@pytest.mark.parametrize("value", [None, True, 5])
def test_a_value_that_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        plan("timeDuration", value, AT)


def test_an_endless_cycle_skips_what_was_missed() -> None:
    after = following(Plan(AT, None, "PT1H"), AT + timedelta(hours=1000, minutes=1))
    assert after is not None
    assert (after.due, after.left) == (AT + timedelta(hours=1001), None)


def test_a_counted_cycle_counts_down_and_stops() -> None:
    after = following(Plan(AT, 1, "PT1H"), AT)
    assert after is not None
    assert (after.due, after.left) == (AT + timedelta(hours=1), 0)
    assert following(Plan(AT, 0, "PT1H"), AT) is None


def test_a_monthly_cycle_stays_at_the_end_of_the_month() -> None:
    current: Plan | None = plan("timeCycle", "R4/2026-01-31/P1M", AT)
    days = []
    while current is not None:
        days.append((current.due.month, current.due.day))
        current = following(current, current.due)
    assert days == [(1, 31), (2, 28), (3, 31), (4, 30)]
