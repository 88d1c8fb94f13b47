"""What an outsider, a curious official or another site's page may not do with requests."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import District

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
