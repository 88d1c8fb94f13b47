"""Administration of units: the tree, new units, names, closing."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.people import commands, queries
from engine.people.commands import UNIT_KINDS
from engine.work import Work
from forms.admin import scope
from forms.admin.changing import Answer, Given, change, number
from forms.platform import me, reading
from forms.text import _

blueprint = Blueprint("units", __name__, template_folder="templates")


@blueprint.get("/admin/units")
def index() -> str:
    """The unit tree."""
    return _page(Given(), {})


def _page(given: Given, problems: dict[str, str]) -> str:
    with reading() as session:
        units = queries.units(session)
    return render_template(
        "admin/units.html",
        units=[(unit, unit.path.count("/") - 2) for unit in units],
        options=[(unit.id, "　" * (unit.path.count("/") - 2) + unit.name) for unit in units],
        kinds=[(key, _(name)) for key, name in UNIT_KINDS.items()],
        given=given,
        problems=problems,
    )


@blueprint.post("/admin/units")
def create() -> Answer:
    """Add a unit."""
    form = request.form

    def act(work: Work) -> None:
        parent = number("parent")
        scope.check_unit(work.session, parent)
        code, name = form.get("code", "").strip(), form.get("name", "").strip()
        commands.create_unit(work, code, name, form.get("kind", ""), parent)

    return change(act, _page, url_for("units.index"))


@blueprint.post("/admin/units/<int:unit_id>")
def update(unit_id: int) -> Answer | Response:
    """Change a unit's name, or close it."""
    form = request.form

    def act(work: Work) -> None:
        scope.check_unit(work.session, unit_id)
        commands.rename_unit(work, unit_id, form.get("name", "").strip(), form.get("active") == "1")

    return change(
        act,
        lambda _given, problems: _page(Given(), problems),
        url_for("units.index", _anchor=f"u{unit_id}"),
    )


@blueprint.get("/admin")
def administration() -> Response:
    """The first page of administration."""
    page = "units.index" if "administrator" in me().roles else "persons.index"
    return redirect(url_for(page))
