"""Pages of the wizard: every step can be saved at any time; the last one checks and sends."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import Forbidden, Invalid, NotFound
from engine.projects import commands
from engine.projects import queries as projects
from engine.projects.models import Project
from engine.projects.rules import DELETED
from forms.platform import acting, me, platform, reading
from forms.projects.wizard import blank, merge, steps, typed
from forms.render import Sheet, build
from forms.text import _

blueprint = Blueprint("wizard", __name__, template_folder="templates")


@blueprint.get("/projects/new")
def begin() -> str:
    """The first step of a new project."""
    draft = blank(clock.local(clock.now()).year)
    return _page(None, "kind", build(steps(platform().packs)[0].schema, typed(draft)))


@blueprint.post("/projects")
def create() -> str | tuple[str, int] | Response:
    """Keep the first step as a draft."""
    schema = steps(platform().packs)[0].schema
    sheet = build(schema, {}, request.form.copy())
    try:
        draft = merge(blank(clock.local(clock.now()).year), sheet.answers())
    except Invalid:
        return _page(None, "kind", sheet), 422
    with acting() as work:
        project = commands.create_project(work, draft)
    return redirect(url_for("wizard.edit", project_id=project.id, step="money"), 303)


@blueprint.get("/projects/<int:project_id>/draft")
def edit(project_id: int) -> str:
    """One step of a draft, or checking and sending."""
    project = _own(project_id)
    wanted = request.args.get("step", "kind")
    draft = commands.draft_of(project)
    known = {step.key: step for step in steps(platform().packs)}
    if wanted not in known:
        return _page(project, "check", None, draft.problems(platform().packs))
    return _page(project, wanted, build(known[wanted].schema, typed(draft)))


@blueprint.post("/projects/<int:project_id>/draft")
def save(project_id: int) -> str | tuple[str, int] | Response:
    """Save one step as it stands, and go on or stop."""
    project = _own(project_id)
    all_steps = steps(platform().packs)
    keys = [step.key for step in all_steps] + ["check"]
    place = next((n for n, key in enumerate(keys[:-1]) if key == request.form.get("step")), 0)
    sheet = build(all_steps[place].schema, {}, request.form.copy())
    try:
        answers = sheet.answers(complete=False)
    except Invalid:
        return _page(project, keys[place], sheet), 422
    with acting() as work:
        commands.update_draft(work, project_id, merge(commands.draft_of(project), answers))
    flash(_("已保存"))
    stop = request.form.get("go") == "later"
    target = keys[place] if stop else keys[place + 1]
    return redirect(url_for("wizard.edit", project_id=project_id, step=target), 303)


@blueprint.post("/projects/<int:project_id>/start")
def start(project_id: int) -> str | tuple[str, int] | Response:
    """Send the draft on its way."""
    try:
        with acting() as work:
            commands.start_project(work, project_id, platform().packs)
    except Invalid as refusal:
        return _page(_own(project_id), "check", None, refusal.problems), 422
    flash(_("项目已提交，请继续填报立项申报书"))
    return redirect(url_for("inbox.index"), 303)


@blueprint.post("/projects/<int:project_id>/deletion")
def delete(project_id: int) -> Response:
    """Delete one's own draft."""
    with acting() as work:
        project = commands.delete_draft(work, project_id)
    flash(_("已删除草稿“%(name)s”", name=project.name or project.code))
    return redirect(url_for("projects.index"), 303)


def _own(project_id: int) -> Project:
    with reading() as session:
        project = projects.project(session, project_id)
    if project.status == DELETED:
        raise NotFound(_("草稿已经删除"))
    if project.manager_id != me().id:
        raise Forbidden(_("只有项目经办人可以修改或提交草稿"))
    return project


def _page(
    project: Project | None, here: str, sheet: Sheet | None, problems: dict[str, str] | None = None
) -> str:
    known = steps(platform().packs)
    return render_template(
        "projects/wizard.html",
        project=project,
        here=here,
        steps=[(step.key, step.title) for step in known] + [("check", _("检查并提交"))],
        sheet=sheet,
        problems=problems or {},
        packs=platform().packs,
        places={part.key: step.key for step in known for part in step.schema.components},
    )
