"""The composition root: one Flask application over the engine, the paper and the machines."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from engine import db
from engine import settings as installation
from engine.private import keep_private, random_text
from engine.projects.packs import packs_of
from engine.settings import Settings
from forms import addresses, assets, auth, files, http, language, pages
from forms.platform import Platform
from forms.render import markup
from webhooks.inbound.routes import blueprint as inbound

UPLOAD = 64 * 1024 * 1024
"""Bytes of one request at most."""
LONGEST_FIELDS = 4 * 1024 * 1024
"""Bytes of a request's fields, files not counted."""


def create_app(settings: Settings | None = None) -> Flask:
    """The web application of one installation (default: the process's own settings)."""
    chosen = settings or installation.load()
    https = chosen.public_url.startswith("https://")
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=keep_private(chosen.secret_file, random_text),
        SESSION_COOKIE_NAME="__Host-bihuan" if https else "bihuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=https,
        MAX_CONTENT_LENGTH=UPLOAD,
        MAX_FORM_MEMORY_SIZE=LONGEST_FIELDS,
        MAX_FORM_PARTS=20_000,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # the default provider has it
    app.extensions["bihuan"] = Platform(
        chosen, db.connect(chosen.database), packs_of(chosen.bpmn / "packs")
    )
    addresses.install(app)
    assets.install(app)
    language.install(app)
    http.install(app, https=https)
    csrf = CSRFProtect(app)
    auth.install(app)
    markup.install(app, files.token, files.url)
    pages.install(app)
    _listen(app, csrf, chosen)
    return app


def _listen(app: Flask, csrf: CSRFProtect, chosen: Settings) -> None:
    """Take in what machines send: signed, so neither a session nor a CSRF token is asked for."""
    machines = inbound(app.extensions["bihuan"].engine, chosen.var / "webhooks")
    csrf.exempt(machines)
    app.register_blueprint(machines)
