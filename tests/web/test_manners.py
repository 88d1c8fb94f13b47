"""What a tired official meets: addresses that were lost, links that lead somewhere, empty lists."""

from __future__ import annotations

import re

from engine.work import begin
from engine.workflow.commands import suspend_instance
from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import Round, begin_round


def at_review(district: District) -> Round:
    """A process that waits for its reviewer."""
    found = begin_round(district, filed(), reviewed())
    found.answer("zhang", "submit")
    return found


def test_the_address_of_an_act_leads_to_the_thing_itself(district: District) -> None:
    found = at_review(district)
    path = f"/tasks/{found.task.id}"
    answer = district.browser("wang").get(f"{path}/completion")
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    assert district.browser("wang").get("/nothing/here").status_code == 404


def test_a_list_without_anything_says_so_of_itself(district: District) -> None:
    at_review(district)
    browser = district.browser("wang")
    assert "没有挂起的事项" in browser.get("/?tab=suspended").text
    beyond = browser.get("/?page=7")
    assert beyond.status_code == 302 and "page=7" not in beyond.headers["Location"]


def test_a_suspended_task_says_why_on_its_own_page(district: District) -> None:
    found = at_review(district)
    with begin(district.engine, found.actor("admin")) as work:
        suspend_instance(work, found.instance, "等待专项审计的结论")
    task = re.search(r"/tasks/(\d+)", district.browser("wang").get("/?tab=suspended").text)
    assert task is not None
    assert "等待专项审计的结论" in district.browser("wang").get(task.group()).text


def test_who_may_not_answer_is_offered_no_box_to_write_in(district: District) -> None:
    found = at_review(district)
    page = district.browser("zhang").get(f"/tasks/{found.task.id}").text
    assert 'aria-disabled="true"' in page and 'name="opinion"' not in page


def test_a_post_without_a_decision_is_told_to_make_one(district: District) -> None:
    found = at_review(district)
    answer = district.browser("wang").post(f"/tasks/{found.task.id}/completion", {"opinion": "好"})
    assert answer.status_code == 422 and "没有选择怎样办理" in answer.text
    assert "好" in answer.text


def test_the_list_of_processes_names_the_role_that_nobody_has_taken(district: District) -> None:
    at_review(district)
    page = district.browser("admin").get("/operations/instances").text
    assert re.search(r'data-label="办理人">主管部门审核<', page)


def test_tabs_lead_only_where_one_may_go(district: District) -> None:
    for login in ("safe", "wu"):
        browser = district.browser(login)
        tabs = re.search(r'<nav class="tabs".*?</nav>', browser.get("/audit").text, re.DOTALL)
        assert tabs is not None
        paths = re.findall(r'href="([^"]+)"', tabs.group())
        assert paths and [browser.get(path).status_code for path in paths] == [200] * len(paths)
