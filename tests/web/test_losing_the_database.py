"""What people see when the database goes away, and when it is back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, text

from engine import db
from engine.people.models import Person
from engine.work import reading
from forms import navigation
from tests.conftest import POSTGRES
from tests.web.conftest import District


def test_a_database_that_is_away_is_told_plainly_and_the_page_comes_back(
    district: District,
) -> None:
    browser = district.browser("zhang")
    platform = district.app.extensions["bihuan"]
    away = db.connect("postgresql://nobody@127.0.0.1:1/nothing")
    district.app.extensions["bihuan"] = replace(platform, engine=away)
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "系统暂时连不上数据库" in answer.text
    assert "请求编号" in answer.text
    district.app.extensions["bihuan"] = platform
    assert browser.get("/").status_code == 200


def test_a_refusal_is_told_although_the_page_around_it_loses_the_database(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = district.browser("zhang")
    away = db.connect("postgresql://nobody@127.0.0.1:1/nothing")

    def lose(_session: object, _person: int) -> int:
        with reading(away) as session:
            return session.scalar(text("SELECT 1")) or 0

    monkeypatch.setattr(navigation, "COUNTED", dict.fromkeys(navigation.COUNTED, lose))
    answer = browser.get("/tasks/999999")
    assert answer.status_code == 404
    assert "没有这个事项" in answer.text


@pytest.mark.skipif(not POSTGRES, reason="BIHUAN_TEST_POSTGRES is not set")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connections_that_the_server_ended_are_not_used_again(engine: Engine) -> None:
    with reading(engine) as first, reading(engine) as second:
        ours = [one.scalar(text("SELECT pg_backend_pid()")) for one in (first, second)]
    other = db.connect(engine.url.render_as_string(hide_password=False))
    with other.connect() as connection:
        for one in ours:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": one})
    other.dispose()
    for _ in ours:
        with reading(engine) as session:
            assert session.scalars(select(Person.id)).all() == []
