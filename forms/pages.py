"""The pages: every folder's blueprint, and what all templates share."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from engine.workflow.queries import Path
from forms import files, navigation, words
from forms.inbox.routes import blueprint as inbox
from forms.platform import platform
from reports.diagram import render

BLUEPRINTS = (inbox, files.blueprint)
PARTS = ("ask", "choose", "csrf", "due_mark", "pager", "refusals", "timeline")


def install(app: Flask) -> None:
    """Register the pages on the application."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    words.install(app)
    navigation.install(app)
    app.jinja_env.globals["organisation"] = lambda: platform().settings.organisation
    parts = app.jinja_env.get_template("parts.html").module
    app.jinja_env.globals.update({name: getattr(parts, name) for name in PARTS})
    app.jinja_env.globals["drawing"] = _drawing
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


def _drawing(way: Path) -> Markup:
    """The diagram with the way taken; the renderer escapes every label."""
    drawn = render(way.diagram, passed=way.passed, taken=way.taken, current=way.current)
    return Markup(drawn)  # noqa: S704 - our own SVG
