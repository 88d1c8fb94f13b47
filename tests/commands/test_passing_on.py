"""转办 and 委派: giving one's part away, or asking for an answer (rules.md F.6, F.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.models import Entry
from engine.people.models import Absence
from engine.people.notices import notices
from engine.workflow.commands import (
    add_signers,
    assign_task,
    complete_task,
    delegate_task,
    remove_signer,
    transfer_task,
)
from engine.workflow.models import Signer, Task
from engine.workflow.queries import inbox, timeline
from engine.workflow.queries.parts import parts_of
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

TWO = "person:gu,person:qian"


def at_review(district: District, **given: str) -> Desk:
    """A filed matter that waits for its review."""
    desk = Desk.of(district, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    return desk


def transfer(desk: Desk, who: str, whom: str, reason: str = "出差") -> None:
    """Somebody hands their part in the open task on."""
    with desk.district.work(who) as work:
        transfer_task(work, desk.task().id, desk.district.id(whom), reason)


def delegate(desk: Desk, who: str, whom: str, *, must_answer: bool = True) -> None:
    """Somebody asks another about the open task."""
    with desk.district.work(who) as work:
        whom_id = desk.district.id(whom)
        delegate_task(work, desk.task().id, whom_id, "单价是否合理？", must_answer)


def todo(district: District, who: str) -> int:
    """How many lines somebody has in 待办."""
    with district.reading() as session:
        return len(inbox(session, district.id(who), district.now))


def away(district: District, who: str, delegate: str, *scope: str) -> None:
    """Somebody is absent for a week, and another stands in."""
    with district.work("admin") as work:
        work.session.add(
            Absence(
                person_id=district.id(who),
                delegate_id=district.id(delegate),
                from_at=district.now - timedelta(days=1),
                to_at=district.now + timedelta(days=6),
                scope=list(scope),
                created_by="韩管理",
                created_at=district.now,
            )
        )


def test_a_transferred_task_is_the_others_and_does_not_come_back(settled: District) -> None:
    desk = at_review(settled)
    transfer(desk, "gu", "qian")
    assert (todo(settled, "gu"), todo(settled, "qian")) == (0, 1)
    with pytest.raises(Conflict, match="已由顾清和转办给钱若水"):
        desk.act("gu")
    desk.act("qian")
    assert desk.status() == "ended"


def test_the_transfer_is_on_the_record_with_its_reason(settled: District) -> None:
    desk = at_review(settled)
    transfer(desk, "gu", "qian", "下周出差")
    with settled.reading() as session:
        rows = timeline(session, settled.subject)
        told = notices(session, settled.id("qian"))
        entry = session.scalar(select(Entry).where(Entry.kind == "task.transferred"))
        handled = inbox(session, settled.id("gu"), settled.now, tab="done")
    assert ("顾清和", "transfer", "转办给钱若水：下周出差") in [
        (one.person, one.verb, one.opinion) for one in rows
    ]
    assert told[0].text == "顾清和将“社区助老服务”的“review”转办给您：下周出差"
    assert entry is not None
    assert "下周出差" in entry.payload
    assert len(handled) == 1


def test_a_transfer_needs_a_reason(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match="请填写转办原因"):
        transfer(desk, "gu", "qian", " ")


@pytest.mark.parametrize(
    ("whom", "why"),
    [
        ("shen", "是本事项的经办人"),
        ("lu", "由本单位的“主管部门审核”办理"),
        ("gu", "已在办理人之中"),
        ("jiang", "审计不办理业务事项"),
    ],
)
def test_some_may_not_take_a_task_over(settled: District, whom: str, why: str) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match=why):
        transfer(desk, "gu", whom)


def test_a_task_is_not_transferred_to_somebody_who_is_absent(settled: District) -> None:
    desk = at_review(settled)
    away(settled, "qian", "duo")
    with pytest.raises(Invalid, match="不能转办给钱若水：现在不在岗，由多面手代理"):
        transfer(desk, "gu", "qian")


def test_an_absence_from_other_processes_is_no_hindrance(settled: District) -> None:
    desk = at_review(settled)
    away(settled, "qian", "duo", "monitoring")
    transfer(desk, "gu", "qian")
    assert todo(settled, "qian") == 1


def test_one_who_has_borne_another_duty_may_not_take_it_over(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("duo")
    with pytest.raises(Invalid, match="已在本事项中担任审核"):
        transfer(desk, "gu", "duo")


def test_a_task_is_handed_on_three_times_at_most(settled: District) -> None:
    desk = at_review(settled)
    for who, whom in (("gu", "qian"), ("qian", "duo"), ("duo", "gu")):
        transfer(desk, who, whom)
    with pytest.raises(Forbidden, match="已转办 3 次"):
        transfer(desk, "gu", "qian")
    with settled.work("gu") as work:  # asking somebody in does not begin the count anew
        add_signers(work, desk.task().id, [settled.id("zhou")], "parallel", "请会签")
    with pytest.raises(Forbidden, match="已转办 3 次"):
        transfer(desk, "gu", "qian")


def test_somebody_who_may_not_answer_may_not_transfer(settled: District) -> None:
    desk = at_review(settled)
    for who in ("lu", "shen", "admin"):
        with pytest.raises(Forbidden):
            transfer(desk, who, "qian")


def test_a_signers_part_goes_over_in_its_place(settled: District) -> None:
    desk = at_review(settled, approval="sequence", approvers=TWO)
    transfer(desk, "gu", "zhou")
    assert desk.signers() == [
        ("顾清和", "passed", "transfer"),
        ("钱若水", "waiting", ""),
        ("周秉正", "active", ""),
    ]
    desk.act("zhou")
    desk.act("qian")
    assert desk.status() == "ended"


def test_a_part_that_was_handed_on_counts_once(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    transfer(desk, "gu", "zhou")
    desk.act("qian")
    assert desk.nodes() == ["review"]
    desk.act("zhou")
    assert desk.status() == "ended"


def test_whom_the_holder_had_asked_answer_to_whoever_took_over(settled: District) -> None:
    desk = at_review(settled)
    with settled.work("gu") as work:
        add_signers(work, desk.task().id, [settled.id("zhou")], "after", "请后签")
    transfer(desk, "gu", "qian")
    with settled.work("qian") as work:
        part = work.session.scalar(select(Signer).where(Signer.person == "周秉正"))
        assert part is not None
        assert part.state == "waiting"
        remove_signer(work, part.id, "不必")
    desk.act("qian")
    assert desk.status() == "ended"


def test_who_was_added_after_and_hands_it_on_is_still_waited_for(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO, pass_="1")
    with settled.work("gu") as work:
        add_signers(work, desk.task().id, [settled.id("zhou")], "after", "请后签")
    desk.act("gu")
    transfer(desk, "zhou", "wu")
    assert desk.nodes() == ["review"]
    desk.act("wu")
    assert desk.status() == "ended"


def test_who_is_asked_answers_and_the_asker_decides(settled: District) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou")
    assert (todo(settled, "gu"), todo(settled, "zhou")) == (0, 1)
    with pytest.raises(Invalid, match="不能“同意”"):
        desk.act("zhou")
    with pytest.raises(Invalid, match="必须填写意见"):
        desk.act("zhou", "answer", opinion=" ")
    desk.act("zhou", "answer", opinion="合理")
    with settled.reading() as session:
        told = notices(session, settled.id("gu"))
    assert [one.text for one in told] == ["周秉正已答复您关于“社区助老服务”的“review”的征询：合理"]
    assert todo(settled, "gu") == 1
    desk.act("gu")
    assert desk.status() == "ended"


def test_an_optional_question_does_not_hold_the_asker_up(settled: District) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou", must_answer=False)
    task = desk.task()
    desk.act("gu")
    assert desk.status() == "ended"
    assert ("周秉正", "cancelled", "") in desk.signers(task)


def test_an_optional_answer_is_told_to_the_asker(settled: District) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou", must_answer=False)
    desk.act("zhou", "answer", opinion="偏高")
    with settled.reading() as session:
        told = notices(session, settled.id("gu"))
    assert ["偏高" in one.text for one in told] == [True]


def test_who_answered_a_question_bears_no_duty_by_that(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(), reviewed("budget", "budget_reviewer")))
    desk.act("shen", "submit")
    delegate(desk, "gu", "zhou")
    desk.act("zhou", "answer", opinion="合理")
    desk.act("gu")
    assert todo(settled, "zhou") == 1
    desk.act("zhou")
    assert desk.status() == "ended"


def test_an_earlier_reviewer_may_be_asked_but_the_party_may_not(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed()))
    desk.act("shen", "submit")
    desk.act("lu")
    with pytest.raises(Invalid, match="是本事项的经办人"):
        delegate(desk, "gu", "shen")
    delegate(desk, "gu", "lu")
    desk.act("lu", "answer", opinion="属实")
    assert todo(settled, "gu") == 1


def test_who_is_asked_may_not_ask_on_or_hand_it_on(settled: District) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou")
    with pytest.raises(Forbidden, match="请直接答复"):
        delegate(desk, "zhou", "wu")
    with pytest.raises(Forbidden, match="请直接答复"):
        transfer(desk, "zhou", "wu")


def test_a_question_can_be_taken_back_and_asked_again(settled: District) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou")
    with settled.work("gu") as work:
        part = work.session.scalar(select(Signer).where(Signer.person == "周秉正"))
        assert part is not None
        remove_signer(work, part.id, "已了解")
    delegate(desk, "gu", "zhou")
    desk.act("zhou", "answer", opinion="合理")
    delegate(desk, "gu", "zhou")
    assert todo(settled, "gu") == 0


def test_a_question_needs_words(settled: District) -> None:
    desk = at_review(settled)
    with pytest.raises(Invalid, match="请填写要请对方答复的问题"), settled.work("gu") as work:
        delegate_task(work, desk.task().id, settled.id("zhou"), "")
    with settled.reading() as session:
        assert session.scalars(select(Task.signed)).all().count(True) == 0


def test_an_officer_gives_the_holders_part_to_another_with_all_they_had_asked(
    settled: District,
) -> None:
    desk = at_review(settled)
    delegate(desk, "gu", "zhou")
    with settled.work("chen") as work:
        assign_task(work, desk.task().id, settled.id("qian"), "长期病假")
    assert todo(settled, "qian") == 0  # the answer is still waited for
    desk.act("zhou", "answer", opinion="合理")
    assert (todo(settled, "gu"), todo(settled, "qian")) == (0, 1)
    desk.act("qian")
    assert desk.status() == "ended"


def test_an_officer_does_not_choose_among_several_signers(settled: District) -> None:
    desk = at_review(settled, approval="all", approvers=TWO)
    with pytest.raises(Conflict, match="多人共同办理"), settled.work("chen") as work:
        assign_task(work, desk.task().id, settled.id("duo"), "长期病假")


def test_an_answer_stays_with_who_asked_for_it_when_the_task_is_handed_on(
    settled: District,
) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed()))
    desk.act("shen", "submit")
    task = desk.task()
    with settled.work("gu") as work:
        delegate_task(work, task.id, settled.id("wu"), "造价是否合理")
    with settled.work("wu") as work:
        complete_task(work, task.id, "answer", {}, opinion="合理")
    with settled.work("gu") as work:
        transfer_task(work, task.id, settled.id("qian"), "请继续办理")
    with settled.reading() as session:
        (answer,) = [one for one in parts_of(session, [task.id])[task.id] if one.person == "吴思齐"]
    assert (answer.state, answer.asked_by) == ("done", "顾清和")
