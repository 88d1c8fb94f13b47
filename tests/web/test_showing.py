"""抄送, 传阅, 催办, 讨论, 常用意见 and 代理 by click."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from engine import clock
from engine.people.models import Absence
from engine.work import MACHINE, begin, reading
from engine.workflow.commands import suspend_instance
from engine.workflow.models import Copy
from forms.words import moment
from tests.approvals import filed, reviewed
from tests.web.conftest import Browser, District
from tests.web.rounds import Round, begin_round


@pytest.fixture
def running(district: District) -> Round:
    """A process that waits for one reviewer of the department."""
    started = begin_round(district, filed(), reviewed())
    started.answer("zhang", "submit")
    return started


def _show(running: Round, to: str, **given: str) -> Browser:
    browser, task = running.sit("wang"), running.task.id
    told = {"person": str(running.district.persons[to]), "option": "circulate", **given}
    answer = browser.post(f"/tasks/{task}/acts/show", told)
    assert answer.status_code == 303, answer.text
    return browser


def test_what_is_circulated_is_read_replied_to_and_outlives_the_return(running: Round) -> None:
    sender = _show(running, "sun", text="请阅", tick="1")
    task = running.task.id
    assert "传阅中，1 人未读" in sender.get(f"/tasks/{task}").text
    sender.post(f"/tasks/{task}/completion", {"verb": "return", "opinion": "请改"})
    reader = running.district.browser("sun")
    page = reader.get("/?tab=copies").text
    assert '传阅 <span class="count">1</span>' in page and "未读" in page
    opened = reader.get("/copies/1")
    assert opened.status_code == 302 and opened.location.endswith(f"/tasks/{task}")
    assert "王伟 请您传阅" in reader.get(f"/tasks/{task}").text
    assert "待回复" in reader.get("/?tab=copies").text
    assert reader.post("/copies/1/reply", {"text": "已阅，同意"}).status_code == 303
    assert '传阅 <span class="count">0</span>' in reader.get("/?tab=copies").text
    page = sender.get(f"/tasks/{task}").text
    assert "已阅，同意" in page and "已读" in page and "传阅中" not in page
    assert reader.post("/copies/1/reply", {"text": "再说一遍"}).status_code == 409


def test_who_was_shown_a_matter_may_open_it_and_nobody_else(running: Round) -> None:
    task = running.task.id
    outsider = running.district.browser("other")
    assert outsider.get(f"/tasks/{task}").status_code == 404
    _show(running, "other", option="copy")
    assert outsider.get(f"/tasks/{task}").status_code == 200
    assert "disabled" not in outsider.get("/?tab=copies").text
    stranger = running.district.browser("sun")
    assert stranger.get("/copies/1").status_code == 404
    assert stranger.post("/copies/1/reply", {"text": "x"}).status_code == 404
    assert outsider.post("/copies/1/reply", {"text": "x"}).status_code == 422
    with reading(running.district.engine) as session:
        assert session.get_one(Copy, 1).read_at is not None


def test_urging_is_counted_and_may_not_be_repeated_at_once(running: Round) -> None:
    task, starter = running.task.id, running.district.browser("zhang")
    assert f"/tasks/{task}/acts/urge" in starter.get(f"/tasks/{task}").text
    assert starter.post(f"/tasks/{task}/acts/urge", {"text": "请尽快"}).status_code == 303
    assert "刚刚催办过" in starter.get(f"/tasks/{task}").text
    assert starter.post(f"/tasks/{task}/acts/urge", {}).status_code == 409
    reviewer = running.district.browser("wang")
    assert "已催办 1 次" in reviewer.get("/").text
    assert "请尽快" in reviewer.get("/notices").text


def test_a_comment_calls_a_colleague_and_keeps_what_was_refused(running: Round) -> None:
    task, browser = running.task.id, running.sit("wang")
    answer = browser.post(f"/tasks/{task}/comments", {"text": "@张明 附件缺第三页"})
    assert answer.status_code == 303
    assert "附件缺第三页" in browser.get(f"/tasks/{task}").text
    assert "附件缺第三页" in running.district.browser("zhang").get("/notices").text
    answer = browser.post(f"/tasks/{task}/comments", {"text": "@陈外 您怎么看"})
    assert answer.status_code == 422
    assert "@陈外 您怎么看" in answer.text and "不能提及" in answer.text
    script = "<script>alert(1)</script>"
    browser.post(f"/tasks/{task}/comments", {"text": script})
    assert script not in browser.get(f"/tasks/{task}").text
    outsider = running.district.browser("other")
    assert outsider.post(f"/tasks/{task}/comments", {"text": "hello"}).status_code == 404


def test_a_project_is_discussed_on_its_page(running: Round) -> None:
    browser = running.district.browser("li")
    browser.get("/projects/1")
    assert browser.post("/projects/1/comments", {"text": "@zhang 请补材料"}).status_code == 303
    assert "请补材料" in browser.get("/projects/1").text
    assert browser.post("/projects/1/comments", {"text": " "}).status_code == 422


def test_usual_opinions_are_kept_filled_in_and_forgotten(running: Round) -> None:
    task, browser = running.task.id, running.sit("wang")
    path = f"/tasks/{task}/completion"
    page = browser.post(path, {"_opinion": "save", "opinion": "材料齐全，同意"}).text
    assert "已存为常用意见" in page and "材料齐全，同意" in page
    again = browser.post(path, {"_opinion": "save", "opinion": "材料齐全，同意"})
    assert again.status_code == 422 and "已有相同的意见模板" in again.text
    page = browser.post(path, {"_opinion": "use:0", "opinion": "另："}).text
    assert re.search(r"<textarea[^>]*>\s*另：\n材料齐全，同意</textarea>", page)
    number = re.search(r'value="delete:(\d+)"', page)
    assert number
    other = running.district.browser("gu")
    other.get(f"/tasks/{task}")
    assert other.post(path, {"_opinion": f"delete:{number[1]}"}).status_code == 404
    assert "已删除" in browser.post(path, {"_opinion": f"delete:{number[1]}"}).text
    for odd in ("use:99", "use:-1", "delete:x", "nothing"):
        assert browser.post(path, {"_opinion": odd, "opinion": "留着"}).status_code in (200, 404)


def test_a_stand_in_finds_the_absent_colleagues_items_and_both_names_are_told(
    district: District,
) -> None:
    running = begin_round(district, filed(), reviewed(approvers="person:wang"))
    running.answer("zhang", "submit")
    now = clock.now()
    with begin(district.engine, MACHINE) as work:
        work.session.add(
            Absence(
                person_id=district.persons["wang"],
                delegate_id=district.persons["gu"],
                from_at=now - timedelta(hours=1),
                to_at=now + timedelta(days=1),
                scope=[],
                created_by="王伟",
                created_at=now,
            )
        )
    assert "代 王伟" in district.browser("gu").get("/").text
    assert "您代 王伟 办理" in running.page("gu")
    task = running.task.id
    running.answer("gu")
    assert running.ended
    assert "顾清 代 王伟" in district.browser("wang").get(f"/tasks/{task}").text


def test_a_refused_reply_keeps_what_was_typed(running: Round) -> None:
    _show(running, "sun", text="请阅", tick="1")
    task, reader = running.task.id, running.district.browser("sun")
    reader.get(f"/tasks/{task}")
    long = "已阅，" * 700
    answer = reader.post("/copies/1/reply", {"text": long})
    assert answer.status_code == 422
    assert long in answer.text and "回复最多 2000 字" in answer.text
    answer = reader.post("/copies/1/reply", {"text": " "})
    assert answer.status_code == 422 and "请填写回复" in answer.text


def test_what_was_typed_is_shown_again_when_a_second_reply_comes_too_late(running: Round) -> None:
    _show(running, "sun", text="请阅", tick="1")
    reader = running.district.browser("sun")
    reader.get(f"/tasks/{running.task.id}")
    reader.post("/copies/1/reply", {"text": "已阅"})
    answer = reader.post("/copies/1/reply", {"text": "补充：<b>附件</b>二有误"})
    assert answer.status_code == 409
    assert "补充：&lt;b&gt;附件&lt;/b&gt;二有误</textarea>" in answer.text


def test_who_has_it_unread_is_not_shown_it_twice_and_the_note_stays(running: Round) -> None:
    sender = _show(running, "sun")
    given = {"person": str(running.district.persons["sun"]), "option": "circulate"}
    path = f"/tasks/{running.task.id}/acts/show"
    answer = sender.post(path, {**given, "text": "请尽快看第三页"})
    assert answer.status_code == 409
    assert "已有未读的同一事项" in answer.text and "请尽快看第三页</textarea>" in answer.text


def test_an_answer_that_comes_too_late_shows_the_opinion_again(running: Round) -> None:
    late, task = running.sit("gu"), running.task.id
    running.answer("wang")
    answer = late.post(f"/tasks/{task}/completion", {"verb": "approve", "opinion": "材料齐全"})
    assert answer.status_code == 409
    assert "已由 王伟 于" in answer.text and "材料齐全</textarea>" in answer.text
    assert "approve</textarea>" not in answer.text


# --- what the inbox says beside its lines


def test_what_one_has_answered_can_be_urged_from_the_list(running: Round) -> None:
    starter, task = running.district.browser("zhang"), running.task.id
    page = starter.get("/?tab=done").text
    assert f'href="/tasks/{task}/acts/urge" data-act>催办“review”' in page
    starter.post(f"/tasks/{task}/acts/urge", {"text": "请尽快"})
    page = starter.get("/?tab=done").text
    assert "acts/urge" not in page and "刚刚催办过" in page


def test_who_only_handed_a_task_on_is_told_why_they_cannot_urge(running: Round) -> None:
    sender, task = running.sit("wang"), running.task.id
    told = {"person": str(running.district.persons["gu"]), "text": "出差"}
    assert sender.post(f"/tasks/{task}/acts/transfer", told).status_code == 303
    assert "催办由发起人、前面的办理人" in sender.get("/?tab=done").text


@pytest.mark.parametrize(
    ("key", "option", "how"),
    [("add", "before", "前加签"), ("delegate", "delegate", "委派"), ("delegate", "assist", "协办")],
)
def test_the_line_of_who_was_asked_says_by_whom_and_what(
    running: Round, key: str, option: str, how: str
) -> None:
    sender, task = running.sit("wang"), running.task.id
    told = {"person": str(running.district.persons["gu"]), "option": option}
    answer = sender.post(f"/tasks/{task}/acts/{key}", {**told, "text": "第三页的单价对吗？"})
    assert answer.status_code == 303
    assert (
        f"王伟 请您办理（{how}）：第三页的单价对吗？"
        in running.district.browser("gu").get("/").text
    )
    assert "请您办理" not in sender.get("/").text


def test_who_stands_in_for_somebody_asked_sees_it_too(running: Round) -> None:
    district, now = running.district, clock.now()
    sender, task = running.sit("wang"), running.task.id
    told = {"person": str(district.persons["gu"]), "option": "delegate", "text": "单价对吗？"}
    sender.post(f"/tasks/{task}/acts/delegate", told)
    with begin(district.engine, MACHINE) as work:
        gu, lin = district.persons["gu"], district.persons["lin"]
        until = now + timedelta(days=1)
        absence = {"from_at": now, "to_at": until, "scope": [], "created_at": now}
        work.session.add(Absence(person_id=gu, delegate_id=lin, created_by="顾清", **absence))
    page = district.browser("lin").get("/").text
    assert "代 顾清 · 王伟 请您办理（委派）：单价对吗？" in page


def test_what_stands_still_says_who_stopped_it_since_when_and_why(running: Round) -> None:
    with begin(running.district.engine, running.actor("sun")) as work:
        suspend_instance(work, running.instance, "等待审计结论")
        since = moment(work.now)
    page = running.district.browser("wang").get("/?tab=suspended").text
    assert f"孙丽 于 {since} 挂起，恢复后再办理：等待审计结论" in page


def test_the_timeline_tells_in_english_what_was_done(running: Round) -> None:
    with begin(running.district.engine, running.actor("sun")) as work:
        suspend_instance(work, running.instance, "audit")
    browser = running.district.browser("wang")
    browser.get("/")
    browser.post("/language", {"language": "en"})
    page = browser.get(f"/tasks/{1}").text
    assert "· submitted <a" in page and "· suspended the process <a" in page
    assert "张明 submitted at" in page
    assert "On behalf" not in page, "whoever suspends acts for nobody else"
