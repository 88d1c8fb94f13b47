"""What every answer has: a request's number, strict headers, and failures told in plain words."""

from __future__ import annotations

import logging
import re
import secrets
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from engine.errors import BihuanError
from forms import resume
from forms.platform import keep_from_database, somebody
from forms.text import _, in_language

log = logging.getLogger("bihuan.forms")
AWAY = (OperationalError, InterfaceError)
"""How a database that cannot be reached shows itself."""
STATUS = {
    "error": 500,
    "not_found": 404,
    "forbidden": 403,
    "conflict": 409,
    "invalid": 422,
    "unavailable": 503,
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_GIVEN = re.compile(r"^[A-Za-z0-9-]{8,64}$")


def install(app: Flask, *, https: bool) -> None:
    """Number requests, harden answers and turn failures into pages."""
    app.before_request(_number)
    app.before_request(_bound)
    app.after_request(lambda response: _harden(response, https))
    app.register_error_handler(BihuanError, _told)
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(DataError, _unkept)
    app.register_error_handler(OverflowError, _unkept)
    for kind in AWAY:
        app.register_error_handler(kind, _away)
    app.register_error_handler(Exception, _broken)


def _bound() -> None:
    """Fields of a form are few bytes, whichever way they are sent; only files are large."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = request.max_form_memory_size


def _number() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _GIVEN.match(given) else secrets.token_hex(8)


def _harden(response: Response, https: bool) -> Response:
    wanted = dict(HEADERS)
    if https:
        wanted["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "request_id" in g:
        wanted["X-Request-Id"] = g.request_id
    if not request.path.startswith("/static/"):
        wanted["Cache-Control"] = "no-store"
    # Headers are looked for one by one, so those given are looked at once.
    given = {name.lower() for name, _value in response.headers}
    response.headers.extend(
        (name, value) for name, value in wanted.items() if name.lower() not in given
    )
    return response


def _told(error: BihuanError) -> tuple[Any, int]:
    return failure(_status(error), in_language(error.message), error.code)


def _status(error: BihuanError) -> int:
    """By the code of the error or of what it is a kind of."""
    codes = (getattr(kind, "code", "") for kind in type(error).__mro__)
    return next(STATUS[code] for code in codes if code in STATUS)


def _stale_page(_error: CSRFError) -> tuple[Any, int]:
    if somebody() is None and request.form:
        return resume.ask_to_sign_in(), 401
    return failure(400, _("这个页面打开得太久或登录已变化，没有提交成功"), "stale_page")


def _refused(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if error.code == 405 and request.method == "GET" and not wants_json() and (page := nearest()):
        return redirect(page)
    told = {
        404: _("没有找到您要的页面"),
        405: _("这个地址不能这样打开"),
        413: _("上传的内容过大"),
    }
    return failure(error.code, told.get(error.code, _("请求没有被接受")), "http")


def nearest() -> str:
    """The page to which the address of an act belongs (`/tasks/7` to `/tasks/7/completion`).

    The answer to a refused act stands at the act's address: who opens that again, or changes the
    language there, is led to the thing itself. "" where nothing above it is a page.
    """
    routes, path = current_app.create_url_adapter(request), request.path
    while path.strip("/"):
        if routes is not None and routes.test(path, "GET"):
            return path
        path = path.rpartition("/")[0]
    return ""


def _unkept(error: Exception) -> tuple[Any, int]:
    """What no database column holds: a zero byte, a number of thirty digits, an endless name."""
    log.warning("request %s gave what cannot be kept", g.get("request_id", "-"), exc_info=error)
    return failure(422, _("填写的内容中有系统不能保存的字符、长度或数字，没有提交成功"), "invalid")


def _away(error: Exception) -> tuple[Any, int]:
    """The database cannot be reached, or ended in the middle: a commit may or may not have been."""
    log.error("request %s lost the database", g.get("request_id", "-"), exc_info=error)
    keep_from_database()
    told = _("系统暂时连不上数据库，请稍后到待办中查看刚才的操作是否已经完成")
    return failure(503, told, "unavailable")


def _broken(error: Exception) -> tuple[Any, int]:
    log.error("request %s failed", g.get("request_id", "-"), exc_info=error)
    return failure(500, _("系统出了差错，您的操作没有完成"), "error")


def failure(status: int, message: str, code: str) -> tuple[Any, int]:
    """A failure as JSON for machines and as a page that says what to do next for people."""
    if wants_json():
        error = {"code": code, "message": message, "request": g.get("request_id")}
        return jsonify({"error": error}), status
    told = {"status": status, "message": message, "code": code, "typed": resume.words()}
    told["thing"] = nearest() if code == "conflict" else ""
    page = partial(render_template, "error.html", **told)
    try:
        return page(), status
    except AWAY:  # the page's own navigation lost the database: it is left out
        keep_from_database()
        return page(), status


def wants_json() -> bool:
    """Whether the caller is a machine."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json" or request.path.startswith(("/api/", "/webhooks/"))
