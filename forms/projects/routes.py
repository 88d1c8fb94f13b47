"""Pages of projects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.projects import commands
from engine.projects import queries as projects
from engine.projects.models import Document
from engine.projects.queries import ProjectRow
from engine.projects.rules import STAGES, STATUSES
from engine.risk.commands import watch_spending
from engine.workflow.commands import add_comment
from forms import files
from forms.addresses import asked
from forms.platform import acting, me, platform, reading
from forms.projects import budget
from forms.projects.page import (
    ProjectPage,
    document_class,
    light_class,
    open_page,
    visible_project,
)
from forms.render import Sheet
from forms.text import _
from forms.words import stage_name, type_name

blueprint = Blueprint("projects", __name__, template_folder="templates")
PER_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the address asks for; the URL is the state."""

    text: str
    stage: str
    type: str
    status: str
    year: int | None
    pilot: bool
    page: int


def _filters() -> Filters:
    page = asked("page") or 1
    return Filters(
        text=request.args.get("text", "").strip()[:60],
        stage=request.args.get("stage", ""),
        type=request.args.get("type", ""),
        status=request.args.get("status", ""),
        year=asked("year"),
        pilot=request.args.get("pilot") == "1",
        page=max(1, min(page, 10_000)),
    )


@blueprint.get("/projects")
def index() -> str:
    """The projects that this person may see."""
    wanted = _filters()
    with reading() as session:
        rows, count = _rows(session, wanted)
    return render_template(
        "projects/index.html",
        wanted=wanted,
        rows=rows,
        count=count,
        pages=-(-count // PER_PAGE),
        page_url=_page_url,
        stages=[(key, stage_name(key)) for key in STAGES],
        types=[(key, type_name(key)) for key in platform().packs],
        statuses=[(key, _(name)) for key, name in STATUSES.items()],
        may_start="project_manager" in me().roles,
    )


def _rows(session: Session, wanted: Filters) -> tuple[list[ProjectRow], int]:
    person = me()
    return projects.project_rows(
        session,
        person.id,
        person.grants,
        text=wanted.text,
        stage=wanted.stage,
        type_=wanted.type,
        status=wanted.status,
        year=wanted.year,
        pilot=wanted.pilot,
        limit=PER_PAGE,
        offset=(wanted.page - 1) * PER_PAGE,
    )


def _page_url(page: int) -> str:
    asked: dict[str, Any] = {**request.args.to_dict(), "page": page}
    return url_for("projects.index", **asked)


@blueprint.get("/projects/<int:project_id>")
def show(project_id: int) -> str | Response:
    """One project whole; a draft opens in the wizard of its manager."""
    page = _open(project_id)
    if page.row.status == "draft" and page.mine:
        return redirect(url_for("wizard.edit", project_id=project_id))
    return _show(page, budget.open_sheet(page) if budget.may_adjust(page, me()) else None)


def _open(project_id: int) -> ProjectPage:
    with reading() as session:
        return open_page(session, project_id, me(), asked("year"))


def _show(page: ProjectPage, adjusting: Sheet | None, **more: str) -> str:
    return render_template(
        "projects/show.html",
        page=page,
        adjusting=adjusting,
        document_class=document_class,
        light_of=light_class,
        **more,
    )


@blueprint.post("/projects/<int:project_id>/budget")
def adjust_budget(project_id: int) -> str | tuple[str, int] | Response:
    """Change a line of the year's budget; what the change crosses raises its alert at once."""
    page = _open(project_id)
    sheet, year = budget.open_sheet(page, request.form.copy()), page.year.money.year
    try:
        given = sheet.answers()
        with acting() as work:
            amount = Decimal(given["adjusted"])
            commands.adjust_budget(work, project_id, year, given["source"], amount, given["reason"])
            watch_spending(work, projects.project(work.session, project_id), year)
    except Invalid as refusal:
        sheet.refuse(refusal)
        return _show(page, sheet), 422
    flash(_("已调整 %(year)s 年“%(source)s”的预算", year=year, source=given["source"]))
    return redirect(
        url_for("projects.show", project_id=project_id, year=year, _anchor="money"), 303
    )


@blueprint.post("/projects/<int:project_id>/comments")
def comment(project_id: int) -> str | tuple[str, int] | Response:
    """Say something about the project; `@` tells a colleague."""
    page, text, subject = _open(project_id), request.form.get("text", ""), f"project:{project_id}"
    try:
        with acting() as work:
            add_comment(work, subject, subject, text)
    except Invalid as refusal:
        return _show(page, None, comment=text, comment_problem=refusal.message), 422
    flash(_("已发表"))
    return redirect(url_for("projects.show", project_id=project_id, _anchor="discussion"), 303)


@blueprint.post("/documents/<int:document_id>/file")
def hand_in(document_id: int) -> Response:
    """Put a file in place of a gate's document."""
    with reading() as session:
        _document(session, document_id)  # out of sight is as if it were not there: nothing is kept
    kept = files.uploaded("file")
    with acting() as work:
        document = _document(work.session, document_id)
        commands.hand_in_document(
            work,
            document.id,
            sha256=kept["sha256"],
            file_name=kept["name"],
            size=kept["size"],
            note=request.form.get("note", "")[:300],
        )
        where = document.project_id
    flash(_("已收到“%(name)s”", name=document.name))
    return redirect(url_for("projects.show", project_id=where, _anchor=f"d{document_id}"), 303)


def _document(session: Session, document_id: int) -> Document:
    found = projects.document(session, document_id)
    visible_project(session, found.project_id, me())
    return found


@blueprint.get("/documents/<int:document_id>/file")
def open_document(document_id: int) -> Response:
    """Send a gate's document to whoever may see its project."""
    with reading() as session:
        document = _document(session, document_id)
    return files.send(document.sha256 or "", document.file_name or document.name)
