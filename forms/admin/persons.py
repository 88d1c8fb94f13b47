"""Administration of persons: accounts, one-time passwords, roles and their scopes."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for

from engine.people import access, commands, queries
from engine.people.passwords import one_time_password
from engine.people.roles import ROLES
from engine.work import Work
from forms.addresses import asked
from forms.admin import scope
from forms.admin.changing import Answer, Given, change, number
from forms.platform import me, reading
from forms.text import _
from forms.words import role_name

blueprint = Blueprint("persons", __name__, template_folder="templates")


@blueprint.get("/admin/persons")
def index() -> str:
    """The persons, by name or unit."""
    return _page(Given(), {})


def _page(given: Given, problems: dict[str, str], once: tuple[str, str] | None = None) -> str:
    text = request.args.get("text", "").strip()[:60]
    unit = asked("unit")
    with reading() as session:
        found = queries.persons(session, text, unit)
        units = queries.units(session)
    return render_template(
        "admin/persons.html",
        persons=found,
        units=[(one.id, "　" * (one.path.count("/") - 2) + one.name) for one in units],
        text=text,
        unit=unit,
        given=given,
        problems=problems,
        once=once,
        may_create="administrator" in me().roles,
    )


@blueprint.post("/admin/persons")
def create() -> Answer:
    """Add a person; the one-time password is shown once."""
    form = request.form
    first = one_time_password(form.get("login", ""))

    def act(work: Work) -> None:
        unit = number("unit")
        scope.check_unit(work.session, unit)
        commands.create_person(
            work,
            login=form.get("login", ""),
            name=form.get("name", "").strip(),
            title=form.get("title", "").strip(),
            unit_id=unit,
            password=first,
        )

    answer = change(act, _page, url_for("persons.index"))
    if isinstance(answer, str | tuple):
        return answer
    return _page(Given(), {}, (form.get("login", "").strip().lower(), first))


@blueprint.get("/admin/persons/<int:person_id>")
def show(person_id: int) -> str:
    """One person with their roles."""
    return _one(person_id, {})


def _one(person_id: int, problems: dict[str, str], once: tuple[str, str] | None = None) -> str:
    with reading() as session:
        found = queries.person(session, person_id)
        row = next(one for one in queries.persons(session) if one.id == person_id)
        units = queries.units(session)
    return render_template(
        "admin/person.html",
        person=row,
        account=found,
        units=[(one.id, "　" * (one.path.count("/") - 2) + one.name) for one in units],
        roles=[(key, role_name(key)) for key in ROLES],
        problems=problems,
        once=once,
        given=request.form,
        may_reset="administrator" in me().roles,
    )


def _change(person_id: int, act: Callable[[Work], object]) -> Answer:
    def within(work: Work) -> None:
        scope.check_person(work.session, person_id)
        act(work)

    return change(
        within,
        lambda _given, problems: _one(person_id, problems),
        url_for("persons.show", person_id=person_id),
    )


@blueprint.post("/admin/persons/<int:person_id>/activity")
def set_active(person_id: int) -> Answer:
    """Let a person in again, or end their access."""
    active = request.form.get("active") == "1"
    return _change(person_id, lambda work: commands.set_active(work, person_id, active))


@blueprint.post("/admin/persons/<int:person_id>/password")
def reset_password(person_id: int) -> Answer:
    """Give a new one-time password, shown once."""
    with reading() as session:
        first = one_time_password(queries.person(session, person_id).login)
    answer = _change(person_id, lambda work: access.reset_password(work, person_id, first))
    if isinstance(answer, str | tuple):
        return answer
    return _one(person_id, {}, (_("新的一次性密码"), first))


@blueprint.post("/admin/persons/<int:person_id>/roles")
def grant_role(person_id: int) -> Answer:
    """Give a role for a unit and all below it."""

    def grant(work: Work) -> None:
        unit = number("unit")
        scope.check_unit(work.session, unit)
        scope.check_grant(work.session, request.form.get("role", ""))
        commands.grant_role(work, person_id, request.form.get("role", ""), unit)

    return _change(person_id, grant)


@blueprint.post("/admin/persons/<int:person_id>/roles/<int:assignment_id>/revocation")
def revoke_role(person_id: int, assignment_id: int) -> Answer:
    """Take a role back."""

    def revoke(work: Work) -> None:
        scope.check_assignment(work.session, assignment_id)
        commands.revoke_role(work, assignment_id)

    return _change(person_id, revoke)
