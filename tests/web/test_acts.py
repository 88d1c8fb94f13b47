"""加签, 减签, 转办, 委派 by click: who can be chosen and why not, and what hostile requests get."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.work import reading
from engine.workflow.models import Signer
from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import Round, begin_round


@pytest.fixture
def running(district: District) -> Round:
    """A process that waits for one reviewer of the department."""
    started = begin_round(district, filed(), reviewed())
    started.answer("zhang", "submit")
    return started


def _person(page: str, number: int) -> str:
    found = re.search(rf'<label[^>]*><input[^>]*name="person" value="{number}".*?</label>', page)
    return found[0] if found else ""


def _act(running: Round, login: str, key: str, **given: object) -> tuple[int, str]:
    browser = running.sit(login)
    path = f"/tasks/{running.task.id}/acts/{key}"
    browser.get(path)
    answer = browser.post(path, given)
    return answer.status_code, answer.text


def test_the_menu_says_what_each_act_does_and_why_one_is_shut(running: Round) -> None:
    page = running.page("wang")
    assert f'href="/tasks/{running.task.id}/acts/transfer" data-act' in page
    assert "责任随之转移" in page
    assert "没有您可以减签的人员" in page
    page = running.page("zhang")
    assert "acts/urge" in page and "acts/transfer" not in page


def test_people_are_found_by_name_and_by_unit_with_the_reason_against_them(
    running: Round,
) -> None:
    people = running.district.persons
    status, page = _act(running, "wang", "transfer", _search="1", q="莘庄镇", text="出差")
    assert status == 200
    assert "disabled" in _person(page, people["zhang"]) and "经办人" in _person(
        page, people["zhang"]
    )
    assert "disabled" in _person(page, people["li"])
    assert "出差" in page
    _, page = _act(running, "wang", "transfer", _search="1", q="顾")
    assert "disabled" not in _person(page, people["gu"])
    assert "没有找到人员" in _act(running, "wang", "transfer", _search="1", q="%")[1]


def test_who_was_chosen_stays_chosen_while_others_are_sought(running: Round) -> None:
    people = running.district.persons
    given = {"_search": "1", "q": "林", "person": str(people["gu"]), "option": "parallel"}
    _, page = _act(running, "wang", "add", **given)
    assert "checked" in _person(page, people["gu"])
    assert "checked" not in _person(page, people["lin"])


def test_a_transferred_task_is_anothers_and_the_record_says_so(running: Round) -> None:
    number = running.district.persons["gu"]
    status, _ = _act(running, "wang", "transfer", person=str(number), text="下周出差")
    assert status == 303
    page = running.page("gu")
    assert "转办给顾清：下周出差" in page
    assert 'aria-disabled="true"' in running.page("wang")
    running.answer("gu")
    assert running.ended


def test_all_that_was_left_out_of_an_act_is_named_at_once(running: Round) -> None:
    for key, what in (("add", "加签意见"), ("transfer", "转办原因")):
        status, page = _act(running, "wang", key)
        assert status == 422
        assert "有 2 处需要改正" in page
        assert 'href="#person">请选择人员' in page and f'href="#text">请填写{what}' in page


def test_an_answer_without_a_choice_is_told_that_the_choice_is_missing(running: Round) -> None:
    browser, task = running.sit("wang"), running.task.id
    answer = browser.post(f"/tasks/{task}/completion", {"opinion": "同意申报"})
    assert answer.status_code == 422
    assert "没有选择怎样办理" in answer.text and "同意申报" in answer.text


def test_an_added_signer_is_heard_before_and_the_box_says_what_was_asked(running: Round) -> None:
    number = running.district.persons["sun"]
    status, _ = _act(
        running, "wang", "add", person=str(number), option="before", text="请核对绩效目标"
    )
    assert status == 303
    page = running.page("sun")
    assert "王伟 请您办理（前加签）" in page and "请核对绩效目标" in page
    assert "等待前面的办理人" in running.page("wang") or "还没有轮到您" in running.page("wang")
    running.answer("sun", opinion="目标可行")
    assert "目标可行" in running.page("wang")
    running.answer("wang")
    assert running.ended


def test_who_signs_beside_has_a_vote_until_taken_out_again(running: Round) -> None:
    number = running.district.persons["sun"]
    _act(running, "wang", "add", person=str(number), option="parallel", text="一并审核")
    running.answer("wang")
    assert not running.ended
    part = next(one for one in running.signers() if one[0] == "孙丽")
    assert part == ("孙丽", "active", "")
    page = running.page("wang")
    assert f'href="/tasks/{running.task.id}/acts/remove" data-act' in page
    _, form = _act(running, "wang", "remove", _search="1")
    signer = re.search(r'name="person" value="(\d+)"', form)
    assert signer
    status, _ = _act(running, "wang", "remove", person=signer[1], text="已电话确认")
    assert status == 303
    assert running.ended


def test_a_question_is_answered_and_comes_back(running: Round) -> None:
    number = running.district.persons["zhao"]
    status, _ = _act(
        running, "wang", "delegate", person=str(number), option="delegate", text="资金有保障吗"
    )
    assert status == 303
    page = running.page("zhao")
    assert "资金有保障吗" in page and 'value="answer"' in page and 'value="approve"' not in page
    running.answer("zhao", "answer", opinion="已列入预算")
    assert "已列入预算" in running.page("wang")
    running.answer("wang")
    assert running.ended


def test_a_refused_act_keeps_what_was_typed(running: Round) -> None:
    number = running.district.persons["gu"]
    status, page = _act(running, "wang", "transfer", person=str(number))
    assert status == 422
    assert "checked" in _person(page, number) and 'id="text-error"' in page
    status, page = _act(running, "wang", "transfer", text="下周出差")
    assert status == 422 and "下周出差" in page and 'id="person-error"' in page


@pytest.mark.parametrize("key", ["add", "transfer", "delegate", "remove"])
@pytest.mark.parametrize("person", ["999999", "-1", "9" * 40, "1; drop", ""])
def test_people_who_are_not_there_are_refused(running: Round, key: str, person: str) -> None:
    status, _ = _act(running, "wang", key, person=person, text="试", option="before")
    assert status in (403, 404, 422)
    assert [one for one in running.signers() if one[1] != "done"] == []


def test_other_peoples_tasks_are_left_alone(running: Round) -> None:
    district, task = running.district, running.task.id
    given = {"person": str(district.persons["gu"]), "text": "我要转"}
    outsider = district.browser("other")
    assert outsider.get(f"/tasks/{task}/acts/transfer").status_code == 404
    assert outsider.post(f"/tasks/{task}/acts/transfer", given).status_code == 404
    watcher = district.browser("sun")  # sees the project, does not hold the role
    watcher.get("/")
    assert watcher.post(f"/tasks/{task}/acts/transfer", given).status_code == 403
    assert watcher.get(f"/tasks/{task}/acts/nothing").status_code == 404
    assert watcher.get("/tasks/999999/acts/add").status_code == 404


def test_a_second_click_is_told_what_happened(running: Round) -> None:
    browser, task = running.sit("wang"), running.task.id
    path, given = (
        f"/tasks/{task}/acts/transfer",
        {
            "person": str(running.district.persons["gu"]),
            "text": "下周出差",
        },
    )
    assert browser.post(path, given).status_code == 303
    assert browser.post(path, given).status_code == 409
    running.answer("gu")
    answer = browser.post(path, given)
    assert answer.status_code == 409 and "顾清" in answer.text


def test_an_act_is_taken_back_until_the_next_has_looked(running: Round) -> None:
    district, mine = running.district, 1
    browser = district.browser("zhang")
    assert "acts/recall" in browser.get(f"/tasks/{mine}").text
    answer = browser.post(f"/tasks/{mine}/acts/recall", {"text": "附件传错了"})
    assert answer.status_code == 303
    assert running.nodes == ["file"]
    assert answer.location.endswith(f"/tasks/{running.task.id}")
    assert "附件传错了" in running.page("zhang")
    again = running.task.id
    running.answer("zhang", "submit")
    running.page("wang")
    assert "的办理人已经查看，不能取回" in browser.get(f"/tasks/{again}").text
    assert browser.post(f"/tasks/{again}/acts/recall", {"text": "再改"}).status_code == 409
    assert running.nodes == ["review"]


def test_who_was_drawn_asks_to_be_replaced_and_nobody_else_is_offered_it(
    district: District,
) -> None:
    drawing = {"approvers": "draw:department_reviewer:1", "approval": "all"}
    started = begin_round(district, filed(), reviewed(**drawing))
    started.answer("zhang", "submit")
    logins = {district.persons[login]: login for login in ("wang", "gu", "lin", "mei")}
    (before,) = _active(started)
    assert "申请回避" in started.page(logins[before])
    assert "申请回避" not in started.page(next(x for one, x in logins.items() if one != before))
    _status, page = _act(started, logins[before], "recuse", text="")
    assert "请填写回避原因" in page
    status, _ = _act(started, logins[before], "recuse", text="亲属在项目单位任职")
    assert status == 303
    (after,) = _active(started)
    assert after != before
    assert "亲属在项目单位任职" in started.page(logins[after])


def _active(running: Round) -> list[int]:
    """For whom the open task waits."""
    with reading(running.district.engine) as session:
        waits = Signer.task_id == running.task.id, Signer.state == "active"
        found = session.scalars(select(Signer.person_id).where(*waits))
        return [one for one in found if one is not None]
