"""Changing a year's budget from the project page: what is asked, and who may answer."""

from __future__ import annotations

from typing import Any

from engine.people.policy import covers
from engine.people.sessions import SignedIn
from forms.projects.page import ProjectPage
from forms.render import FormSchema, Sheet, build
from forms.render.submission import Submitted
from forms.text import _

ADJUSTERS = ("budget_reviewer",)
REASON = 500


def may_adjust(page: ProjectPage, person: SignedIn) -> bool:
    """Whether this person is shown the form; the command decides."""
    active = page.row.status == "active" and bool(page.year.lines)
    return active and not page.mine and covers(person.grants, ADJUSTERS, page.row.unit_path)


def open_sheet(page: ProjectPage, submitted: Submitted | None = None) -> Sheet:
    """The form over the year's budget lines, with what was just typed in it if anything was."""
    return build(FormSchema.load({"components": _questions(page)}), {}, submitted)


def _questions(page: ProjectPage) -> list[dict[str, Any]]:
    sources = [{"value": line.source, "label": line.source} for line, _budget in page.year.lines]
    return [
        {
            "type": "select",
            "key": "source",
            "label": _("资金来源"),
            "values": sources,
            "defaultValue": sources[0]["value"] if len(sources) == 1 else None,
            "validate": {"required": True},
        },
        {
            "type": "number",
            "key": "adjusted",
            "label": _("调整后全年预算"),
            "decimalDigits": 2,
            "appearance": {"suffixAdorner": _("元")},
            "validate": {"required": True, "min": 0},
        },
        {
            "type": "textarea",
            "key": "reason",
            "label": _("调整原因"),
            "description": _("写明批准文件或会议纪要"),
            "validate": {"required": True, "maxLength": REASON},
        },
    ]
