"""Administration and audit: every change by a command and on the record; no business data."""

from __future__ import annotations

import io
import re

from sqlalchemy import select

from engine.ledger.models import Entry
from engine.people.models import RoleAssignment
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


SHEET = "2027-01-01,休,元旦\n2027-02-07,班,春节"


def test_a_sheet_of_holidays_is_shown_before_it_is_taken_in(district: District) -> None:
    browser = district.browser("admin")
    assert "暂按周一至周五计算" in browser.get("/admin/calendar?year=2027").text
    shown = browser.post("/admin/calendar/preview", {"sheet": SHEET})
    assert shown.status_code == 200
    assert "新增 2 天" in shown.text
    assert "暂按周一至周五计算" in browser.get("/admin/calendar?year=2027").text
    assert browser.post("/admin/calendar/import", {"sheet": SHEET}).status_code == 303
    page = browser.get("/admin/calendar?year=2027").text
    assert "由管理员导入" in page and "春节" in page
    assert "与现有安排相同" in browser.post("/admin/calendar/preview", {"sheet": SHEET}).text


def test_one_wrong_line_keeps_the_whole_sheet_out(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/admin/calendar")
    wrong = f"{SHEET}\n2027-13-01,休,"
    for way in ("preview", "import"):
        answer = browser.post(f"/admin/calendar/{way}", {"sheet": wrong})
        assert answer.status_code == 422
        assert "第 3 行" in answer.text and "2027-02-07" in answer.text
    assert "calendar.year_published" not in _kinds(district)


def test_a_file_saved_by_a_spreadsheet_is_read(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/admin/calendar")
    file = (io.BytesIO(SHEET.encode("gb18030")), "2027.csv")
    assert "新增 2 天" in browser.post("/admin/calendar/preview", {"file": file}).text


def test_units_have_days_and_hours_of_their_own(district: District) -> None:
    browser, town = district.browser("admin"), str(district.units["town"])
    browser.get("/admin/calendar")
    day = {"day": "2026-05-20", "kind": "off", "unit": town, "name": "镇庆"}
    assert browser.post("/admin/calendar", day).status_code == 303
    assert "镇庆" in browser.get("/admin/calendar?year=2026").text
    hours = {"opens": "08:30", "lunch_from": "12:00", "lunch_to": "13:00", "closes": "17:00"}
    quiet = {"quiet_from": "20:00", "quiet_to": "08:00", "unit": town}
    assert browser.post("/admin/calendar/hours", hours | quiet).status_code == 303
    assert "08:30–17:00" in browser.get("/admin/calendar").text
    answer = browser.post("/admin/calendar/hours", hours | quiet | {"closes": "08:00"})
    assert answer.status_code == 422
    assert "下班时间应晚于午休结束" in answer.text
    assert browser.post("/admin/calendar/hours", {"unit": town, "own": "0"}).status_code == 303
    assert "08:30–17:00" not in browser.get("/admin/calendar").text


def test_everybody_appoints_a_substitute_and_comes_back(district: District) -> None:
    browser = district.browser("li")
    page = browser.get("/absences").text
    assert "没有代理安排" in page and "谁不在岗" not in page
    given = {
        "delegate": str(district.persons["wang"]),
        "from": "2099-01-01",
        "to": "2099-01-07",
    }
    empty = browser.post("/absences").text
    assert "有 3 处需要改正" in empty and "请选择人员" in empty and 'href="#to"' in empty
    assert browser.post("/absences", given).status_code == 303
    page = browser.get("/absences").text
    assert "王伟" in page and "未开始" in page
    assert "李红" in district.browser("wang").get("/absences").text
    assert browser.post("/absences", given).status_code == 422, "one at a time"
    (number,) = re.findall(r"/absences/(\d+)/end", page)
    assert district.browser("wang").post(f"/absences/{number}/end").status_code in (400, 422)
    assert browser.post(f"/absences/{number}/end").status_code == 303
    assert "已提前结束" in browser.get("/absences").text


def test_who_stands_in_is_found_by_name_or_unit_without_a_script(district: District) -> None:
    browser, persons = district.browser("li"), district.persons
    page = browser.get("/absences").text
    assert "请输入姓名或单位查找" in page and "<option" not in page
    typed = {"_search": "1", "from": "2099-01-01", "to": "2099-01-07", "reason": "出差"}
    page = browser.post("/absences", {**typed, "q-delegate": "王"}).text
    assert _offered(page, persons["wang"]) and not _offered(page, persons["zhao"])
    assert 'value="2099-01-07"' in page and "出差" in page, "what was typed stays"
    page = browser.post("/absences", {**typed, "q-delegate": "莘庄"}).text
    assert "disabled" in _offered(page, persons["li"]) and "是不在岗的本人" in page
    chosen = {"delegate": str(persons["wang"])}
    page = browser.post("/absences", {**typed, **chosen, "q-delegate": "赵"}).text
    assert "checked" in _offered(page, persons["wang"]) and _offered(page, persons["zhao"])
    assert "没有找到人员" in browser.post("/absences", {**typed, "q-delegate": "%"}).text


def test_whose_absence_can_be_declared_is_found_the_same_way(district: District) -> None:
    with begin(district.engine, MACHINE) as work:
        officer = {"person_id": district.persons["li"], "role": "performance_officer"}
        work.session.add(RoleAssignment(**officer, unit_id=district.units["town"]))
    browser, persons = district.browser("li"), district.persons
    page = browser.get("/absences").text
    assert "谁不在岗" in page and "checked" in _offered(page, persons["li"], "person")
    page = browser.post("/absences", {"_search": "1", "q-person": "张"}).text
    assert "disabled" not in _offered(page, persons["zhang"], "person")
    page = browser.post("/absences", {"_search": "1", "q-person": "王"}).text
    assert "disabled" in _offered(page, persons["wang"], "person") and "不归您管理" in page


def test_a_refused_end_keeps_its_reason_where_it_was_typed(district: District) -> None:
    given = {"delegate": str(district.persons["wang"]), "from": "2099-01-01", "to": "2099-01-07"}
    browser = district.browser("li")
    browser.get("/absences")
    assert browser.post("/absences", given).status_code == 303
    keeper = district.browser("admin")
    (number,) = re.findall(r"/absences/(\d+)/end", keeper.get("/absences").text)
    answer = keeper.post(f"/absences/{number}/end", {"end_reason": " "})
    assert answer.status_code == 422 and f'href="#reason-{number}"' in answer.text
    browser.post(f"/absences/{number}/end")
    assert keeper.post(f"/absences/{number}/end", {"end_reason": "已回来"}).status_code == 409


def _offered(page: str, person: int, field: str = "delegate") -> str:
    """How a person is offered on the page; empty if not."""
    found = re.search(rf'<input[^>]*name="{field}" value="{person}"[^>]*>', page)
    return found[0] if found else ""


def test_the_administrator_appoints_one_for_another_and_says_why(district: District) -> None:
    browser = district.browser("admin")
    browser.get("/absences")
    given = {
        "person": str(district.persons["li"]),
        "delegate": str(district.persons["wang"]),
        "from": "2099-01-01",
        "to": "2099-01-07",
    }
    refused = browser.post("/absences", given)
    assert refused.status_code == 422
    assert "应写明原因" in refused.text
    assert browser.post("/absences", given | {"reason": "病假"}).status_code == 303
    assert "病假" in browser.get("/absences").text
    assert "absence.declared" in _kinds(district)
