"""The pages: every folder's blueprint, and what all templates share."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from engine.errors import Invalid
from engine.workflow.queries import Path
from forms import files, navigation, rights, words
from forms.absences import routes as absences
from forms.admin import calendar, persons, tables, units
from forms.audit import routes as audit
from forms.inbox import batch
from forms.inbox import routes as inbox
from forms.inbox.acts import routes as acts
from forms.notices import routes as notices
from forms.operations import instance_routes as instances
from forms.operations import routes as operations
from forms.platform import platform, somebody
from forms.projects import indicator as indicators
from forms.projects import routes as projects
from forms.projects import wizard_routes as wizard
from forms.text import in_language
from forms.verdict import routes as verdict
from reports.diagram import render

BLUEPRINTS = tuple(
    room.blueprint
    for room in (
        *(files, inbox, acts, batch, notices, projects, indicators, wizard, audit, verdict),
        *(absences, units, persons, tables, calendar, operations, instances),
    )
)
PARTS = (
    *("ask", "choose", "csrf", "discussion", "due_mark", "live", "pager", "pick", "refusals"),
    "timeline",
)


def install(app: Flask) -> None:
    """Register the pages on the application."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    words.install(app)
    navigation.install(app)
    app.jinja_env.globals["organisation"] = lambda: platform().settings.organisation
    parts = app.jinja_env.get_template("parts.html").module
    app.jinja_env.globals.update({name: getattr(parts, name) for name in PARTS})
    app.jinja_env.globals.update(drawing=_drawing, allowed=_allowed)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


def _drawing(way: Path) -> Markup:
    """The diagram with the way taken; the renderer escapes every label.

    One that nobody laid out is said to be so: whoever has to act on the page still can.
    """
    try:
        drawn = render(way.diagram, passed=way.passed, taken=way.taken, current=way.current)
    except Invalid as problem:
        return Markup('<p class="why">{}</p>').format(in_language(problem.message))
    return Markup(drawn)  # noqa: S704 - our own SVG


def _allowed(endpoint: str) -> bool:
    """Whether the person signed in may call an endpoint."""
    person = somebody()
    return rights.allowed(endpoint, person.roles if person else None)
