"""Chinese first, English second: the choice is kept in a cookie."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response

from forms import text
from forms.resume import inside

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "bihuan_language"
blueprint = Blueprint("language", __name__)


def chosen() -> str:
    """The language of this request."""
    language = request.cookies.get(COOKIE, "zh")
    return language if language in LANGUAGES else "zh"


@blueprint.post("/language")
def choose() -> Response:
    """Keep the language chosen in the footer, and stay on the page."""
    response = redirect(inside(request.form.get("next")), 303)
    language = request.form.get("language", "zh")
    if language in LANGUAGES:
        response.set_cookie(
            COOKIE, language, max_age=31_536_000, samesite="Lax", httponly=True, path="/"
        )
    return response


def install(app: Flask) -> None:
    """Let Babel speak the chosen language."""
    text.install(app, chosen)
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, language=chosen)
