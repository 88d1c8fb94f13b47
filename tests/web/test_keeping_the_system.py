"""Administration and audit: every change by a command and on the record; no business data."""

from __future__ import annotations

import re

from sqlalchemy import select

from engine.ledger.models import Entry
from engine.work import MACHINE, begin
from tests.web.conftest import PASSWORD, District


def _kinds(district: District) -> list[str]:
    with begin(district.engine, MACHINE) as work:
        return list(work.session.scalars(select(Entry.kind)))


def test_a_unit_is_added_and_a_used_code_is_refused_as_typed(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/admin/units")
    parent = district.units["district"]
    given = {"parent": parent, "code": "310112-77", "name": "虹桥镇", "kind": "town"}
    assert browser.post("/admin/units", given).status_code == 303
    assert "虹桥镇" in browser.get("/admin/units").text
    again = browser.post("/admin/units", {**given, "name": "另一个"})
    assert again.status_code == 409
    assert "已被使用" in again.text and 'value="另一个"' in again.text
    assert _kinds(district).count("unit.created") == 4


def test_a_new_person_gets_a_one_time_password_that_is_shown_once(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/admin/persons")
    given = {"login": "ma", "name": "马新", "unit": district.units["town"]}
    page = browser.post("/admin/persons", given).text
    found = re.search(r"<strong><code>([^<]+)</code></strong>", page)
    assert found is not None
    assert found[1] not in browser.get("/admin/persons").text
    newcomer = district.browser()
    assert newcomer.sign_in("ma", found[1]).status_code == 303
    assert newcomer.get("/").headers["Location"].endswith("/password")


def test_roles_that_may_not_be_held_together_are_refused_with_the_reason(
    district: District,
) -> None:
    browser = district.browser("safe")
    where = f"/admin/persons/{district.persons['wu']}"
    browser.get(where)
    given = {"role": "budget_reviewer", "unit": district.units["district"]}
    answer = browser.post(f"{where}/roles", given)
    assert answer.status_code == 409
    assert "不得由同一人担任" in answer.text


def test_closing_an_account_ends_its_sessions(district: District) -> None:
    there, browser = district.browser("zhang"), district.browser("admin")
    where = f"/admin/persons/{district.persons['zhang']}"
    browser.get(where)
    assert browser.post(f"{where}/activity", {"active": "0"}).status_code == 303
    assert there.get("/").status_code == 401
    assert district.browser().sign_in("zhang", PASSWORD).status_code == 401


def test_the_page_of_a_person_is_about_that_person(district: District) -> None:
    page = district.browser("admin").get(f"/admin/persons/{district.persons['li']}").text
    assert "<h1>李红</h1>" in page and "单位负责人" in page


def test_nobody_closes_their_own_account(district: District) -> None:
    browser = district.browser("admin")
    where = f"/admin/persons/{district.persons['admin']}"
    browser.get(where)
    answer = browser.post(f"{where}/activity", {"active": "0"})
    assert answer.status_code == 422
    assert "不能停用自己的账号" in answer.text


def test_dictionaries_and_the_calendar_are_kept_by_commands(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/admin/dictionaries/basis")
    line = {"key": "2020-10", "text": "项目支出绩效评价管理办法", "position": "1"}
    assert browser.post("/admin/dictionaries/basis", line).status_code == 303
    assert "项目支出绩效评价管理办法" in browser.get("/admin/dictionaries/basis").text
    day = {"day": "2025-10-01", "kind": "off", "name": "国庆节"}
    assert browser.post("/admin/calendar", day).status_code == 303
    assert "国庆节" in browser.get("/admin/calendar?year=2025").text
    assert browser.post("/admin/calendar", {"day": "soon", "kind": "off"}).status_code == 422
    assert {"dictionary.changed", "calendar.changed"} <= set(_kinds(district))


def test_the_auditor_reads_entries_and_their_proof(district: District, project: int) -> None:
    browser = district.browser("wu")
    page = browser.get("/audit").text
    assert "提交项目" in page and "莘庄镇老旧小区加装电梯" in page
    found = re.search(r"/audit/entries/(\d+)", page)
    assert found is not None
    entry = browser.get(found[0]).text
    assert "内容与指纹一致" in entry
    assert "全部记录完整" in browser.get("/audit/verification").text


def test_the_security_officer_reads_access_but_no_project(district: District, project: int) -> None:
    page = district.browser("safe").get("/audit").text
    assert "登录" in page
    assert "莘庄镇老旧小区加装电梯" not in page


def test_entries_about_other_units_are_out_of_sight(district: District, project: int) -> None:
    with begin(district.engine, MACHINE) as work:
        number = work.session.scalar(select(Entry.id).where(Entry.kind == "project.started"))
    assert district.browser("safe").get(f"/audit/entries/{number}").status_code == 404
    assert district.browser("wu").get(f"/audit/entries/{number}").status_code == 200


def test_the_language_is_chosen_and_kept(district: District) -> None:
    browser = district.browser("zhang")
    browser.get("/")
    answer = browser.post("/language", {"language": "en", "next": "/"})
    assert answer.status_code == 303
    assert '<html lang="en">' in browser.get("/").text
    elsewhere = browser.post("/language", {"language": "en", "next": "https://evil.example"})
    assert elsewhere.headers["Location"] == "/"
