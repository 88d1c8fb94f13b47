"""Signing in and out, changing the password, and the first administrator of a new installation."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine import clock, work
from engine.errors import BihuanError, Forbidden, Invalid, NotFound
from engine.people import access, sessions
from engine.people.models import Person
from engine.people.passwords import matches
from engine.people.sessions import SignedIn
from engine.work import MACHINE, Actor
from forms import resume, rights
from forms.platform import acting, me, platform, reading, somebody, without_database
from forms.text import _

blueprint = Blueprint("auth", __name__)


@dataclass(frozen=True)
class Visitor:
    """Flask-Login's user: the person behind a session's secret."""

    secret: str
    person: SignedIn
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the signed cookie keeps."""
        return self.secret


def install(app: Flask) -> None:
    """Recognise people by their session, and hold every request against the table of rights."""
    manager = LoginManager(app)
    manager.session_protection = None  # sessions live in the database, where they can be ended
    manager.user_loader(_visitor)
    app.before_request(_guard)
    app.register_blueprint(blueprint)


def _visitor(secret: str) -> Visitor | None:
    if without_database():
        return None
    with reading() as opened:
        person = sessions.signed_in(opened, secret, clock.now())
    if person is None:
        return None
    if person.stale:
        with work.begin(platform().engine, Actor(person.id, person.name)) as begun:
            sessions.note_request(begun, secret)
    return Visitor(secret, person)


def _guard() -> tuple[str, int] | Response | None:
    if request.endpoint is None or rights.RIGHTS.get(request.endpoint) in ("anyone", "machine"):
        return None
    person = somebody()
    if person is None:
        return resume.ask_to_sign_in(), 401
    if person.must_change_password and request.endpoint not in ("auth.password", "auth.sign_out"):
        return redirect(url_for("auth.password"), 303)
    if not rights.allowed(request.endpoint, person.roles):
        raise Forbidden(_("您的角色不能打开这个页面"))
    return None


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | tuple[str, int] | Response:
    """Ask for login and password; nothing tells whether the login exists."""
    target = resume.inside(request.values.get("next"))
    if request.method == "GET":
        return redirect(target, 303) if somebody() else _ask(target, None)
    login, given = request.form.get("login", ""), request.form.get("password", "")
    with reading() as opened:
        kept_hash = access.kept_password(opened, login)
    proven = kept_hash if matches(kept_hash, given) else ""  # slow: outside of the work
    with work.begin(platform().engine, MACHINE) as begun:
        attempt = access.sign_in(begun, login, given, proven)
        if attempt.person is None:
            return _ask(target, _refusal(attempt), login), 401
        secret = sessions.begin_session(begun, attempt.person, request.user_agent.string)
    _let_in(secret)
    kept = resume.carried()
    if kept:
        return render_template("resume.html", target=target, kept=kept)
    return redirect(target, 303)


def _refusal(attempt: access.SignIn) -> str:
    if attempt.locked_until and attempt.locked_until > clock.now():
        until = clock.local(attempt.locked_until).strftime("%H:%M")
        return _("连续多次输入错误，账号已锁定到 %(until)s。忘记密码请联系管理员", until=until)
    return _("登录名或密码不正确")


def _ask(target: str, problem: str | None, login: str = "") -> str:
    with reading() as opened:
        fresh = opened.scalar(select(Person.id).limit(1)) is None
    return render_template(
        "sign_in.html",
        next=target,
        kept=resume.carried(),
        problem=problem,
        login=login,
        fresh=fresh,
    )


def _let_in(secret: str) -> None:
    """Begin with an empty cookie, so that nothing set before sign-in lives on."""
    session.clear()
    visitor = _visitor(secret)
    assert visitor is not None, "a session just begun is open"
    login_user(visitor)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session on this device."""
    with acting() as begun:
        sessions.end_session(begun, str(session.get("_user_id", "")))
    logout_user()
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.post("/sign-out/everywhere")
def sign_out_everywhere() -> Response:
    """End all sessions of the person."""
    with acting() as begun:
        sessions.end_all_sessions(begun, me().id)
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> str | tuple[str, int] | Response:
    """Change the password; every other session ends, this one begins anew."""
    if request.method == "GET":
        return render_template("password.html", problems={})
    try:
        with acting() as begun:
            _check_repeated()
            person = access.change_password(
                begun, me().id, request.form.get("old", ""), request.form.get("password", "")
            )
            secret = sessions.begin_session(begun, person, request.user_agent.string)
    except Invalid as refusal:
        return render_template("password.html", problems=refusal.problems), 422
    _let_in(secret)
    return redirect("/", 303)


def _check_repeated() -> None:
    if request.form.get("password") != request.form.get("again"):
        raise Invalid(_("两次输入的新密码不一致"), field="again")


@blueprint.route("/setup", methods=["GET", "POST"])
def setup() -> str | tuple[str, int] | Response:
    """The first administrator of a fresh installation, by the token printed on its console."""
    token_file = platform().settings.var / "setup-token"
    if not token_file.is_file():
        raise NotFound(_("系统已经启用，请登录"))
    if request.method == "GET":
        return render_template("setup.html", problems={}, given={})
    given = request.form
    try:
        if not hmac.compare_digest(
            token_file.read_text().strip().encode(), given.get("token", "").strip().encode()
        ):
            raise Invalid(_("安装口令不正确，请看启动时的控制台"), field="token")
        _check_repeated()
        _first_administrator()
    except BihuanError as refusal:
        problems = getattr(refusal, "problems", None) or {refusal.field or "": refusal.message}
        return render_template("setup.html", problems=problems, given=given), 422
    token_file.unlink(missing_ok=True)
    return redirect(url_for("auth.sign_in"), 303)


def _first_administrator() -> None:
    with work.begin(platform().engine, MACHINE) as begun:
        access.create_first_administrator(
            begun,
            district=platform().settings.district,
            login=request.form.get("login", ""),
            name=request.form.get("name", ""),
            password=request.form.get("password", ""),
        )
