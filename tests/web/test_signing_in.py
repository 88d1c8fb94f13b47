"""Signing in and out: what a browser that may be anyone's can and cannot do."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from engine import clock
from engine.people import commands
from engine.people.models import Session
from engine.work import MACHINE, begin
from tests.web.conftest import PASSWORD, District


def test_a_wrong_password_does_not_tell_whether_the_login_exists(district: District) -> None:
    answers = [
        district.browser().sign_in(login, "not the word at all") for login in ("zhang", "nobody")
    ]
    assert [one.status_code for one in answers] == [401, 401]
    assert all("登录名或密码不正确" in one.text for one in answers)


def test_five_wrong_passwords_lock_the_account_for_every_browser(district: District) -> None:
    for _ in range(5):
        district.browser().sign_in("zhang", "not the word at all")
    answer = district.browser().sign_in("zhang")
    assert answer.status_code == 401
    assert "账号已锁定到" in answer.text


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(district: District) -> None:
    answer = district.browser().sign_in("zhang")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_in_begins_a_new_cookie(district: District) -> None:
    browser = district.browser()
    browser.get("/sign-in")
    before = browser.client.get_cookie("bihuan")
    browser.sign_in("zhang")
    after = browser.client.get_cookie("bihuan")
    assert before is not None and after is not None and before.value != after.value


def test_a_cookie_kept_from_before_signing_out_is_worth_nothing(district: District) -> None:
    browser = district.browser("zhang")
    cookie = browser.client.get_cookie("bihuan")
    assert cookie is not None
    assert browser.post("/sign-out").status_code == 303
    thief = district.browser()
    thief.client.set_cookie("bihuan", cookie.value)
    assert thief.get("/").status_code == 401


def test_changing_the_password_ends_every_other_session(district: District) -> None:
    here, there = district.browser("zhang"), district.browser("zhang")
    given = {"old": PASSWORD, "password": "another good word 8", "again": "another good word 8"}
    assert here.post("/password", given).status_code == 303
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 401


def test_signing_out_everywhere_ends_every_session(district: District) -> None:
    here, there = district.browser("zhang"), district.browser("zhang")
    assert here.post("/sign-out/everywhere").status_code == 303
    assert here.get("/").status_code == 401
    assert there.get("/").status_code == 401


def test_a_one_time_password_opens_only_the_page_that_changes_it(district: District) -> None:
    with begin(district.engine, MACHINE) as work:
        commands.create_person(
            work, login="new", name="新人", unit_id=district.units["town"], password=PASSWORD
        )
    browser = district.browser()
    browser.sign_in("new")
    assert browser.get("/").headers["Location"].endswith("/password")
    given = {"old": PASSWORD, "password": "another good word 8", "again": "another good word 8"}
    assert browser.post("/password", given).status_code == 303
    assert browser.get("/").status_code == 200


def test_a_session_ends_after_half_an_hour_without_a_request(district: District) -> None:
    browser = district.browser("zhang")
    with begin(district.engine, MACHINE) as work:
        work.session.execute(update(Session).values(seen_at=clock.now() - timedelta(minutes=31)))
    assert browser.get("/").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(district: District) -> None:
    browser = district.browser("zhang")
    with begin(district.engine, MACHINE) as work:
        work.session.execute(update(Session).values(began_at=clock.now() - timedelta(hours=13)))
    assert browser.get("/").status_code == 401


def test_a_form_without_its_token_is_refused(district: District) -> None:
    browser = district.browser("zhang")
    answer = browser.client.post("/sign-out")
    assert answer.status_code == 400
    assert browser.get("/").status_code == 200


def test_what_was_typed_outlives_the_session(district: District) -> None:
    browser = district.browser("zhang")
    with begin(district.engine, MACHINE) as work:
        work.session.execute(update(Session).values(seen_at=clock.now() - timedelta(minutes=31)))
    answer = browser.post("/projects", {"answers-name": "一个<新>项目"})
    assert answer.status_code == 401
    assert "一个&lt;新&gt;项目" in answer.text
    given = {
        "login": "zhang",
        "password": PASSWORD,
        "next": "/projects",
        "kept-answers-name": "一个<新>项目",
    }
    answer = browser.post("/sign-in", given)
    assert answer.status_code == 200
    assert 'name="answers-name" value="一个&lt;新&gt;项目"' in answer.text
    assert 'action="/projects"' in answer.text


def test_after_signing_in_nobody_is_sent_to_another_site(district: District) -> None:
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        browser = district.browser()
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"login": "zhang", "password": PASSWORD, "next": target})
        assert answer.headers["Location"] == "/"


def test_the_first_administrator_needs_the_token_and_is_the_only_one(district: District) -> None:
    token = district.settings.var / "setup-token"
    assert district.browser().get("/setup").status_code == 404
    token.write_text("once-upon-a-time")
    browser = district.browser()
    assert browser.get("/setup").status_code == 200
    given = {"login": "root", "name": "某人", "password": PASSWORD, "again": PASSWORD}
    assert "安装口令不正确" in browser.post("/setup", {"token": "guess", **given}).text
    answer = browser.post("/setup", {"token": "once-upon-a-time", **given})
    assert "系统已有人员" in answer.text


def test_every_answer_is_hardened(district: District) -> None:
    answer = district.browser("zhang").get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text and "<script>" not in answer.text
