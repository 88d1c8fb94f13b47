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
