"""The decision box: how far several signers are, the ways back, and first sight of a task."""

from __future__ import annotations

from engine.work import reading
from engine.workflow.models import Task
from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import begin_round

THREE = {"approvers": "person:wang, person:gu, person:lin"}


def test_the_box_says_how_many_agreed_and_whose_turn_it_is(district: District) -> None:
    running = begin_round(
        district, filed(), reviewed(approval="all", pass_="2", veto="true", **THREE)
    )
    running.answer("zhang", "submit")
    assert "同意，等待其他办理人" in running.page("gu")
    told = running.answer("gu")
    assert "等待其他办理人" in told
    page = running.page("wang")
    assert "需 3 人中 2 人同意，已同意 1 人" in page
    assert "一票否决" in page
    assert "同意，办结" in page and "驳回，办结" in page
    assert "您已办理，等待其他办理人" in running.page("gu")
    running.answer("wang")
    assert running.ended


def test_the_next_task_comes_with_what_was_answered_and_takes_no_click_at_once(
    district: District,
) -> None:
    steps = filed(), reviewed(), reviewed("head", "unit_head")
    first, second = begin_round(district, *steps), begin_round(district, *steps)
    for one in (first, second):
        one.answer("zhang", "submit")
    browser, task = first.sit("wang"), first.task
    assert "action-bar arrived" not in browser.get(f"/tasks/{task.id}").text
    answer = browser.post(f"/tasks/{task.id}/completion", {"verb": "approve", "opinion": "同意"})
    assert answer.location == f"/tasks/{second.task.id}"
    page = browser.get(answer.location).text
    assert f"已同意“助老服务”的“{task.title}”，下一步：" in page
    assert "action-bar arrived" in page
    assert "action-bar arrived" not in browser.get(answer.location).text


def test_in_a_sequence_the_next_waits_for_the_one_before(district: District) -> None:
    running = begin_round(district, filed(), reviewed(approval="sequence", **THREE))
    running.answer("zhang", "submit")
    assert "未轮到" in running.page("wang")
    assert "还没有轮到您办理" in running.page("gu")
    running.answer("wang")
    assert "依次审批" in running.page("gu")


def test_every_way_back_is_offered_and_a_correction_may_come_straight_back(
    district: District,
) -> None:
    head = reviewed("head", "unit_head")
    running = begin_round(district, filed(), head, reviewed())
    running.answer("zhang", "submit")
    running.answer("li")
    page = running.page("wang")
    assert "退回给谁" in page and "上一步" in page and "发起人" in page
    assert "逐级重走" in page and "直达" in page
    assert "仍须重新办理" not in page, "there are only opinions between"
    running.answer("wang", "return", return_to="review/file", direct="1")
    assert running.nodes == ["file"]
    running.answer("zhang", "submit")
    assert running.nodes == ["review"]
    page = running.page("wang")
    assert "自动跳过" in page and "直达退回人" in page


def test_a_way_back_that_is_not_one_is_refused(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")
    browser = running.sit("wang")
    for target in ("review/review", "review/nowhere", "'; drop"):
        told = {"verb": "return", "opinion": "请改", "return_to": target}
        answer = browser.post(f"/tasks/{running.task.id}/completion", told)
        assert answer.status_code == 422, target
        assert "不能退回到这一步" in answer.text
    assert running.nodes == ["review"]


def test_a_task_is_seen_when_somebody_opens_it_who_may_answer(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")

    def seen() -> bool:
        with reading(district.engine) as session:
            return session.get_one(Task, running.task.id).seen_at is not None

    running.page("zhang")
    running.page("sun")
    assert not seen()
    running.page("wang")
    assert seen()
