"""Starting a project step by step: saved at any step, sent when complete."""

from __future__ import annotations

from tests.web.conftest import Browser, District

KIND = {
    "step": "kind",
    "answers-name": "七宝镇<养老>服务",
    "answers-type": "service",
    "answers-origin": "new",
}
MONEY = {
    "step": "money",
    "answers-first_year": "2025",
    "answers-last_year": "2026",
    "answers-amount": "3,600,000.50",
}


def _begin(browser: Browser) -> str:
    browser.get("/projects/new")
    answer = browser.post("/projects", KIND)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("/draft")[0]


def test_a_draft_is_made_by_the_first_step_and_saved_at_any(district: District) -> None:
    browser = district.browser("zhang")
    where = _begin(browser)
    assert browser.post(f"{where}/draft", {**MONEY, "go": "later"}).status_code == 303
    page = browser.get(f"{where}/draft?step=money").text
    assert 'value="3600000.5"' in page and 'value="2026"' in page
    assert "七宝镇&lt;养老&gt;服务" in page


def test_a_step_that_is_not_acceptable_keeps_what_was_typed(district: District) -> None:
    browser = district.browser("zhang")
    where = _begin(browser)
    answer = browser.post(f"{where}/draft", {**MONEY, "answers-amount": "三百万"})
    assert answer.status_code == 422
    assert 'value="三百万"' in answer.text and 'id="answers-amount-error"' in answer.text


def test_sending_says_what_is_missing_and_where_to_fill_it_in(district: District) -> None:
    browser = district.browser("zhang")
    where = _begin(browser)
    answer = browser.post(f"{where}/start")
    assert answer.status_code == 422
    assert "项目资金总额应大于零" in answer.text
    assert "step=money#answers-amount" in answer.text


def test_a_draft_is_its_managers_alone(district: District) -> None:
    where = _begin(district.browser("zhang"))
    stranger = district.browser("other")
    assert stranger.get(f"{where}/draft").status_code == 403
    stranger.get("/projects")
    assert stranger.post(f"{where}/draft", MONEY).status_code == 403


def test_a_project_that_was_sent_waits_in_the_inbox(district: District, project: int) -> None:
    browser = district.browser("zhang")
    where = _begin(browser)
    browser.post(f"{where}/draft", MONEY)
    assert "提交后要过的关口" in browser.get(f"{where}/draft?step=check").text
    assert browser.post(f"{where}/start").status_code == 303
    district.run_jobs()
    assert "七宝镇&lt;养老&gt;服务" in browser.get("/").text
    assert "草稿" in browser.post(f"{where}/draft", MONEY).text, "it is a draft no more"
