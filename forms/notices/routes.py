"""The page of a person's notices."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import clock
from engine.people import notices
from engine.people.models import Notice
from engine.people.sessions import SignedIn
from engine.projects import queries as projects
from engine.projects.models import Project
from forms import rights
from forms.platform import acting, me, reading
from forms.text import _

blueprint = Blueprint("notices", __name__, template_folder="templates")
PROJECT = "project:"


@blueprint.get("/notices")
def index() -> str:
    """The newest notices; those about a project that the person may see lead there."""
    person = me()
    with reading() as session:
        found = notices.notices(session, person.id)  # who looks at night sees what would wait
        unread = notices.unread_count(session, person.id, clock.now())
        seen = _seen(session, person, found)
    rows = [[(one, seen.get(one.subject)) for one in line] for line in notices.in_lines(found)]
    return render_template("notices/index.html", rows=rows, unread=unread)


def _seen(session: Session, person: SignedIn, found: list[Notice]) -> dict[str, str]:
    """Where each project is that the notices are about and that the person may open."""
    if not rights.allowed("projects.show", person.roles):
        return {}
    subjects = {one.subject.removeprefix(PROJECT) for one in found if PROJECT in one.subject}
    numbers = [int(number) for number in subjects if number.isdecimal()]
    visible = projects.visible(person.id, person.grants).where(Project.id.in_(numbers))
    ids = session.scalars(visible.with_only_columns(Project.id))
    return {f"{PROJECT}{number}": url_for("projects.show", project_id=number) for number in ids}


@blueprint.post("/notices/reading")
def read() -> Response:
    """Mark all as read."""
    with acting() as work:
        notices.read_notices(work, me().id)
    flash(_("已全部标为已读"))
    return redirect(url_for("notices.index"), 303)
