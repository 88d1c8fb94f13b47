"""What is refused is told in the language that the reader chose."""

from __future__ import annotations

import pytest

from engine import feel
from engine.errors import Conflict, Forbidden, Invalid
from engine.people.roles import ROLES
from engine.sentences import Sentence
from engine.workflow.rules import already_done, said_of_another
from forms.language import COOKIE
from forms.text import in_language
from tests.approvals import filed, reviewed
from tests.district import NOW
from tests.web.conftest import Browser, District
from tests.web.rounds import Round, begin_round

THREE = {"approvers": "person:wang, person:gu, person:lin"}


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "“(”没有对应的“)”（第 1 列）"), ("en", "“(” is never closed by “)” (column 1)")],
)
def test_a_fault_is_told_in_the_language_of_the_reader(
    district: District, language: str, said: str
) -> None:
    with pytest.raises(feel.SyntaxError_) as caught:
        feel.compile("(1")
    headers = {"Cookie": f"{COOKIE}={language}", "Accept": "application/json"}
    app = district.app
    with app.test_request_context(headers=headers):
        answer = app.make_response(app.handle_user_exception(caught.value))
    assert answer.status_code == 422
    assert answer.get_json()["error"]["message"] == said
    assert answer.get_json()["error"]["code"] == "feel_syntax"


def _english(running: Round, login: str) -> Browser:
    browser = running.sit(login)
    browser.post("/language", {"language": "en"})
    return browser


def test_the_reason_beside_a_task_is_told_in_english(district: District) -> None:
    running = begin_round(district, filed(), reviewed(approval="sequence", **THREE))
    running.answer("zhang", "submit")
    page = _english(running, "gu").get(f"/tasks/{running.task.id}").text
    assert "It is not your turn yet; those before you are still to act" in page
    assert "还没有轮到" not in page
    running.answer("wang")
    page = _english(running, "wang").get(f"/tasks/{running.task.id}").text
    assert "You have acted; the others are still to act" in page


def test_a_refused_answer_is_told_in_english(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")
    browser = _english(running, "wang")
    told = {"verb": "return", "opinion": "请改", "return_to": "review/nowhere"}
    answer = browser.post(f"/tasks/{running.task.id}/completion", told)
    assert answer.status_code == 422
    assert "It cannot be returned to this step" in answer.text


def test_the_reasons_against_people_are_told_in_english(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")
    browser, path = _english(running, "wang"), f"/tasks/{running.task.id}/acts/transfer"
    browser.get(path)
    assert "is the manager of this matter" in browser.post(path, {"_search": "1", "q": "张"}).text
    chosen = {"person": str(district.persons["zhang"]), "text": "trip"}
    refused = browser.post(path, chosen)
    assert refused.status_code == 422
    assert "It cannot be transferred to 张明: is the manager of this matter" in refused.text


def test_machines_are_told_in_english_too(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    browser = _english(running, "zhang")
    answer = browser.get("/tasks/999999", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.get_json()["error"]["message"] == "There is no such task"


def test_what_stands_in_a_sentence_is_told_in_english_too(district: District) -> None:
    app = district.app
    late = already_done("王伟", "suspend", NOW)
    said = {
        Conflict("{suspended}，恢复后再办理", suspended=late).message: (
            "王伟 suspended the process on 2025-06-09 09:00; "
            "it can be handled once the process is resumed"
        ),
        Invalid("至少要保留一名{role}", role=ROLES["auditor"]).message: (
            "At least one has to stay in this role: Audit"
        ),
        Sentence("此事项由{names}办理", names=["王伟", "顾清"]): "This task is for 王伟, 顾清",
        said_of_another(Forbidden("这是您经办的事项，须由他人审核").message): (
            "it is their own matter; somebody else reviews it"
        ),
        Sentence("没有这份材料"): "There is no such document",
        Sentence("一句没有译文的话"): "一句没有译文的话",
    }
    with app.test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        assert {one: in_language(one) for one in said} == said
    with app.test_request_context():
        assert {one: in_language(one) for one in said} == {one: str(one) for one in said}
