"""The page of one indicator, and what colleagues say there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import clock
from engine.indicators.models import Observation, Target
from engine.people.notices import notices
from engine.work import MACHINE, begin, reading
from engine.workflow.queries import comments
from tests.web.conftest import District


@pytest.fixture
def indicator(district: District, project: int) -> int:
    """An indicator of 张明's project, adjusted once and seen twice."""
    with begin(district.engine, MACHINE) as work:
        target = Target(
            project_id=project, year=2024, position=1, dimension="产出", level1="产出指标",
            level2="数量指标", level3="加装电梯台数", initial="≥10台", adjusted="≥12台",
            weight=Decimal(20),
        )  # fmt: skip
        work.session.add(target)
        work.session.flush()
        for value, cause in (("5台", ""), ("9台", "雨季停工")):
            told = {"source": "监控", "by": "张明", "at": clock.now()}
            seen = Observation(target_id=target.id, value=value, cause=cause, **told)
            work.session.add(seen)
        return target.id


def test_it_says_what_was_promised_and_what_was_seen(
    district: District, project: int, indicator: int
) -> None:
    browser, where = district.browser("li"), f"/indicators/{indicator}"
    assert f'href="{where}"' in browser.get(f"/projects/{project}?year=2024").text
    page = browser.get(where).text
    for word in ("加装电梯台数", "≥10台", "≥12台", "产出指标 · 数量指标", "雨季停工"):
        assert word in page
    assert page.index("9台") < page.index("5台")


def test_a_comment_calls_a_colleague(district: District, indicator: int) -> None:
    browser, where = district.browser("li"), f"/indicators/{indicator}"
    browser.get(where)
    answer = browser.post(f"{where}/comments", {"text": "@张明 第三季度的台数请附验收单"})
    assert answer.status_code == 303 and answer.location.endswith(f"{where}#discussion")
    assert "请附验收单" in browser.get(where).text
    with reading(district.engine) as session:
        told = notices(session, district.persons["zhang"])
        assert any("请附验收单" in one.text for one in told)
        assert [one.person for one in comments(session, f"indicator:{indicator}")] == ["李红"]


def test_a_refused_comment_keeps_what_was_typed(district: District, indicator: int) -> None:
    browser, where = district.browser("li"), f"/indicators/{indicator}"
    browser.get(where)
    answer = browser.post(f"{where}/comments", {"text": "@陈外 您怎么看"})
    assert answer.status_code == 422
    assert "@陈外 您怎么看" in answer.text and "不能提及" in answer.text
    assert browser.post(f"{where}/comments", {"text": " "}).status_code == 422


def test_it_is_not_there_for_others(district: District, indicator: int) -> None:
    for login, status in (("other", 404), ("admin", 403)):
        browser = district.browser(login)
        browser.get("/")
        assert browser.get(f"/indicators/{indicator}").status_code == status
        told = browser.post(f"/indicators/{indicator}/comments", {"text": "x"})
        assert told.status_code == status
    assert district.browser("li").get("/indicators/999").status_code == 404
