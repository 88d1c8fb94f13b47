"""Usual opinions: the person's own and the office's, filled in by a click, kept by another."""

from __future__ import annotations

from engine.workflow.commands import (
    delete_opinion_template,
    opinion_templates,
    save_opinion_template,
)
from forms.platform import acting, me, reading
from forms.render.submission import Submitted
from forms.text import _

BUTTON = "_opinion"
"""The name of the buttons: `use:3` (the third of the list), `save`, `delete:12` (by number)."""


def press(fields: Submitted) -> Submitted:
    """What the form holds after one of the buttons; what was typed stays."""
    what, _colon, number = str(fields[BUTTON]).partition(":")
    changed = fields.copy()
    if what == "save":
        with acting() as work:
            save_opinion_template(work, str(fields.get("opinion", "")))
    elif what == "delete":
        with acting() as work:
            delete_opinion_template(work, _number(number))
    else:
        changed["opinion"] = _joined(str(fields.get("opinion", "")), _number(number))
    return changed


def _joined(typed: str, place: int) -> str:
    with reading() as session:
        known = opinion_templates(session, me().id)
    text = known[place].text if place < len(known) else ""
    return text if not typed.strip() else f"{typed.rstrip()}\n{text}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def told(fields: Submitted) -> str:
    """The sentence after a template was kept or forgotten."""
    what = str(fields[BUTTON]).partition(":")[0]
    return {"save": _("已存为常用意见"), "delete": _("已删除这条常用意见")}.get(what, "")
