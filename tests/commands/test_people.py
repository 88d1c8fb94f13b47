"""People: roles that exclude each other, passwords, lockout, sessions, the calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries
from engine.people.access import (
    ATTEMPTS,
    LOCK,
    change_password,
    create_first_administrator,
    reset_password,
    sign_in,
)
from engine.people.commands import (
    create_person,
    create_unit,
    grant_role,
    rename_unit,
    revoke_role,
    set_active,
    set_dictionary_entry,
)
from engine.people.models import RoleAssignment
from engine.people.passwords import one_time_password
from engine.people.policy import Act, Grant, covers, holds, segregation
from engine.people.roles import APART, BUSINESS, ROLES, conflict
from engine.people.sessions import (
    IDLE,
    LONGEST,
    begin_session,
    end_all_sessions,
    end_session,
    note_request,
    signed_in,
)
from tests.conftest import Begin
from tests.district import PASSWORD, District, later


def root(district: District) -> int:
    with district.reading() as session:
        return queries.person(session, district.id("admin")).unit_id


# --- 三员分立


@pytest.mark.parametrize("apart", sorted(APART))
@pytest.mark.parametrize("business", sorted(BUSINESS))
def test_who_keeps_the_system_has_no_business_role(apart: str, business: str) -> None:
    assert ROLES[apart] in (conflict({apart}, business) or "")
    assert ROLES[business] in (conflict({business}, apart) or "")


@pytest.mark.parametrize("one", sorted(APART))
@pytest.mark.parametrize("other", sorted(APART))
def test_administrator_security_officer_and_auditor_are_three_persons(one: str, other: str) -> None:
    assert (conflict({one}, other) is None) == (one == other)


def test_business_roles_may_be_held_together() -> None:
    assert conflict({"unit_head", "project_manager"}, "department_reviewer") is None


def test_a_conflicting_role_is_refused_with_the_names_of_both(settled: District) -> None:
    with pytest.raises(Conflict, match=r"审计.*单位负责人"), settled.work("admin") as work:
        grant_role(work, settled.id("lu"), "auditor", root(settled))


def test_nobody_gives_themselves_a_role(settled: District) -> None:
    with pytest.raises(Forbidden, match="不能给自己"), settled.work("admin") as work:
        grant_role(work, settled.id("admin"), "leader", root(settled))


def test_the_same_role_is_given_once_for_a_unit(settled: District) -> None:
    with pytest.raises(Conflict, match="已有这个角色"), settled.work("admin") as work:
        grant_role(work, settled.id("zhou"), "budget_reviewer", root(settled))


def test_an_unknown_role_unit_or_person_is_refused(settled: District) -> None:
    with settled.work("admin") as work:
        with pytest.raises(Invalid):
            grant_role(work, settled.id("bai"), "emperor", root(settled))
        with pytest.raises(NotFound):
            grant_role(work, settled.id("bai"), "leader", 9999)
        with pytest.raises(NotFound):
            grant_role(work, 9999, "leader", root(settled))


def test_the_last_administrator_stays(settled: District) -> None:
    with settled.reading() as session:
        held = session.scalar(
            select(RoleAssignment.id).where(RoleAssignment.role == "administrator")
        )
    assert held is not None
    with pytest.raises(Conflict, match="至少要保留一名系统管理员"), settled.work("jiang") as work:
        revoke_role(work, held)
    with pytest.raises(Conflict, match="至少要保留一名系统管理员"), settled.work("jiang") as work:
        set_active(work, settled.id("admin"), False)
    with settled.work("admin") as work:
        grant_role(work, settled.id("bai"), "administrator", root(settled))
    with settled.work("jiang") as work:
        revoke_role(work, held)


def test_nobody_closes_their_own_account(settled: District) -> None:
    with pytest.raises(Forbidden, match="自己的账号"), settled.work("admin") as work:
        set_active(work, settled.id("admin"), False)


def test_a_dismissed_person_is_no_holder_of_a_role_and_cannot_sign_in(settled: District) -> None:
    with settled.work("admin") as work:
        set_active(work, settled.id("zhou"), False)
    with settled.work() as work:
        names = [one.login for one in queries.holders(work.session, "budget_reviewer", "/1/")]
        assert "zhou" not in names
        assert "wu" in names
        assert sign_in(work, "zhou", PASSWORD).person is None


# --- passwords and signing in


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-1", "至少 10 个字符"),
        ("", "至少 10 个字符"),
        ("aaaaaaaaaaaa", "过于简单"),
        ("xx-newcomer-99", "不能包含登录名"),
        ("xx-NEWCOMER-99", "不能包含登录名"),
    ],
)
def test_a_weak_password_is_refused(settled: District, password: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused, settled.work("admin") as work:
        create_person(work, login="newcomer", name="新人", unit_id=root(settled), password=password)
    assert refused.value.field == "password"


def test_logins_are_one_whatever_their_case(settled: District) -> None:
    with pytest.raises(Conflict, match="已被使用"), settled.work("admin") as work:
        create_person(work, login=" SHEN ", name="另", unit_id=root(settled), password=PASSWORD)
    with settled.work() as work:
        assert sign_in(work, " ShEn", PASSWORD).person is not None


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(settled: District) -> None:
    for n in range(ATTEMPTS):
        with settled.work() as work:
            refused = sign_in(work, "shen", "wrong password")
            assert refused.person is None
            assert (refused.locked_until is not None) == (n == ATTEMPTS - 1)
    with settled.work() as work:
        assert sign_in(work, "shen", PASSWORD).locked_until == settled.now + LOCK
    later(settled, minutes=14, seconds=59)
    with settled.work() as work:
        assert sign_in(work, "shen", PASSWORD).person is None
    later(settled, seconds=1)
    with settled.work() as work:
        assert sign_in(work, "shen", PASSWORD).person is not None


def test_failures_are_counted_in_the_row_and_outlive_the_process(settled: District) -> None:
    for _ in range(ATTEMPTS - 1):
        with settled.work() as work:
            sign_in(work, "shen", "wrong password")
    settled.engine.dispose()  # as a new process would see it
    with settled.work() as work:
        assert queries.person(work.session, settled.id("shen")).failures == ATTEMPTS - 1
        assert sign_in(work, "shen", "wrong again").locked_until is not None


def test_a_right_password_forgets_earlier_failures(settled: District) -> None:
    with settled.work() as work:
        sign_in(work, "shen", "wrong password")
        person = sign_in(work, "shen", PASSWORD).person
        assert person is not None
        assert person.failures == 0


def test_an_unknown_login_is_refused_like_a_wrong_password(settled: District) -> None:
    with settled.work() as work:
        assert sign_in(work, "nobody", PASSWORD) == sign_in(work, "shen", "wrong password")


def test_changing_the_password_needs_the_old_one_and_another_new_one(settled: District) -> None:
    shen = settled.id("shen")
    with settled.work("shen") as work:
        with pytest.raises(Invalid) as refused:
            change_password(work, shen, "not the old one", "Another-2025-sun")
        assert refused.value.field == "old"
        with pytest.raises(Invalid, match="不能与原密码相同"):
            change_password(work, shen, PASSWORD, PASSWORD)
        change_password(work, shen, PASSWORD, "Another-2025-sun")
    with settled.work() as work:
        assert sign_in(work, "shen", PASSWORD).person is None
        assert sign_in(work, "shen", "Another-2025-sun").person is not None


def test_a_reset_password_must_be_changed_and_opens_a_locked_account(settled: District) -> None:
    for _ in range(ATTEMPTS):
        with settled.work() as work:
            sign_in(work, "shen", "wrong password")
    with settled.work("admin") as work:
        reset_password(work, settled.id("shen"), "Fresh-2025-start")
    with settled.work() as work:
        person = sign_in(work, "shen", "Fresh-2025-start").person
        assert person is not None
        assert person.must_change_password
    with pytest.raises(Forbidden), settled.work("admin") as work:
        reset_password(work, settled.id("admin"), "Fresh-2025-start")


@pytest.mark.parametrize("login", ["a", " MA ", "7-", ""])
def test_a_one_time_password_is_acceptable_however_short_the_login(login: str) -> None:
    given = {one_time_password(login) for _ in range(300)}
    assert len(given) == 300
    assert not login.strip() or not any(login.strip().lower() in one.lower() for one in given)


# --- sessions


def test_a_session_ends_at_sign_out_by_time_and_by_a_new_epoch(settled: District) -> None:
    def open_session() -> str:
        with settled.work() as work:
            return begin_session(work, queries.person(work.session, settled.id("shen")), "browser")

    def alive(secret: str) -> bool:
        with settled.reading() as session:
            return signed_in(session, secret, settled.now) is not None

    first, second = open_session(), open_session()
    with settled.work("shen") as work:
        end_session(work, first)
    assert (alive(first), alive(second)) == (False, True)
    with settled.work("shen") as work:
        change_password(work, settled.id("shen"), PASSWORD, "Another-2025-sun")
    assert not alive(second)
    third = open_session()
    with settled.work("shen") as work:
        end_all_sessions(work, settled.id("shen"))
    assert not alive(third)
    fourth = open_session()
    settled.now += IDLE + timedelta(seconds=1)
    assert not alive(fourth)


def test_a_session_in_use_ends_after_twelve_hours(settled: District) -> None:
    with settled.work() as work:
        secret = begin_session(work, queries.person(work.session, settled.id("shen")))
    began = settled.now
    while settled.now + IDLE < began + LONGEST:
        settled.now += IDLE
        with settled.work("shen") as work:
            found = signed_in(work.session, secret, settled.now)
            assert found is not None
            assert found.stale
            note_request(work, secret)
    settled.now = began + LONGEST + timedelta(seconds=1)
    with settled.reading() as session:
        assert signed_in(session, secret, settled.now) is None


def test_dismissal_ends_sessions_at_once(settled: District) -> None:
    with settled.work() as work:
        secret = begin_session(work, queries.person(work.session, settled.id("shen")))
    with settled.work("admin") as work:
        set_active(work, settled.id("shen"), False)
        set_active(work, settled.id("shen"), True)
    with settled.reading() as session:
        assert signed_in(session, secret, settled.now) is None


def test_the_first_administrator_is_made_only_once(work: Begin) -> None:
    with work() as w:
        admin = create_first_administrator(
            w, district="闵行区", login="first", name="第一人", password=PASSWORD
        )
        assert queries.grants(w.session, admin.id)[0].role == "administrator"
    with pytest.raises(Conflict, match="已有人员"), work() as w:
        create_first_administrator(
            w, district="闵行区", login="second", name="第二人", password=PASSWORD
        )


# --- units


def test_a_unit_is_found_below_its_parents_and_its_code_is_unique(settled: District) -> None:
    with settled.work("admin") as work:
        child = create_unit(work, "300009", "某科", "section", root(settled))
        assert child.path == f"/{root(settled)}/{child.id}/"
        with pytest.raises(Conflict):
            create_unit(work, "300009", "另一科", "section", root(settled))
        with pytest.raises(Invalid):
            create_unit(work, "300010", "另一科", "kingdom", root(settled))
        with pytest.raises(Invalid):
            rename_unit(work, child.id, "  ", True)


def test_what_is_too_long_is_refused_by_its_field(settled: District) -> None:
    long = "很长" * 300
    with settled.work("admin") as work:
        for act, field in (
            (lambda: create_unit(work, "9", long, "section"), "name"),
            (lambda: create_unit(work, long, "科", "section"), "code"),
            (lambda: rename_unit(work, root(settled), long, True), "name"),
            (lambda: set_dictionary_entry(work, "basis", "a", long * 2), "text"),
            (
                lambda: create_person(
                    work, login=long, name="某", unit_id=root(settled), password=PASSWORD
                ),
                "login",
            ),
        ):
            with pytest.raises(Invalid, match="不超过") as refused:
                act()
            assert refused.value.field == field


def test_a_line_of_a_dictionary_is_added_changed_and_closed(settled: District) -> None:
    with settled.work("admin") as work:
        set_dictionary_entry(work, "basis", "10", "财预〔2020〕10号", position=2)
        set_dictionary_entry(work, "basis", "6", "沪财绩〔2020〕6号", position=1)
        set_dictionary_entry(work, "basis", "10", "《项目支出绩效评价管理办法》", position=2)
        lines = queries.dictionary(work.session, "basis")
        assert [one.text for one in lines] == ["沪财绩〔2020〕6号", "《项目支出绩效评价管理办法》"]
        set_dictionary_entry(work, "basis", "6", "沪财绩〔2020〕6号", active=False)
        assert len(queries.dictionary(work.session, "basis")) == 1


# --- who may do what


def test_a_role_reaches_its_unit_and_those_below_only() -> None:
    grants = [Grant("unit_head", "/1/2/")]
    assert holds(grants, "unit_head", "/1/2/")
    assert holds(grants, "unit_head", "/1/2/7/")
    assert not holds(grants, "unit_head", "/1/")
    assert not holds(grants, "unit_head", "/1/23/")
    assert not holds(grants, "leader", "/1/2/")
    assert covers(grants, ["leader", "unit_head"], "/1/2/3/")


@pytest.mark.parametrize(
    ("earlier", "duty", "node", "allowed"),
    [
        ([], "review", "b", True),
        ([Act(1, "handle", "a")], "handle", "a", True),
        ([Act(1, "handle", "a")], "handle", "b", True),
        ([Act(1, "handle", "a")], "review", "b", False),
        ([Act(1, "handle", "a")], "final", "b", False),
        ([Act(1, "review", "a")], "review", "b", False),
        ([Act(1, "review", "a")], "review", "a", True),
        ([Act(1, "review", "a")], "final", "b", False),
        ([Act(1, "review", "a")], "handle", "b", False),
        ([Act(1, "final", "a")], "handle", "b", False),
        ([Act(2, "handle", "a"), Act(3, "review", "b")], "final", "c", True),
    ],
)
def test_handling_reviewing_and_deciding_are_different_persons(
    earlier: list[Act], duty: str, node: str, allowed: bool
) -> None:
    reason = segregation(1, duty, node, earlier)
    assert (reason is None) == allowed
    if reason:
        assert "须由不同人员担任" in reason
