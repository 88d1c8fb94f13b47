"""One way to change things from the administration's pages: act, or show the same page with why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine.errors import Conflict, Forbidden, Invalid
from engine.work import Work
from forms.platform import acting
from forms.text import _

Given = MultiDict[str, str]
Page = Callable[[Given, dict[str, str]], str]
Answer = str | tuple[str, int] | Response


def change(act: Callable[[Work], Any], page: Page, target: str) -> Answer:
    """Run a command and go to `target`; what is refused comes back as typed, with the reason."""
    try:
        with acting() as work:
            act(work)
    except (Invalid, Conflict, Forbidden) as refusal:
        problems = getattr(refusal, "problems", None) or {refusal.field or "": refusal.message}
        return page(request.form, problems), 409 if isinstance(refusal, Conflict) else 422
    flash(_("已保存"))
    return redirect(target, 303)


def number(name: str) -> int:
    """A whole number from the submitted form."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Invalid(_("请选择"), field=name)
    return int(text)
