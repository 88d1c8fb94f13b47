"""The page of one indicator: what was promised, what was seen, what colleagues say about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Invalid, NotFound
from engine.indicators import queries as indicators
from engine.indicators.models import Observation
from engine.indicators.queries import IndicatorView
from engine.projects import queries as projects
from engine.projects.queries import ProjectRow
from engine.workflow import queries as workflow
from engine.workflow.commands import add_comment
from engine.workflow.models import Comment
from forms.platform import acting, me, reading
from forms.projects.page import light_class, visible_project
from forms.text import _

blueprint = Blueprint("indicators", __name__, template_folder="templates")


@dataclass(frozen=True)
class IndicatorPage:
    """All that one page shows of an indicator; observations are the newest first."""

    view: IndicatorView
    row: ProjectRow
    observations: list[Observation]
    comments: list[Comment]

    @property
    def subject(self) -> str:
        """The indicator as comments name it."""
        return f"indicator:{self.view.target.id}"


def _open(session: Session, target_id: int) -> IndicatorPage:
    """The page; an indicator of a project out of sight is as if it were not there."""
    target = indicators.target(session, target_id)
    if target is None:
        raise NotFound(_("没有这个指标，或者它不在您的权限范围内"))
    visible_project(session, target.project_id, me())
    return IndicatorPage(
        view=indicators.indicator_view(session, target, clock.now()),
        row=projects.row(session, target.project_id),
        observations=indicators.observations(session, target_id),
        comments=workflow.comments(session, f"indicator:{target_id}"),
    )


@blueprint.get("/indicators/<int:target_id>")
def show(target_id: int) -> str:
    """One indicator."""
    return _page(target_id)


def _page(target_id: int, comment: str = "", problem: str | None = None) -> str:
    with reading() as session:
        page = _open(session, target_id)
    return render_template(
        "projects/indicator.html",
        page=page,
        light_of=light_class,
        comment=comment,
        comment_problem=problem,
    )


@blueprint.post("/indicators/<int:target_id>/comments")
def comment(target_id: int) -> str | tuple[str, int] | Response:
    """Say something about the indicator; `@` tells a colleague."""
    with reading() as session:
        page = _open(session, target_id)
    text = request.form.get("text", "")
    try:
        with acting() as work:
            add_comment(work, page.subject, page.row.subject, text)
    except Invalid as refusal:
        return _page(target_id, text, refusal.message), 422
    flash(_("已发表"))
    return redirect(url_for("indicators.show", target_id=target_id, _anchor="discussion"), 303)
