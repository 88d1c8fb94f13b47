"""What the machine does with a task as time goes by: reminders, escalation, timeouts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.errors import Invalid
from engine.jobs.schedule import enqueue_slots
from engine.ledger.models import Entry
from engine.people import queries
from engine.people.absences import declare_absence, whole_days
from engine.people.calendar.commands import install_published_years
from engine.people.models import Notice, RoleAssignment
from engine.workflow.deadlines.ringing import ring
from engine.workflow.lint import lint
from engine.workflow.models import Signer, Task
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI)


def waiting(district: District, **given: str) -> Desk:
    """A review, due in two working days: on Wednesday the 11th at 17:30."""
    desk = Desk.of(district, chain(filed(), reviewed(**({"due": "2 WD"} | given))))
    desk.act("shen", "submit")
    return desk


def pass_time(district: District, moment: datetime) -> None:
    """Let it be a later moment, and let the machine look at it as a worker would."""
    district.now = moment
    enqueue_slots(district.engine, moment)
    district.run_jobs()


def told(district: District, who: str, kind: str) -> list[str]:
    with district.reading() as session:
        mine = Notice.person_id == district.id(who), Notice.key.startswith(f"{kind}:")
        return list(session.scalars(select(Notice.text).where(*mine)))


def test_a_day_before_it_is_due_they_are_reminded_once(settled: District) -> None:
    waiting(settled)
    pass_time(settled, at(10, 8, 59))
    assert told(settled, "gu", "remind") == []
    pass_time(settled, at(10, 9, 1))
    pass_time(settled, at(10, 9, 2))
    (text,) = told(settled, "gu", "remind")
    assert "即将到期（期限 06-11 17:30）" in text
    assert len(told(settled, "qian", "remind")) == 1


def test_who_stands_in_is_reminded_too(settled: District) -> None:
    waiting(settled)
    with settled.work("gu") as work:
        first, last = whole_days(at(9).date(), at(13).date())
        declare_absence(work, settled.id("gu"), settled.id("bai"), first, last)
    pass_time(settled, at(10, 9, 1))
    assert len(told(settled, "bai", "remind")) == 1


def test_what_is_late_climbs_step_by_step(settled: District) -> None:
    """From the reviewers of the bureau to the 绩效科, which stands above them all."""
    waiting(settled, role="unit_head", escalate="1 WD, 2 WD")
    pass_time(settled, at(11, 17, 31))
    assert len(told(settled, "lu", "overdue")) == 1
    assert told(settled, "zheng", "escalate") == []
    pass_time(settled, at(12, 17, 31))
    assert len(told(settled, "zheng", "escalate")) == 1
    with settled.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.kind == "task.escalated")).all()
    assert len(entry) == 1


def test_the_head_of_the_handlers_unit_comes_first(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(due="1 WD", approvers="party"), reviewed()))
    assert desk.nodes() == ["file"]
    pass_time(settled, at(11, 17, 31))
    assert len(told(settled, "lu", "escalate")) == 1
    assert told(settled, "zheng", "escalate") == []


def test_an_answered_task_rings_no_more(settled: District) -> None:
    desk = waiting(settled)
    desk.act("gu")
    pass_time(settled, at(20))
    assert told(settled, "gu", "overdue") == told(settled, "qian", "overdue") == []


def test_a_timeout_returns_the_matter_in_the_machines_name(settled: District) -> None:
    desk = waiting(settled, timeout="return", timeout_after="3 WD")
    pass_time(settled, at(16, 17, 31))
    assert desk.nodes() == ["file"]
    with settled.reading() as session:
        last = session.scalars(select(Signer).order_by(Signer.id.desc())).first()
    assert last is not None
    assert (last.person_id, last.verb, last.source) == (None, "return", "timeout")
    assert "超时自动" in last.opinion


def test_a_timeout_approves_only_where_the_diagram_lets_it(settled: District) -> None:
    desk = waiting(settled, timeout="approve", timeout_after="1 WD")
    pass_time(settled, at(12, 17, 31))
    assert desk.status() == "ended"


def test_a_timeout_ends_what_may_be_refused(settled: District) -> None:
    desk = waiting(settled, timeout="end", timeout_after="1 WD")
    pass_time(settled, at(12, 17, 31))
    assert desk.status() == "ended"


def test_what_times_out_goes_to_the_superior_only_if_he_may(settled: District) -> None:
    desk = waiting(settled, timeout="supervisor", timeout_after="1 WD")
    pass_time(settled, at(12, 17, 31))
    assert desk.nodes() == ["review"], "no superior holds the role: nobody is silently replaced"
    assert len(told(settled, "lu", "timeout")) == 1


@pytest.mark.parametrize("given", [{"money": "true"}, {"duty": "final"}])
def test_money_and_a_final_review_are_never_answered_by_the_machine(
    settled: District, given: dict[str, str]
) -> None:
    with pytest.raises(Invalid, match="超时不能自动办理"):
        waiting(settled, timeout="approve", timeout_after="1 WD", **given)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"timeout": "approve", "money": "true"}, "timeout-money"),
        ({"timeout": "end", "duty": "final"}, "timeout-money"),
        ({"timeout": "explode"}, "timeout"),
        ({"timeout": "return", "verbs": "approve"}, "timeout"),
        ({"remind": "P1D"}, "bad-term"),
        ({"due": "5"}, "bad-term"),
    ],
)
def test_times_that_cannot_be_are_found_before_they_run(given: dict[str, str], code: str) -> None:
    found = lint(chain(filed(), reviewed(**given)))
    assert code in {one.rule for one in found if one.severity == "error"}


def test_two_workers_ring_once(settled: District) -> None:
    desk = waiting(settled)
    task = desk.task().id
    settled.now = at(10, 9, 1)
    rung = []
    for _ in range(2):
        with settled.work() as work:
            rung.append(len(ring(work, task)))
    assert rung == [1, 0]


def test_a_standstill_of_the_machine_is_caught_up_with(settled: District) -> None:
    waiting(settled)
    pass_time(settled, at(13, 9))
    assert told(settled, "gu", "remind") == []
    assert len(told(settled, "gu", "overdue")) == 1
    with settled.reading() as session:
        left = session.scalars(select(Task.alarm_at).where(Task.state == "open")).all()
    assert all(one is None or one > settled.now - timedelta(0) for one in left)


def test_an_escalation_may_ask_the_head_in_as_a_signer(settled: District) -> None:
    given = {"approvers": "person:gu", "escalate_adds": "true"}
    desk = waiting(settled, **given)
    pass_time(settled, at(12, 17, 31))
    signers = [(who, state) for who, state, verb in desk.signers() if verb == ""]
    assert signers == [("顾清和", "active"), ("郑明德", "active")]


def test_leaders_read_on_mondays_what_is_late(settled: District) -> None:
    with settled.work() as work:
        unit = queries.person(work.session, settled.id("admin")).unit_id
        work.session.add(RoleAssignment(person_id=settled.id("jiang"), role="leader", unit_id=unit))
    waiting(settled)
    pass_time(settled, at(13))
    assert told(settled, "jiang", "digest") == []
    for hour in (9, 10):
        pass_time(settled, at(16, hour))
    (text,) = told(settled, "jiang", "digest")
    assert "共 1 项" in text
    assert "社区助老服务" in text


def test_administrators_are_told_once_of_a_year_without_its_holidays(settled: District) -> None:
    for day in (10, 11):
        pass_time(settled, at(day))
    assert len(told(settled, "admin", "calendar-missing")) == 1
    with settled.work() as work:
        install_published_years(work)
    pass_time(settled, datetime(2026, 12, 1, 9, tzinfo=SHANGHAI))
    texts = told(settled, "admin", "calendar-missing")
    assert [text[:6] for text in texts] == ["2025 年", "2027 年"]
