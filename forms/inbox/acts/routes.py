"""The page of one act with a task: shown, searched in, done."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Conflict, Forbidden, Invalid
from engine.people import queries as people
from engine.workflow import queries as workflow
from engine.workflow.models import Task
from forms.choosing import SOUGHT
from forms.inbox.acts.menu import find, refusal_of
from forms.inbox.acts.model import Act, Given, Scene
from forms.inbox.acts.persons import choice
from forms.inbox.page import check_visible
from forms.platform import acting, me, reading
from forms.text import _

blueprint = Blueprint("acts", __name__, template_folder="../templates")


def scene_of(session: Session, task_id: int) -> Scene:
    """The task as the person signed in sees it; `NotFound` if it is not their business."""
    now, person = clock.now(), me()
    view = workflow.task_view(session, task_id, person.id, faculties=person.faculties)
    check_visible(session, view, person)
    return Scene(session, view, person, now)


@blueprint.get("/tasks/<int:task_id>/acts/<key>")
def show(task_id: int, key: str) -> str:
    """The form of an act: whom, how, why, and what happens then."""
    return _render(task_id, find(key), Given(option=request.args.get("option", "")))


@blueprint.post("/tasks/<int:task_id>/acts/<key>")
def do(task_id: int, key: str) -> str | tuple[str, int] | Response:
    """Do it, or look for people and show the form again."""
    act, given = find(key), _given()
    if "_search" in request.form:
        return _render(task_id, act, given)
    with reading() as session:
        possible = refusal_of(scene_of(session, task_id), act) is None
    if possible and (missing := _missing(act, given)):
        return _render(task_id, act, given, missing), 422
    try:
        with acting() as work:
            act.perform(work, task_id, given)
            there = _goes_to(work.session, task_id, act)
            names = "、".join(one.name for one in people.person_rows(work.session, given.persons))
    except (Invalid, Conflict) as refusal:
        if isinstance(refusal, Conflict) and _shut(task_id, act):
            raise
        problems = getattr(refusal, "problems", {})
        told = {act.fields.get(name, name): said for name, said in problems.items()}
        page = _render(task_id, act, given, told or {"": refusal.message})
        return page, 409 if isinstance(refusal, Conflict) else 422
    flash(str(act.done) % {"whom": names} if act.whom in ("one", "many") else str(act.done))
    return redirect(url_for("inbox.task", task_id=there), 303)


def _missing(act: Act, given: Given) -> dict[str, str]:
    """All that was left out, by field, so that one answer names it."""
    problems = {}
    if act.whom != "nobody" and not given.persons:
        problems["person"] = _("请选择人员")
    if act.text_label and act.text_needed and not given.text.strip():
        problems["text"] = _("请填写%(what)s", what=act.text_label)
    return problems


def _shut(task_id: int, act: Act) -> bool:
    """Whether the act cannot be done now whatever is filled in."""
    with reading() as session:
        return refusal_of(scene_of(session, task_id), act) is not None


def _goes_to(session: Session, task_id: int, act: Act) -> int:
    """The task to show next: itself, or the one that stands open again in its place."""
    if act.open_task is not False:
        return task_id
    task = session.get_one(Task, task_id)
    again = (
        select(Task.id)
        .where(Task.instance_id == task.instance_id, Task.node == task.node, Task.state == "open")
        .order_by(Task.id.desc())
    )
    return session.scalar(again.limit(1)) or task_id


def _given() -> Given:
    form = request.form
    numbers = [int(one) for one in form.getlist("person") if one.isascii() and one.isdigit()]
    return Given(
        persons=tuple(dict.fromkeys(one for one in numbers if one < 2**53))[:200],
        option=form.get("option", ""),
        text=form.get("text", ""),
        ticked=form.get("tick") == "1",
    )


def _render(task_id: int, act: Act, given: Given, problems: dict[str, str] | None = None) -> str:
    sought = request.form.get("q", "").strip()[:SOUGHT]
    with reading() as session:
        scene = scene_of(session, task_id)
        refused = refusal_of(scene, act)
        if refused and request.method == "POST":
            raise Forbidden(refused)
        chosen = None
        if refused is None and act.whom != "nobody":
            chosen = choice(scene, act, given, sought)
    return render_template(
        "inbox/act.html",
        act=act,
        view=scene.view,
        given=given,
        refusal=refused,
        choice=chosen,
        problems=problems or {},
        title=_("%(act)s · %(task)s", act=str(act.label), task=_(scene.task.title)),
    )
