"""On a project's page: 预算调整 by the finance bureau, and deleting one's own draft."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import clock
from engine.errors import Conflict, Forbidden, NotFound
from engine.projects import commands, queries
from engine.projects.commands import ProjectDraft
from engine.projects.models import Project
from engine.risk import queries as risks
from engine.risk.commands import install_rules
from engine.work import MACHINE, begin, reading
from tests.web.conftest import District

CHANGE = {
    "answers-source": "财政拨款",
    "answers-adjusted": "800,000.00",
    "answers-reason": "闵财预〔2024〕3号",
}


@pytest.fixture
def funded(district: District, project: int) -> int:
    """The project with a budget of a million and nine hundred thousand paid."""
    with begin(district.engine, MACHINE) as work:
        install_rules(work)
        commands.set_budget_line(work, project, 2024, "财政拨款", Decimal(1_000_000))
        commands.record_payment(
            work,
            queries.project(work.session, project),
            year=2024,
            amount=Decimal(900_000),
            source="finance",
            external_id="P1",
            at=clock.now(),
        )
    return project


def _budget(district: District, project: int) -> Decimal:
    with reading(district.engine) as session:
        return queries.year_money(session, project, 2024).budget


def test_the_page_shows_the_declared_and_the_adjusted_figure(
    district: District, funded: int
) -> None:
    browser = district.browser("zhao")
    assert "调整预算" in browser.get(f"/projects/{funded}").text
    given = {**CHANGE, "answers-adjusted": "１，２００，０００"}
    assert browser.post(f"/projects/{funded}/budget?year=2024", given).status_code == 303
    page = browser.get(f"/projects/{funded}").text
    assert ">100.00</td>" in page and ">120.00</td>" in page
    assert _budget(district, funded) == 1_200_000


def test_a_budget_cut_below_what_was_paid_raises_the_alert_at_once(
    district: District, funded: int
) -> None:
    browser = district.browser("zhao")
    browser.get(f"/projects/{funded}")
    assert browser.post(f"/projects/{funded}/budget?year=2024", CHANGE).status_code == 303
    with reading(district.engine) as session:
        assert risks.alerts(session, funded)


def test_a_refused_adjustment_keeps_what_was_typed(district: District, funded: int) -> None:
    browser = district.browser("zhao")
    browser.get(f"/projects/{funded}")
    given = {**CHANGE, "answers-adjusted": "八十万", "answers-reason": "文件<号>"}
    answer = browser.post(f"/projects/{funded}/budget?year=2024", given)
    assert answer.status_code == 422
    assert 'value="八十万"' in answer.text and "文件&lt;号&gt;" in answer.text
    assert 'id="answers-adjusted-error"' in answer.text
    answer = browser.post(f"/projects/{funded}/budget?year=2024", {**CHANGE, "answers-reason": ""})
    assert answer.status_code == 422 and 'id="answers-reason-error"' in answer.text
    assert _budget(district, funded) == 1_000_000


def test_a_source_that_has_no_line_is_refused(district: District, funded: int) -> None:
    browser = district.browser("zhao")
    browser.get(f"/projects/{funded}")
    given = {**CHANGE, "answers-source": "银行贷款"}
    assert browser.post(f"/projects/{funded}/budget", given).status_code == 422


@pytest.mark.parametrize("login", ["zhang", "li", "wang", "sun"])
def test_nobody_else_adjusts_a_budget(district: District, funded: int, login: str) -> None:
    browser = district.browser(login)
    assert "调整预算" not in browser.get(f"/projects/{funded}").text
    assert browser.post(f"/projects/{funded}/budget", CHANGE).status_code == 403
    assert _budget(district, funded) == 1_000_000


def test_the_budget_of_a_finished_project_stays(district: District, funded: int) -> None:
    with begin(district.engine, MACHINE) as work:
        queries.project(work.session, funded).status = "closed"
    browser = district.browser("zhao")
    assert "调整预算" not in browser.get(f"/projects/{funded}").text
    assert browser.post(f"/projects/{funded}/budget", CHANGE).status_code == 409


@pytest.fixture
def draft(district: District) -> int:
    """A draft of 张明."""
    told = ProjectDraft(
        name="写错的项目",
        type="service",
        first_year=2024,
        last_year=2024,
        amount=Decimal(1),
        plan="不想留下的话",
    )
    with begin(district.engine, district.actor("zhang")) as work:
        return commands.create_project(work, told).id


def test_a_deleted_draft_is_gone_from_every_page(district: District, draft: int) -> None:
    browser = district.browser("zhang")
    assert "删除草稿" in browser.get(f"/projects/{draft}/draft").text
    assert browser.post(f"/projects/{draft}/deletion").status_code == 303
    assert "写错的项目" in browser.get("/projects").text, "once, as what was just done"
    assert "写错的项目" not in browser.get("/projects").text
    for path in (f"/projects/{draft}", f"/projects/{draft}/draft"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/projects/{draft}/deletion").status_code == 404


def test_a_deleted_draft_keeps_nothing_but_its_number(district: District, draft: int) -> None:
    with begin(district.engine, district.actor("zhang")) as work:
        commands.delete_draft(work, draft)
        code = commands.create_project(work, ProjectDraft("新", "service", 2024, 2024, Decimal(1)))
    with reading(district.engine) as session:
        gone = session.get_one(Project, draft)
        assert gone.plan == "" and gone.amount == 0
        assert code.code != gone.code and code.id != draft


def test_who_audits_still_reads_that_a_draft_was_deleted(district: District, draft: int) -> None:
    with begin(district.engine, district.actor("zhang")) as work:
        commands.delete_draft(work, draft)
    browser = district.browser("wu")
    page = browser.get("/audit?kind=draft.deleted").text
    assert "张明" in page and "写错的项目" in page
    assert "写错的项目" not in browser.get("/projects").text


def test_only_ones_own_draft_can_be_deleted_and_only_while_it_is_one(
    district: District, draft: int, project: int
) -> None:
    with pytest.raises(Forbidden), begin(district.engine, district.actor("other")) as work:
        commands.delete_draft(work, draft)
    with pytest.raises(Conflict), begin(district.engine, district.actor("zhang")) as work:
        commands.delete_draft(work, project)
    with begin(district.engine, district.actor("zhang")) as work:
        commands.delete_draft(work, draft)
    with pytest.raises(NotFound), begin(district.engine, district.actor("zhang")) as work:
        commands.update_draft(work, draft, ProjectDraft("", "", 2024, 2024, Decimal(0)))
