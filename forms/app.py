"""The composition root: one Flask application over the engine, the paper and the machines."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from engine import db
from engine import settings as installation
from engine.projects.packs import load_packs
from engine.settings import Settings
from forms import assets, auth, files, http, language, pages
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
        SECRET_KEY=secret_key(chosen.secret_file),
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
        chosen, db.connect(chosen.database), load_packs(chosen.bpmn / "packs")
    )
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


def secret_key(file: Path) -> str:
    """The key that signs cookies, made at first use and readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        mine = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(mine, file)
        mine.unlink()
    return file.read_text().strip()
