"""The demonstration district: who is in it, what is open, and that everything can go on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from engine import clock, db
from engine import settings as installation
from engine.cli import run
from engine.clock import SHANGHAI
from engine.errors import Conflict
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.migrations import migrate
from engine.people import queries as people
from engine.people.access import create_first_administrator, sign_in
from engine.people.models import Person
from engine.people.roles import ROLES
from engine.projects.models import Project
from engine.projects.rules import STAGES
from engine.settings import Settings
from engine.work import MACHINE, begin, reading
from engine.workflow.commands import refusal
from engine.workflow.models import Signer, Task
from engine.workflow.queries import inbox
from engine.workflow.signature import KINDS
from forms.demo import PASSWORD, accounts
from forms.demo.foundation import LOADING
from forms.demo.load import load, state
from forms.demo.people import members
from forms.demo.places import bureaus, towns
from forms.demo.plan import plans
from forms.walk.case import read_case
from reports.authority import open_authority
from reports.models import Paper
from reports.store import Store
from reports.verify import verify
from tests.conftest import Begin

NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
APPROVERS = {
    "unit_head",
    "department_reviewer",
    "budget_reviewer",
    "performance_office",
    "investment_reviewer",
}


def loaded(var: Path, projects: int | None) -> tuple[Engine, Settings]:
    """A district of its own in the embedded database under `var`."""
    settings = installation.load({"BIHUAN_VAR": str(var)})
    engine = db.connect(settings.database)
    migrate(engine)
    load(engine, settings, projects=projects, now=NOW)
    return engine, settings


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Settings]]:
    """The district with its first six projects."""
    engine, settings = loaded(tmp_path_factory.mktemp("small"), 6)
    yield engine, settings
    engine.dispose()


def helpless(engine: Engine) -> list[str]:
    """The open tasks that nobody may answer."""
    with reading(engine) as session:
        everybody = list(session.scalars(select(Person)))
        return [
            f"{task.title} ({task.role})"
            for task in session.scalars(select(Task).where(Task.state == "open"))
            if all(refusal(session, one.id, task) for one in everybody)
        ]


def stages(engine: Engine) -> Counter[tuple[str, str]]:
    with reading(engine) as session:
        return Counter((one.stage, one.status) for one in session.scalars(select(Project)))


def test_a_small_district_loads_on_both_databases(engine: Engine, settings: Settings) -> None:
    found = load(engine, settings, projects=6, now=NOW)
    assert found["projects"] == 6
    assert found["units"] == 1 + 3 * (14 + 8)
    assert {stage for stage, _ in stages(engine)} == set(STAGES)
    assert helpless(engine) == []
    with reading(engine) as session:
        verdict = verify_ledger(session)
        assert verdict.ok
        assert (verdict.entries, verdict.pending) == (found["entries"], 0)
        assert all(one.demo and "（演示）" in one.name for one in session.scalars(select(Project)))


def test_history_happens_on_working_days_before_now_and_in_order(
    small: tuple[Engine, Settings],
) -> None:
    engine, _ = small
    with reading(engine) as session:
        calendar = people.calendar(session)
        acts = select(Entry.at).where(Entry.kind.in_(KINDS)).order_by(Entry.id)
        moments = list(session.scalars(acts))
    assert moments == sorted(moments)
    assert moments[-1] < NOW
    assert all(calendar.is_workday(clock.local(one).date()) for one in moments)
    assert moments[-1] - moments[0] > timedelta(days=200)


def test_a_district_is_not_loaded_over_another(small: tuple[Engine, Settings]) -> None:
    engine, settings = small
    with pytest.raises(Conflict, match="已经装好"):
        load(engine, settings, projects=6, now=NOW)


def test_a_database_with_people_is_refused(engine: Engine, settings: Settings, work: Begin) -> None:
    with work() as unit:
        create_first_administrator(
            unit, district="闵行区", login="guan", name="管理", password="a-long-passphrase"
        )
    with pytest.raises(Conflict, match="空数据库"):
        load(engine, settings, projects=6, now=NOW)
    assert state(engine) is None


def test_a_loading_that_was_cut_off_is_noticed(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(engine, settings, projects=6, now=NOW, progress=killed)
    assert state(engine) == LOADING
    with pytest.raises(Conflict, match="没有装完"):
        load(engine, settings, projects=6, now=NOW)


def test_there_is_an_account_for_each_role_and_it_opens(small: tuple[Engine, Settings]) -> None:
    engine, _ = small
    assert {role for _, _, role, _ in accounts()} == set(ROLES.values())
    for login, name, _, _ in accounts()[:2]:
        with begin(engine, MACHINE) as unit:
            entered = sign_in(unit, login, PASSWORD).person
        assert entered is not None
        assert (entered.name, entered.must_change_password) == (name, False)


@pytest.mark.slow
def test_the_same_district_comes_of_the_same_day(
    small: tuple[Engine, Settings], tmp_path: Path
) -> None:
    again, _ = loaded(tmp_path, 6)
    assert _told(again) == _told(small[0])
    again.dispose()


def _told(engine: Engine) -> list[tuple[str, ...]]:
    """Who did what when, without what is random by nature (salts, tokens)."""
    with reading(engine) as session:
        return [
            (one.at.isoformat(), one.person, one.verb, one.opinion)
            for one in session.scalars(select(Signer).order_by(Signer.id))
        ]


def test_no_two_people_share_a_login_or_a_name() -> None:
    logins, names = Counter(one.login for one in members()), Counter(one.name for one in members())
    assert max(logins.values()) == max(names.values()) == 1


def test_the_district_has_its_towns_bureaus_and_sixty_projects() -> None:
    assert (len(towns()), len(bureaus()), len(plans())) == (14, 8, 60)
    assert {plan.first_year for plan in plans()} == {2024, 2025, 2026}
    assert {plan.topic.type for plan in plans()} == {"construction", "industry", "service"}
    pilots = {plan.topic.key for plan in plans() if plan.pilot}
    assert pilots == {"elevator", "community", "promotion", "road", "elderly"}


def test_weights_of_every_topic_leave_ten_points_for_execution() -> None:
    for plan in plans():
        assert sum(row[5] for row in plan.topic.rows) == 90, plan.topic.key


def test_holidays_and_made_up_working_days_are_in_the_calendar(
    small: tuple[Engine, Settings],
) -> None:
    with reading(small[0]) as session:
        calendar = people.calendar(session)
        bases = people.dictionary(session, "basis")
    assert not calendar.is_workday(date(2026, 10, 1))
    assert calendar.is_workday(date(2025, 9, 28))
    assert any("财预〔2020〕10号" in one.text for one in bases)


def test_the_command_loads_once_and_then_names_the_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIHUAN_VAR", str(tmp_path))
    monkeypatch.delenv("BIHUAN_DATABASE", raising=False)
    assert run(["demo", "--projects", "2", "--json"]) == 0
    first = json.loads(capfd.readouterr().out)
    assert first["loaded"] and first["counts"]["projects"] == 2
    assert run(["demo", "--json"]) == 0
    second = json.loads(capfd.readouterr().out)
    assert not second["loaded"] and second["counts"] == first["counts"]
    assert {one["login"] for one in second["accounts"]} == {one[0] for one in accounts()}


def test_the_table_of_the_readme_adds_up() -> None:
    case = read_case(Path(__file__).parents[1] / "cases" / "demo.json")
    published = [row.published for row in case.rows] + [case.execution_published]
    assert sum(one for one in published if one is not None) == Decimal("98.92")
    assert case.executed < case.adjusted


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Settings]]:
    """The whole district, loaded once for the tests that look at it."""
    engine, settings = loaded(tmp_path_factory.mktemp("whole"), None)
    yield engine, settings
    engine.dispose()


@pytest.mark.slow
def test_the_whole_district_has_every_stage_and_someone_for_every_task(
    whole: tuple[Engine, Settings],
) -> None:
    engine, _ = whole
    found = stages(engine)
    assert sum(found.values()) == 60
    assert {(stage, "active") for stage in STAGES} <= set(found)
    assert found["closure", "closed"] >= 3
    assert found["declaration", "rejected"] == 2
    assert helpless(engine) == []
    with reading(engine) as session:
        names = [one.name for one in session.scalars(select(Project))]
        assert len(set(names)) == 60
        assert verify_ledger(session).ok


@pytest.mark.slow
def test_the_printed_accounts_of_approvers_have_an_inbox(whole: tuple[Engine, Settings]) -> None:
    engine, _ = whole
    with reading(engine) as session:
        waiting = {
            login: inbox(session, person.id, NOW)
            for login, _, role, _ in accounts()
            if role in {ROLES[one] for one in APPROVERS} | {ROLES["project_manager"]}
            and (person := people.person_by_login(session, login))
        }
        everything = session.scalars(select(Task).where(Task.state == "open")).all()
    assert len(waiting) == len(APPROVERS) + 1
    assert all(waiting.values()), {login: len(rows) for login, rows in waiting.items()}
    assert any(task.due_at and task.due_at < NOW for task in everything)
    assert any(task.why for task in everything)


@pytest.mark.slow
def test_the_papers_of_closed_projects_are_really_sealed(whole: tuple[Engine, Settings]) -> None:
    engine, settings = whole
    authority = open_authority(settings.pki, settings.organisation)
    with reading(engine) as session:
        papers = list(session.scalars(select(Paper)))
    assert len(papers) >= 3
    for paper in papers:
        content = Store(settings.files).get(paper.sha256)
        assert verify(content, authority.trust(clock.now())).verdict == "valid", paper.number
