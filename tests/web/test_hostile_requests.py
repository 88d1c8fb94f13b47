"""What an outsider, a curious official or another site's page may not do with requests."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.ledger.models import Entry
from engine.people import commands as people
from engine.people.models import Person, RoleAssignment
from engine.projects.models import Project
from engine.work import MACHINE, begin, reading
from tests.web.conftest import PASSWORD, District

ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
)


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_what_another_sites_page_submits_is_not_carried_through_sign_in(
    district: District, headers: dict[str, str]
) -> None:
    sent = {"verb": "approve", "opinion": "同意，请尽快拨付"}
    answer = district.browser().client.post("/tasks/1/completion", data=sent, headers=headers)
    assert answer.status_code == 401
    assert "kept-" not in answer.text and "同意，请尽快拨付" not in answer.text


def test_what_our_own_page_submits_is_carried(district: District) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    sent = {"opinion": "写了很久的意见"}
    answer = district.browser().client.post("/tasks/1/completion", data=sent, headers=headers)
    assert "写了很久的意见" in answer.text


def _stored(district: District) -> list[Path]:
    return [one for one in district.settings.files.rglob("*") if one.is_file()]


def _upload(district: District, login: str, path: str, **more: str) -> TestResponse:
    content = io.BytesIO(b"%PDF-1.7 anything")
    browser = district.browser(login)
    return browser.post(path, {"file": (content, "a.pdf"), "verb": "submit", **more})


@pytest.mark.parametrize("login", ["other", "admin", "safe"])
def test_nothing_that_strangers_upload_is_kept(
    district: District, project: int, login: str
) -> None:
    assert _upload(district, login, "/tasks/1/completion").status_code == 404
    assert _upload(district, login, "/documents/1/file").status_code in (403, 404)
    assert _stored(district) == []


def test_who_sees_a_task_but_may_not_answer_it_is_told_why_and_nothing_is_kept(
    district: District, project: int
) -> None:
    answer = _upload(district, "li", "/tasks/1/completion")
    assert answer.status_code == 403
    assert "指定人员" in answer.text
    assert _stored(district) == []


@pytest.fixture
def keepers(district: District) -> District:
    """The other town's own administrator, and somebody there."""
    with begin(district.engine, MACHINE) as work:
        for login, role in (("keeper", "administrator"), ("warden", "security_officer")):
            made = people.create_person(
                work,
                login=login,
                name=f"镇{login}",
                unit_id=district.units["other"],
                password=PASSWORD,
                must_change=False,
            )
            district.persons[login] = made.id
            unit = district.units["other"]
            work.session.add(RoleAssignment(person_id=made.id, role=role, unit_id=unit))
    return district


def test_a_towns_administrator_does_not_reach_other_units(keepers: District) -> None:
    browser, victim = keepers.browser("keeper"), keepers.persons["sun"]
    town = str(keepers.units["town"])
    tried = [
        browser.post(f"/admin/persons/{victim}/password"),
        browser.post(f"/admin/persons/{victim}/activity", {"active": "0"}),
        browser.post("/admin/persons", {"login": "puppet", "name": "木偶", "unit": town}),
        browser.post(
            "/admin/units", {"code": "1", "name": "科", "kind": "section", "parent": town}
        ),
        browser.post(f"/admin/units/{town}", {"name": "改名", "active": "0"}),
    ]
    assert [one.status_code for one in tried] == [422] * len(tried)
    assert all("管理范围" in one.text for one in tried)


def test_a_town_gives_and_takes_no_roles_beyond_itself(keepers: District) -> None:
    browser, own = keepers.browser("warden"), keepers.persons["other"]
    district = str(keepers.units["district"])
    given = {"role": "performance_office", "unit": district}
    assert "管理范围" in browser.post(f"/admin/persons/{own}/roles", given).text
    with reading(keepers.engine) as session:
        held = session.scalar(
            select(RoleAssignment.id).where(RoleAssignment.person_id == keepers.persons["sun"])
        )
    path = f"/admin/persons/{own}/roles/{held}/revocation"
    assert "管理范围" in browser.post(path).text
    with reading(keepers.engine) as session:
        assert session.get(RoleAssignment, held) is not None
    assert "管理范围" not in keepers.browser("safe").post(path).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/tasks/{10**30}", 404),
        (f"/tasks/{2**63}", 404),
        (f"/projects?year={10**30}", 200),
        (f"/admin/persons?unit={10**30}", 200),
    ],
)
def test_a_number_that_no_database_holds_names_nothing_and_filters_nothing(
    district: District, path: str, status: int
) -> None:
    login = "admin" if "admin" in path else "sun"
    assert district.browser(login).get(path).status_code == status


def test_an_amount_that_no_database_holds_is_refused_beside_its_field(district: District) -> None:
    browser = district.browser("zhang")
    browser.get("/projects/new")
    first = {"answers-name": "电梯", "answers-type": "construction", "answers-origin": "new"}
    where = browser.post("/projects", first).headers["Location"].partition("?")[0]
    money = {"step": "money", "answers-amount": "9" * 28, "answers-first_year": "2025"}
    answer = browser.post(where, money | {"answers-last_year": "2025"})
    assert answer.status_code == 422
    assert "不能大于" in answer.text
    with reading(district.engine) as session:
        assert session.scalar(select(func.max(Project.amount))) in (0, None)


@pytest.mark.parametrize("login", ["zha\x00ng", "张" * 5000])
def test_a_login_that_cannot_be_is_refused(district: District, login: str) -> None:
    assert district.browser().sign_in(login).status_code in (401, 422)


def test_trying_a_password_holds_nobody_up(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_hashed: str, _password: str) -> bool:
        with begin(district.engine, MACHINE) as work:  # others write while it is tried
            work.record("note.made", "note:1", "note:1", {})
        return False

    monkeypatch.setattr("forms.auth.matches", slow)
    assert district.browser().sign_in("zhang").status_code == 401
    with reading(district.engine) as session:
        assert session.scalar(select(Entry.id).where(Entry.kind == "note.made")) is not None
        failed = session.scalar(select(Person.failures).where(Person.login == "zhang"))
    assert failed == 1


def test_fields_of_many_megabytes_are_refused_however_they_are_sent(district: District) -> None:
    client, large = district.browser("admin").client, {"opinion": "x" * 5_000_000}
    sent = [
        client.post("/tasks/1/completion", data=large),
        client.post("/tasks/1/completion", data=large, content_type="multipart/form-data"),
    ]
    assert [answer.status_code for answer in sent] == [413, 413]
