"""改派: who may give a task to whom, by command and by page."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from werkzeug.test import TestResponse

from engine import clock
from engine.errors import Forbidden, Invalid
from engine.people.models import Absence, Person, RoleAssignment
from engine.people.notices import notices
from engine.work import MACHINE, begin, reading
from engine.workflow.commands import assign_task, complete_task
from engine.workflow.models import Task
from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import Round, begin_round

ANSWERS = {
    "overall_goal": "改善居住条件",
    "background": "楼龄三十年",
    "basis": "实事项目",
    "plan": "分三批",
    "start": "2024-03-01",
    "end": "2024-12-20",
}


@pytest.fixture
def assessment(district: District, project: int) -> int:
    """The task 事前绩效评估 of a declared project; 孙丽 and 钱进 hold its role."""
    with begin(district.engine, district.actor("zhang")) as work:
        opened = complete_task(work, 1, "submit", ANSWERS)
    return opened[0].id


def _grant(district: District, login: str, role: str, unit: str) -> None:
    with begin(district.engine, MACHINE) as work:
        work.session.add(
            RoleAssignment(
                person_id=district.persons[login], role=role, unit_id=district.units[unit]
            )
        )


def _assign(district: District, actor: str, task: int, to: str) -> None:
    with begin(district.engine, district.actor(actor)) as work:
        assign_task(work, task, district.persons[to], "出差")


def _holder(district: District, task: int) -> int | None:
    with reading(district.engine) as session:
        return session.get_one(Task, task).assignee_id


@pytest.mark.parametrize("actor", ["zhang", "li", "wang", "wu", "admin", "safe"])
def test_only_the_performance_officer_and_office_may_reassign(
    district: District, assessment: int, actor: str
) -> None:
    with pytest.raises(Forbidden, match="绩效专员"):
        _assign(district, actor, assessment, "qian")
    assert _holder(district, assessment) is None


def test_a_machine_may_not_reassign(district: District, assessment: int) -> None:
    with pytest.raises(Forbidden), begin(district.engine, MACHINE) as work:
        assign_task(work, assessment, district.persons["qian"], "出差")


def test_a_performance_officer_reassigns_the_tasks_of_their_own_unit_only(
    district: District, assessment: int
) -> None:
    _grant(district, "li", "performance_officer", "town")
    _grant(district, "other", "performance_officer", "other")
    with pytest.raises(Forbidden):
        _assign(district, "other", assessment, "qian")
    _assign(district, "li", assessment, "qian")
    assert _holder(district, assessment) == district.persons["qian"]


def test_the_one_who_has_the_task_may_be_followed_by_another_of_the_role(
    district: District, assessment: int
) -> None:
    for before, after in pairwise(("sun", "qian", "sun")):
        _assign(district, "sun", assessment, after)
        assert _holder(district, assessment) == district.persons[after], before


@pytest.mark.parametrize(
    ("to", "why"), [("wang", "由本单位的“财政绩效科”办理"), ("zhang", "已在本事项中担任经办")]
)
def test_nobody_is_given_what_they_may_not_answer(
    district: District, assessment: int, to: str, why: str
) -> None:
    _grant(district, "zhang", "performance_office", "district")
    with pytest.raises(Invalid, match=why) as refused:
        _assign(district, "sun", assessment, to)
    assert "您" not in refused.value.message


def test_an_account_that_is_closed_is_given_nothing(district: District, assessment: int) -> None:
    with begin(district.engine, MACHINE) as work:
        work.session.get_one(Person, district.persons["qian"]).active = False
    with pytest.raises(Invalid, match="账号已停用"):
        _assign(district, "sun", assessment, "qian")


def test_the_page_offers_who_may_and_says_why_others_may_not(
    district: District, assessment: int
) -> None:
    _grant(district, "zhang", "performance_office", "district")
    page = district.browser("sun").get(f"/tasks/{assessment}").text
    assert f'name="person" value="{district.persons["qian"]}">' in page
    assert f'name="person" value="{district.persons["zhang"]}" disabled>' in page
    assert "已在本事项中担任经办，不能再担任审核" in page
    assert "改派给" not in district.browser("wang").get(f"/tasks/{assessment}").text


def test_the_task_goes_to_the_person_chosen_and_they_are_told(
    district: District, assessment: int
) -> None:
    browser = district.browser("sun")
    browser.get(f"/tasks/{assessment}")
    given = {"person": str(district.persons["qian"]), "reason": "孙丽出差"}
    assert browser.post(f"/tasks/{assessment}/assignment", given).status_code == 303
    page = browser.get(f"/tasks/{assessment}").text
    assert "现由 钱进 办理" in page and "此事项由指定人员办理" in page
    with reading(district.engine) as session:  # the page shows it when the offices are open
        told = notices(session, district.persons["qian"])
    assert "孙丽出差" in told[0].text


def test_a_refused_choice_keeps_what_was_typed(district: District, assessment: int) -> None:
    browser = district.browser("sun")
    browser.get(f"/tasks/{assessment}")
    number = district.persons["qian"]
    answer = browser.post(f"/tasks/{assessment}/assignment", {"person": str(number)})
    assert answer.status_code == 422
    assert f'value="{number}" checked>' in answer.text and "请填写改派原因" in answer.text
    answer = browser.post(f"/tasks/{assessment}/assignment")
    assert "请选择改派给谁" in answer.text and "请填写改派原因" in answer.text
    answer = browser.post(f"/tasks/{assessment}/assignment", {"reason": "出差两周"})
    assert answer.status_code == 422
    assert "出差两周" in answer.text and "请选择改派给谁" in answer.text


def test_a_task_out_of_sight_is_not_there(district: District, assessment: int) -> None:
    _grant(district, "other", "performance_officer", "other")
    browser = district.browser("other")
    given = {"person": str(district.persons["qian"]), "reason": "出差"}
    assert browser.post(f"/tasks/{assessment}/assignment", given).status_code == 404


# --- of several signers


@pytest.fixture
def three(district: District) -> Round:
    """A 会签 of 王伟, 顾清 and 林和; 梅素 holds the role too."""
    signers = "person:wang, person:gu, person:lin"
    running = begin_round(district, filed(), reviewed(approval="all", approvers=signers))
    running.answer("zhang", "submit")
    return running


def _hand(running: Round, **given: str) -> TestResponse:
    browser, persons = running.sit("sun"), running.district.persons
    told = {name: str(persons.get(value, value)) for name, value in given.items()}
    return browser.post(f"/tasks/{running.task.id}/assignment", told)


def test_the_page_asks_whose_part_and_says_who_cannot_act(three: Round) -> None:
    now = clock.now()
    with begin(three.district.engine, MACHINE) as work:
        lin, mei = three.district.persons["lin"], three.district.persons["mei"]
        work.session.get_one(Person, three.district.persons["gu"]).active = False
        away = {"from_at": now, "to_at": now + timedelta(days=3), "scope": [], "reason": ""}
        told = {"created_by": "林和", "created_at": now}
        work.session.add(Absence(person_id=lin, delegate_id=mei, **away, **told))
    page = three.page("sun")
    assert "现由 王伟、顾清、林和 办理" in page and "改派哪一位的" in page
    assert '顾清 <span class="why">账号已停用' in page
    assert '林和 <span class="why">不在岗，由梅素代理' in page
    assert "已在办理人之中" in page, "a signer cannot be given another's part"


def test_one_signer_is_replaced_by_the_page(three: Round) -> None:
    answer = _hand(three, of="gu", person="mei", reason="回避")
    assert answer.status_code == 303
    states = {person: state for person, state, _verb in three.signers()[1:]}
    assert states == {"王伟": "active", "顾清": "passed", "林和": "active", "梅素": "active"}
    with reading(three.district.engine) as session:
        for login, said in (("mei", "改派给您：回避"), ("gu", "改派给梅素：回避")):
            assert any(said in one.text for one in notices(session, three.district.persons[login]))


def test_without_saying_whose_nothing_happens_and_what_was_typed_stays(three: Round) -> None:
    for of, why in (("", "请选择改派哪一位的"), ("mei", "已不在等待办理")):
        answer = _hand(three, of=of, person="mei", reason="顾清出差两周")
        assert answer.status_code == 422
        assert why in answer.text and "顾清出差两周" in answer.text
        assert f'value="{three.district.persons["mei"]}" checked>' in answer.text
    assert {state for _who, state, _verb in three.signers()[1:]} == {"active"}
