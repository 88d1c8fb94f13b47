"""Notices: counted in the navigation, leading to what the person may see, read all at once."""

from __future__ import annotations

from engine.people.notices import notify
from engine.work import MACHINE, begin
from tests.web.conftest import District


def _tell(district: District, login: str, subject: str) -> None:
    with begin(district.engine, MACHINE) as work:
        notify(work, district.persons[login], "test", "预警：<b>电梯</b>", subject, urgent=True)


def test_a_notice_leads_to_its_project_and_is_counted_until_read(
    district: District, project: int
) -> None:
    _tell(district, "zhang", f"project:{project}")
    browser = district.browser("zhang")
    page = browser.get("/notices").text
    assert '通知 <span class="count">1</span>' in page
    assert f'href="/projects/{project}">预警：&lt;b&gt;电梯&lt;/b&gt;</a>' in page
    assert browser.post("/notices/reading").status_code == 303
    page = browser.get("/notices").text
    assert '通知 <span class="count">0</span>' in page and "没有未读" in page
    assert "预警" in page, "what was read stays"


def test_reading_ones_own_notices_leaves_those_of_others(district: District, project: int) -> None:
    _tell(district, "li", f"project:{project}")
    browser = district.browser("zhang")
    assert "还没有通知" in browser.get("/notices").text
    browser.post("/notices/reading")
    assert "1 条未读" in district.browser("li").get("/notices").text


def test_a_notice_about_a_project_out_of_sight_leads_nowhere(
    district: District, project: int
) -> None:
    for login in ("admin", "other"):
        _tell(district, login, f"project:{project}")
        page = district.browser(login).get("/notices").text
        assert "预警" in page and f"/projects/{project}" not in page
