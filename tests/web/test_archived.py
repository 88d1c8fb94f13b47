"""What is archived stays in people's lists and on the operators' pages, to be looked at only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import clock
from engine.people.notices import notices
from engine.work import MACHINE, begin, reading
from engine.workflow.archive.commands import archive_older_than
from engine.workflow.models import Instance
from tests.approvals import filed, reviewed
from tests.web.conftest import District
from tests.web.rounds import Round, begin_round

TASK = 2
"""The review of the process that is archived."""


@pytest.fixture
def old(district: District) -> Round:
    """A matter decided long ago, shown to 孙丽 and 陈外, archived; a younger one holds numbers."""
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")
    sender = running.sit("wang")
    told = {"option": "circulate", "tick": "1", "text": "请阅"}
    for one in ("sun", "other"):
        person = {"person": str(district.persons[one])}
        sender.post(f"/tasks/{TASK}/acts/show", {**person, **told})
    running.answer("wang")
    younger = begin_round(district, filed(), reviewed())
    younger.answer("zhang", "submit")
    younger_sender = younger.sit("wang")
    person = {"person": str(district.persons["li"])}
    younger_sender.post(f"/tasks/{younger.task.id}/acts/show", {**person, **told})
    with begin(district.engine, MACHINE, clock.now() + timedelta(days=500)) as work:
        assert archive_older_than(work, 400) == 1
        assert work.session.get(Instance, running.instance) is None
    return running


def test_what_one_dealt_with_is_listed_searched_and_opened(old: Round) -> None:
    browser = old.district.browser("wang")
    page = browser.get("/?tab=handled").text
    assert '曾经办 <span class="count">1</span>' in page and "已归档" in page
    assert f"/tasks/{TASK}" in browser.get("/?tab=handled&text=助老").text
    assert f"/tasks/{TASK}" not in browser.get("/?tab=handled&text=没有").text
    page = browser.get(f"/tasks/{TASK}").text
    assert "已归档" in page and "只能查看" in page and "更多办理方式" not in page
    assert "已由 王伟 于" in page


def test_what_one_was_shown_is_listed_and_opened_without_a_reply(old: Round) -> None:
    for login in ("sun", "other"):
        browser = old.district.browser(login)
        page = browser.get("/?tab=copies").text
        assert "已归档" in page and '传阅 <span class="count">0</span>' in page
        assert (
            f"/tasks/{TASK}" in browser.get("/copies/1" if login == "sun" else "/copies/2").location
        )
        page = browser.get(f"/tasks/{TASK}")
        assert page.status_code == 200 and "/reply" not in page.text and "请阅" in page.text
    assert old.district.browser("li").get("/copies/1").status_code == 404


def test_operators_find_it_and_open_it_read_only(old: Round) -> None:
    browser = old.district.browser("admin")
    link = f'href="/operations/instances/{old.instance}"'
    whose, where = "status=archived&person=王伟", "status=archived&node=review"
    for query in ("", "status=archived", whose, where, "process=review&version=1", "project=1"):
        page = browser.get(f"/operations/instances?{query}").text
        assert link in page and "已归档" in page, query
    for query in ("status=archived&person=李红", "status=active", "person=王伟", "days=30"):
        assert link not in browser.get(f"/operations/instances?{query}").text, query
    page = browser.get(f"/operations/instances/{old.instance}").text
    assert "已归档" in page and "王伟 同意" in page and "从归档中调出" in page
    assert "/suspension" not in page and "/void" not in page
    assert "助老服务" not in page
    page = old.district.browser("sun").get(f"/operations/instances/{old.instance}").text
    assert "由审计人员或系统管理员办理" in page and "/restoration" not in page


def test_an_administrator_brings_it_back_with_a_reason(old: Round) -> None:
    district, where = old.district, f"/operations/instances/{old.instance}"
    browser = district.browser("admin")
    browser.get(where)
    code = "MH-2025-0001"
    answer = browser.post(f"{where}/restoration", {"reason": "", "confirm": code})
    assert answer.status_code == 422 and "请填写原因" in answer.text
    answer = browser.post(f"{where}/restoration", {"reason": "单位申请查询", "confirm": "别的"})
    assert answer.status_code == 422 and "单位申请查询" in answer.text
    told = {"reason": "单位申请查询", "confirm": code}
    assert browser.post(f"{where}/restoration", told).status_code == 303
    with reading(district.engine) as session:
        assert session.get_one(Instance, old.instance).status == "ended"
        auditors = notices(session, district.persons["wu"])
    assert any("单位申请查询" in one.text for one in auditors)
    assert browser.post(f"{where}/restoration", told).status_code in (404, 409)
    office = district.browser("sun")
    office.get(where)
    assert office.post(f"{where}/restoration", told).status_code == 403
