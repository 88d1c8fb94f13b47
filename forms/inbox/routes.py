"""Pages of the inbox and of one task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Conflict, Invalid, NotFound
from engine.people import queries as people
from engine.projects import queries as projects
from engine.projects.rules import STAGES
from engine.workflow import queries as workflow
from engine.workflow.commands import add_comment, read_copy, reply_copy, see_task
from engine.workflow.queries import InboxRow
from forms import files
from forms.addresses import asked
from forms.inbox import assigning, lines, opinions
from forms.inbox.answering import answer, changed_rows, remember, unkept
from forms.inbox.page import TaskPage, open_page, reach_task
from forms.platform import acting, me, platform, reading
from forms.render.submission import Submitted
from forms.text import _
from forms.words import stage_name, type_name

blueprint = Blueprint("inbox", __name__, template_folder="templates")
PER_PAGE = 50
COPIES = "copies"
"""The tab of 抄送 and 传阅, which are no tasks."""


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
    page = asked("page") or 1
    return Filters(
        tab=request.args.get("tab", "todo"),
        text=request.args.get("text", "").strip()[:60],
        stage=request.args.get("stage", ""),
        type=request.args.get("type", ""),
        overdue=request.args.get("overdue") == "1",
        page=max(1, min(page, 10_000)),
    )


@blueprint.get("/")
def index() -> str | Response:
    """待办, 已办, 被退回, 曾经办, with true counts (beyond 999: `999+`)."""
    wanted, now = _filters(), clock.now()
    if wanted.tab == COPIES:
        return _shown(wanted)
    with reading() as session:
        rows = _rows(session, wanted, now)
        if not rows and wanted.page > 1:
            return redirect(_page_url(_last(session, wanted, now)))
        tabs = _tabs(session)
        calendar = people.calendar(session)
        beside = lines.Beside.of(session, rows, wanted.tab, me().id, now)
    return render_template(
        "inbox/index.html",
        wanted=wanted,
        tabs=tabs,
        rows=[(row, lines.why(row, beside), lines.due(row.due_at, now, calendar)) for row in rows],
        urgings=beside.urgings,
        more=len(rows) == PER_PAGE,
        page_url=_page_url,
        stages=[(key, stage_name(key)) for key in STAGES],
        types=[(key, type_name(key)) for key in platform().packs],
    )


def _last(session: Session, wanted: Filters, now: datetime) -> int:
    """The last page that holds anything, for an address that goes beyond it."""
    some, none = 1, wanted.page
    while none - some > 1:
        middle = (some + none) // 2
        if _rows(session, replace(wanted, page=middle), now):
            some = middle
        else:
            none = middle
    return some


def _tabs(session: Session) -> list[tuple[str, str, int]]:
    """The tabs with their true numbers; 传阅 counts what is unread or to be replied to."""
    counts = workflow.inbox_counts(session, me().id, clock.now())
    found = [(tab, _(name), counts[tab]) for tab, name in workflow.TABS.items()]
    found.insert(len(found) - 1, (COPIES, _("传阅"), workflow.unread_copies(session, me().id)))
    return found


def _shown(wanted: Filters) -> str:
    """The tab of what others showed this person."""
    with reading() as session:
        rows = workflow.copies(
            session, me().id, limit=PER_PAGE, offset=(wanted.page - 1) * PER_PAGE
        )
        tabs = _tabs(session)
    return render_template(
        "inbox/copies.html",
        wanted=wanted,
        tabs=tabs,
        rows=rows,
        more=len(rows) == PER_PAGE,
        page_url=_page_url,
    )


@blueprint.get("/copies/<int:copy_id>")
def open_copy(copy_id: int) -> Response:
    """Open what was shown to this person: that is its receipt."""
    with reading() as session:
        copy = workflow.copy_of(session, copy_id, me().id)
    if copy is None:
        raise NotFound(_("没有这份传阅"))
    if not copy.archived:
        with acting() as work:
            read_copy(work, copy_id)
    kind, _colon, number = copy.subject.partition(":")
    if copy.task_id is None and kind == "project":
        return redirect(url_for("projects.show", project_id=int(number)))
    return redirect(url_for("inbox.task", task_id=copy.task_id))


@blueprint.post("/copies/<int:copy_id>/reply")
def reply(copy_id: int) -> str | tuple[str, int] | Response:
    """Answer a circulation; what is refused comes back as typed."""
    text = request.form.get("text", "")
    with reading() as session:
        shown = workflow.copy_of(session, copy_id, me().id)
    task = shown.task_id if shown else None
    try:
        with acting() as work:
            reply_copy(work, copy_id, text)
    except Invalid as refusal:
        if task is None:
            raise
        return _show(task, replying=copy_id, reply=text, reply_problem=refusal.message), 422
    flash(_("已回复"))
    there = url_for("inbox.task", task_id=task) if task else url_for("inbox.index", tab=COPIES)
    return redirect(there, 303)


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
    if page.unseen or page.unread:
        with acting() as work:
            if page.unseen:
                see_task(work, task_id)
            for copy in page.unread:
                read_copy(work, copy.id)
    return _render(page)


def _show(
    task_id: int,
    submitted: Submitted | None = None,
    refusal: Invalid | None = None,
    refused: dict[str, str] | None = None,
    **more: str | int,
) -> str:
    with reading() as session:
        page = open_page(session, task_id, me(), submitted)
    if refusal is not None:
        page.sheet.refuse(refusal)
    return _render(page, submitted, refused, **more)


def _render(
    page: TaskPage,
    submitted: Submitted | None = None,
    refused: dict[str, str] | None = None,
    **more: str | int,
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
        chosen_of=request.form.get("of", ""),
        reason=request.form.get("reason", ""),
        **more,
    )


@blueprint.post("/tasks/<int:task_id>/completion")
def completion(task_id: int) -> str | tuple[str, int] | Response:
    """Answer a task, keep a draft of it, or add and remove rows of its form."""
    with reading() as session:
        reached = reach_task(session, task_id, me())  # before its files are kept
    given = files.submitted()
    if "_rows" in given.fields:
        with reading() as session:
            changed = changed_rows(session, reached, given.fields)
        return _show(task_id, changed)
    if opinions.BUTTON in given.fields:
        return _opinion(task_id, given.fields)
    if given.fields.get("verb") == "draft":
        remember(reached, given)
        if given.problems:
            flash(_("草稿已保存，但有文件没有上传成功"), "warning")
            return _show(task_id, given.fields, unkept(given)), 422
        flash(_("草稿已保存"))
        return redirect(url_for("inbox.task", task_id=task_id), 303)
    try:
        done = answer(reached, given)
    except Invalid as refusal:
        return _show(task_id, given.fields, refusal), 422
    flash(done)
    flash(f"task-{task_id}", "kept-done")
    return redirect(_next_task(), 303)


def _opinion(task_id: int, fields: Submitted) -> str | tuple[str, int]:
    """Fill in a usual opinion, keep this one, or forget one; the page keeps what was typed."""
    try:
        changed = opinions.press(fields)
    except (Invalid, Conflict) as refused:
        return _show(task_id, fields, opinion_problem=refused.message), 422
    if said := opinions.told(fields):
        flash(said)
    return _show(task_id, changed)


@blueprint.post("/tasks/<int:task_id>/comments")
def comment(task_id: int) -> str | tuple[str, int] | Response:
    """Say something about the task; `@` tells a colleague."""
    with reading() as session:
        subject = open_page(session, task_id, me()).view.instance.subject
    text = request.form.get("text", "")
    try:
        with acting() as work:
            add_comment(work, f"task:{task_id}", subject, text)
    except Invalid as refusal:
        return _show(task_id, comment=text, comment_problem=refusal.message), 422
    flash(_("已发表"))
    return redirect(url_for("inbox.task", task_id=task_id, _anchor="discussion"), 303)


@blueprint.post("/tasks/<int:task_id>/assignment")
def assign(task_id: int) -> str | tuple[str, int] | Response:
    """Give an open task to somebody else."""
    with reading() as session:
        open_page(session, task_id, me())  # a task out of sight is as if it were not there
    try:
        done = assigning.assign(task_id, request.form)
    except Invalid as refusal:
        return _show(task_id, refused=refusal.problems), 422
    flash(done)
    return redirect(url_for("inbox.task", task_id=task_id), 303)


def _next_task() -> str:
    with reading() as session:
        following = workflow.next_waiting(session, me().id, clock.now())
    if following is None:
        return url_for("inbox.index")
    return url_for("inbox.task", task_id=following)
