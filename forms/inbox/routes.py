"""Pages of the inbox and of one task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Invalid
from engine.people import queries as people
from engine.projects import queries as projects
from engine.projects.rules import STAGES
from engine.workflow import queries as workflow
from engine.workflow.commands import see_task
from engine.workflow.queries import InboxRow
from forms import files
from forms.inbox import assigning, lines
from forms.inbox.answering import answer, changed_rows, remember
from forms.inbox.page import TaskPage, check_reachable, open_page
from forms.platform import acting, me, platform, reading
from forms.render.submission import Submitted
from forms.text import _
from forms.words import stage_name, type_name

blueprint = Blueprint("inbox", __name__, template_folder="templates")
PER_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the address asks for; the URL is the state."""

    tab: str
    text: str
    stage: str
    type: str
    overdue: bool
    page: int


def _filters() -> Filters:
    page = request.args.get("page", 1, int)
    return Filters(
        tab=request.args.get("tab", "todo"),
        text=request.args.get("text", "").strip()[:60],
        stage=request.args.get("stage", ""),
        type=request.args.get("type", ""),
        overdue=request.args.get("overdue") == "1",
        page=max(1, min(page, 10_000)),
    )


@blueprint.get("/")
def index() -> str:
    """待办, 已办, 被退回, 曾经办, with true counts."""
    wanted, now = _filters(), clock.now()
    with reading() as session:
        rows = _rows(session, wanted, now)
        counts = workflow.inbox_counts(session, me().id, now)
        calendar = people.calendar(session)
    return render_template(
        "inbox/index.html",
        wanted=wanted,
        tabs=[(tab, _(name), counts[tab]) for tab, name in workflow.TABS.items()],
        rows=[(row, lines.why(row), lines.due(row.due_at, now, calendar)) for row in rows],
        more=len(rows) == PER_PAGE,
        page_url=_page_url,
        stages=[(key, stage_name(key)) for key in STAGES],
        types=[(key, type_name(key)) for key in platform().packs],
    )


def _rows(session: Session, wanted: Filters, now: datetime) -> list[InboxRow]:
    return workflow.inbox(
        session,
        me().id,
        now,
        tab=wanted.tab,
        text=wanted.text,
        subjects=_subjects(session, wanted),
        overdue=wanted.overdue,
        limit=PER_PAGE,
        offset=(wanted.page - 1) * PER_PAGE,
    )


def _subjects(session: Session, wanted: Filters) -> set[str] | None:
    """The projects of the stage and type asked for; None when neither is."""
    if not wanted.stage and not wanted.type:
        return None
    return projects.subjects(session, stage=wanted.stage, type_=wanted.type)


def _page_url(page: int) -> str:
    asked: dict[str, Any] = {**request.args.to_dict(), "page": page}
    return url_for("inbox.index", **asked)


@blueprint.get("/tasks/<int:task_id>")
def task(task_id: int) -> str:
    """One task: all that the decision needs on one page."""
    with reading() as session:
        page = open_page(session, task_id, me())
    if page.unseen:
        with acting() as work:
            see_task(work, task_id)
    return _render(page)


def _show(
    task_id: int,
    submitted: Submitted | None = None,
    refusal: Invalid | None = None,
    refused: dict[str, str] | None = None,
) -> str:
    with reading() as session:
        page = open_page(session, task_id, me(), submitted)
    if refusal is not None:
        page.sheet.refuse(refusal)
    return _render(page, submitted, refused)


def _render(
    page: TaskPage, submitted: Submitted | None = None, refused: dict[str, str] | None = None
) -> str:
    typed: Submitted = submitted or MultiDict()
    draft = page.view.draft
    return render_template(
        "inbox/task.html" if page.task.state == "open" else "inbox/closed.html",
        page=page,
        opinion=typed.get("opinion", draft.opinion if draft else ""),
        return_to=typed.get("return_to", ""),
        direct=typed.get("direct", ""),
        refused=refused or {},
        chosen=request.form.get("person", ""),
        reason=request.form.get("reason", ""),
    )


@blueprint.post("/tasks/<int:task_id>/completion")
def completion(task_id: int) -> str | tuple[str, int] | Response:
    """Answer a task, keep a draft of it, or add and remove rows of its form."""
    with reading() as session:
        check_reachable(session, task_id, me())  # before its files are kept
    given = files.submitted()
    if "_rows" in given.fields:
        with reading() as session:
            changed = changed_rows(session, task_id, given.fields)
        return _show(task_id, changed)
    if given.fields.get("verb") == "draft":
        remember(task_id, given)
        flash(_("草稿已保存"))
        return redirect(url_for("inbox.task", task_id=task_id), 303)
    try:
        done = answer(task_id, given)
    except Invalid as refusal:
        return _show(task_id, given.fields, refusal), 422
    flash(done)
    flash(f"task-{task_id}", "kept-done")
    return redirect(_next_task(), 303)


@blueprint.post("/tasks/<int:task_id>/assignment")
def assign(task_id: int) -> str | tuple[str, int] | Response:
    """Give an open task to somebody else."""
    with reading() as session:
        open_page(session, task_id, me())  # a task out of sight is as if it were not there
    try:
        done = assigning.assign(
            task_id, request.form.get("person", ""), request.form.get("reason", "")
        )
    except Invalid as refusal:
        return _show(task_id, refused=refusal.problems), 422
    flash(done)
    return redirect(url_for("inbox.task", task_id=task_id), 303)


def _next_task() -> str:
    with reading() as session:
        rows = workflow.inbox(session, me().id, clock.now(), limit=1)
    if not rows:
        return url_for("inbox.index")
    return url_for("inbox.task", task_id=rows[0].task_id)
