"""批量同意: what stands in the way is shown first, then each item has its own result."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import BihuanError, NotFound
from engine.workflow import commands
from engine.workflow import queries as workflow
from engine.workflow.queries.batch import MOST, VERB, batch_blockers
from forms.inbox.page import check_visible
from forms.platform import acting, me, reading
from forms.text import _

blueprint = Blueprint("batch", __name__, template_folder="templates")


@dataclass(frozen=True)
class Line:
    """One item: what it is, and why it cannot be approved here, or what became of it."""

    task_id: int
    title: str
    about: str
    problem: str | None


@blueprint.get("/batch")
def prepare() -> str:
    """Which of the ticked items can be approved together, and why the others cannot."""
    wanted = _numbers(request.args.getlist("task"))
    return _page(wanted)


def _page(wanted: list[int], opinion: str = "", problem: str = "") -> str:
    """Those items; none is ticked any more where the answer was that none had been."""
    with reading() as session:
        lines = _looked_at(session, wanted[:MOST])
    return render_template(
        "inbox/batch.html",
        lines=lines,
        most=MOST,
        left_out=len(wanted[MOST:]),
        opinion=opinion,
        problem=problem,
    )


@blueprint.post("/batch")
def approve() -> str | tuple[str, int]:
    """Approve one after another, each for itself; one that fails stops none of the others."""
    opinion, ticked = request.form.get("opinion", ""), _numbers(request.form.getlist("task"))
    if not ticked:
        listed = _numbers(request.form.getlist("listed"))
        return _page(listed, opinion, _("请先选择要同意的事项")), 422
    with reading() as session:
        lines = _looked_at(session, ticked[:MOST])
    done = [one if one.problem else _approve(one, opinion) for one in lines]
    return render_template("inbox/batch_done.html", lines=done, opinion=opinion.strip())


def _numbers(texts: list[str]) -> list[int]:
    """The items asked for, each once."""
    numbers = [int(one) for one in texts if one.isascii() and one.isdigit() and len(one) < 16]
    return list(dict.fromkeys(numbers))


def _looked_at(session: Session, wanted: list[int]) -> list[Line]:
    blockers = batch_blockers(session, me().id, wanted, clock.now())
    return [_line(session, one, blockers[one]) for one in wanted]


def _line(session: Session, task_id: int, problem: str | None) -> Line:
    """An item in words; nothing is told of one that is out of sight."""
    try:
        reached = workflow.reach(session, task_id, me().id, faculties=me().faculties)
        check_visible(session, reached, me())
    except NotFound as hidden:
        return Line(task_id, "", "", hidden.message)
    return Line(task_id, reached.task.title, reached.instance.title, problem)


def _approve(line: Line, opinion: str) -> Line:
    try:
        with acting() as work:
            commands.complete_task(work, line.task_id, VERB, {}, opinion=opinion)
    except BihuanError as refused:
        return Line(line.task_id, line.title, line.about, refused.message or _("没有办成"))
    return line
