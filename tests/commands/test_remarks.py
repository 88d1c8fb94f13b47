"""Comments with @, and opinion templates."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.ledger.models import Entry
from engine.people.commands import set_dictionary_entry
from engine.people.notices import notices
from engine.workflow.commands import (
    add_comment,
    delete_opinion_template,
    opinion_templates,
    save_opinion_template,
)
from engine.workflow.queries import comment_count, comments, comments_in
from tests.district import District


def say(district: District, who: str, text: str, subject: str = "") -> list[int]:
    """Somebody comments on the project, or on something of it; who was mentioned."""
    with district.work(who) as work:
        return add_comment(work, subject or district.subject, district.subject, text).mentions


def told(district: District, who: str) -> list[str]:
    """What somebody was told."""
    with district.reading() as session:
        return [one.text for one in notices(session, district.id(who))]


def test_whoever_sees_the_project_comments_and_it_is_kept(district: District) -> None:
    say(district, "shen", "材料已补")
    say(district, "gu", "收到")
    with district.reading() as session:
        assert [(one.person, one.text) for one in comments(session, district.subject)] == [
            ("沈知行", "材料已补"),
            ("顾清和", "收到"),
        ]
        assert comment_count(session, district.subject) == 2
        assert session.scalar(select(Entry.payload).where(Entry.kind == "comment.added"))


def test_a_mention_by_name_or_login_tells_that_person(district: District) -> None:
    assert say(district, "shen", "请@顾清和看一下，抄@lu 知悉") == [
        district.id("gu"),
        district.id("lu"),
    ]
    assert told(district, "gu") == ["沈知行在评论中提到您：请@顾清和看一下，抄@lu 知悉"]
    assert len(told(district, "lu")) == 1


def test_an_address_is_no_mention(district: District) -> None:
    assert say(district, "shen", "邮箱 office@lu.cn") == []


def test_nobody_is_called_to_what_they_may_not_see(district: District) -> None:
    with pytest.raises(Invalid, match="谭外人看不到此事项"):
        say(district, "shen", "@谭外人 请看")


@pytest.mark.parametrize("who", ["tan", "admin", "bai"])
def test_who_does_not_see_it_does_not_comment(district: District, who: str) -> None:
    with pytest.raises(Forbidden):
        say(district, who, "路过")


def test_a_task_is_commented_by_those_whose_business_it_is(district: District) -> None:
    task = f"task:{district.task().id}"
    say(district, "shen", "在办", task)
    with pytest.raises(Forbidden):
        say(district, "tan", "在办", task)
    with district.reading() as session:
        assert [one.subject for one in comments_in(session, district.subject)] == [task]


def test_an_indicator_is_commented_by_those_who_see_its_project(monitored: District) -> None:
    say(monitored, "gu", "口径待核", "indicator:1")
    with pytest.raises(Forbidden):
        say(monitored, "tan", "口径待核", "indicator:1")


def test_a_comment_on_one_matter_is_not_filed_under_another(district: District) -> None:
    with pytest.raises(Forbidden), district.work("shen") as work:
        add_comment(work, district.subject, "project:999", "挂错")


@pytest.mark.parametrize(
    "subject", ["paper:1", "task:x", "task:999999", "project:99999999999999999999"]
)
def test_what_is_not_there_is_not_commented(district: District, subject: str) -> None:
    with pytest.raises((NotFound, Forbidden)):
        say(district, "shen", "空", subject)


def test_a_comment_has_words_and_not_too_many(district: District) -> None:
    with pytest.raises(Invalid, match="请填写评论"):
        say(district, "shen", " \n ")
    with pytest.raises(Invalid, match="最多 2000 字"):
        say(district, "shen", "长" * 2001)


def test_ones_own_templates_come_before_the_offices(settled: District) -> None:
    with settled.work("admin") as work:
        set_dictionary_entry(work, "opinion", "agree", "同意，请按程序办理。")
    with settled.work("gu") as work:
        save_opinion_template(work, " 经审核，同意。 ")
    with settled.reading() as session:
        texts = [(one.id is None, one.text) for one in opinion_templates(session, settled.id("gu"))]
        assert texts[0] == (False, "经审核，同意。")
        assert (True, "同意，请按程序办理。") in texts[1:]
        assert all(one.id is None for one in opinion_templates(session, settled.id("lu")))


def test_a_template_is_kept_once_and_is_its_owners(settled: District) -> None:
    with settled.work("gu") as work:
        kept = save_opinion_template(work, "同意").id
    with pytest.raises(Conflict, match="已有相同"), settled.work("gu") as work:
        save_opinion_template(work, "同意 ")
    with pytest.raises(NotFound), settled.work("lu") as work:
        delete_opinion_template(work, kept)
    with settled.work("gu") as work:
        delete_opinion_template(work, kept)
    with settled.reading() as session:
        assert all(one.id is None for one in opinion_templates(session, settled.id("gu")))
