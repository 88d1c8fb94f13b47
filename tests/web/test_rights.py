"""The table of rights is complete, and every route obeys it for every role."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from engine.people.roles import ROLES
from forms import rights
from tests.web.conftest import CAST, District

METHODS = ("GET", "POST")


def _url(rule: Rule) -> str:
    path = rule.rule
    for converter in ("int:", "path:", "string:"):
        path = path.replace(f"<{converter}", "<")
    for name in rule.arguments:
        path = path.replace(f"<{name}>", "999999")
    return path


def test_every_route_is_in_the_table_and_every_line_of_it_is_a_route(district: District) -> None:
    routes = {rule.endpoint for rule in district.app.url_map.iter_rules()}
    assert routes == set(rights.RIGHTS)


def test_every_role_in_the_table_exists() -> None:
    named = [rule for rule in rights.RIGHTS.values() if not isinstance(rule, str)]
    assert all(rule and rule <= set(ROLES) for rule in named)


def test_nobody_gets_in_without_signing_in(district: District) -> None:
    browser = district.browser()
    browser.get("/sign-in")
    for rule in district.app.url_map.iter_rules():
        if rights.RIGHTS[rule.endpoint] in (rights.ANYONE, rights.MACHINE):
            continue
        for method in set(METHODS) & (rule.methods or set()):
            call = browser.get if method == "GET" else browser.post
            assert call(_url(rule)).status_code == 401, rule


@pytest.mark.parametrize("login", ["zhang", "sun", "wu", "admin", "safe"])
def test_a_role_opens_what_the_table_says_and_nothing_else(district: District, login: str) -> None:
    role, browser = CAST[login][2], district.browser(login)
    for rule in district.app.url_map.iter_rules():
        wanted = rights.RIGHTS[rule.endpoint]
        if isinstance(wanted, str):
            continue
        for method in set(METHODS) & (rule.methods or set()):
            answer = (browser.get if method == "GET" else browser.post)(_url(rule))
            refused = answer.status_code == 403 and "您的角色不能打开这个页面" in answer.text
            assert refused == (role not in wanted), (rule, method, answer.status_code)
            assert answer.status_code < 500, rule


def test_an_administrator_sees_no_project(district: District, project: int) -> None:
    browser = district.browser("admin")
    assert browser.get(f"/projects/{project}").status_code == 403
    assert browser.get("/projects").status_code == 403
    assert browser.get("/tasks/1").status_code == 404


def test_another_unit_sees_neither_the_project_nor_its_tasks(
    district: District, project: int
) -> None:
    browser = district.browser("other")
    assert browser.get(f"/projects/{project}").status_code == 404
    assert browser.get("/tasks/1").status_code == 404
    assert "莘庄镇老旧小区加装电梯" not in browser.get("/projects").text
