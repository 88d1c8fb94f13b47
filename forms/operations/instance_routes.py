"""Pages of all processes: search, one of them, and what may be done to it from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.errors import Conflict, Forbidden, Invalid
from engine.work import Work
from engine.workflow import commands
from engine.workflow.archive.commands import restore_instance
from engine.workflow.deployments import redeploy
from engine.workflow.models import Instance, ServiceCall, Task
from forms.operations import archived, instances, migrating
from forms.operations.instances import check_typed
from forms.operations.searching import Filters, open_list
from forms.platform import acting, me, reading
from forms.text import _

blueprint = Blueprint("instances", __name__, template_folder="templates")
Answer = str | tuple[str, int] | Response
Act = Callable[[Work, str], Any]


@blueprint.get("/operations/instances")
def index() -> str:
    """All processes by what is looked for."""
    filters = Filters.given()
    with reading() as session:
        found = open_list(session, filters)
    after = replace(filters, before=found.after)
    return render_template(
        "operations/instances.html",
        page=found,
        wanted=filters,
        statuses=[(key, instances.status_name(key)) for key in instances.STATUSES],
        next_url=url_for("instances.index", **_kept(after)) if found.after else None,
        status_name=instances.status_name,
    )


def _kept(filters: Filters) -> dict[str, Any]:
    return {name: value for name, value in vars(filters).items() if value}


@blueprint.get("/operations/instances/<int:instance_id>")
def show(instance_id: int) -> str:
    """One process: what it did, where it stands, what may be done."""
    return _page(instance_id)


def _page(instance_id: int, act: str = "", problems: dict[str, str] | None = None) -> str:
    with reading() as session:
        page = archived.open_archived(session, instance_id, me()) or instances.open_instance(
            session, instance_id, me()
        )
        return render_template(
            "operations/instance.html",
            page=page,
            act=act,
            problems=problems or {},
            given=request.form,
            status_name=instances.status_name,
            state_name=instances.state_name,
        )


def _change(
    instance_id: int, act: str, told: str, do: Act, asked: Mapping[str, str] | None = None
) -> Answer:
    """Do it if the code was typed; what is refused comes back as typed, with the reasons.

    `asked` is what has to be chosen besides, by field, with the sentence for a choice left out.
    """
    needed = {**(asked or {}), "reason": _("请填写原因")}
    try:
        with acting() as work:
            about = archived.instance_of(work.session, instance_id)
            if about is not None:
                _check_given(work.session, about, needed)
            do(work, request.form.get("reason", ""))
    except (Invalid, Conflict, Forbidden) as refusal:
        problems = getattr(refusal, "problems", None) or {refusal.field or "": refusal.message}
        status = 409 if isinstance(refusal, Conflict) else 422
        return _page(instance_id, act, problems), status
    flash(told)
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


def _check_given(session: Session, about: Instance, needed: Mapping[str, str]) -> None:
    """`Invalid` that names all that was left out at once, and a code that is not the matter's."""
    problems = {
        name: told for name, told in needed.items() if not request.form.get(name, "").strip()
    }
    try:
        check_typed(session, about, request.form.get("confirm", ""))
    except Invalid as refusal:
        problems |= refusal.problems
    if problems:
        raise Invalid("；".join(problems.values()), problems=problems)


@blueprint.post("/operations/instances/<int:instance_id>/suspension")
def suspend(instance_id: int) -> Answer:
    """挂起."""
    return _change(
        instance_id, "suspend", _("已挂起"),
        lambda work, reason: commands.suspend_instance(work, instance_id, reason),
    )  # fmt: skip


@blueprint.post("/operations/instances/<int:instance_id>/resumption")
def resume(instance_id: int) -> Answer:
    """恢复."""
    return _change(
        instance_id, "resume", _("已恢复，期限已顺延"),
        lambda work, reason: commands.resume_instance(work, instance_id, reason),
    )  # fmt: skip


@blueprint.post("/operations/instances/<int:instance_id>/void")
def void(instance_id: int) -> Answer:
    """作废."""
    return _change(
        instance_id, "void", _("已作废"),
        lambda work, reason: commands.void_instance(work, instance_id, reason),
    )  # fmt: skip


@blueprint.post("/operations/instances/<int:instance_id>/end")
def force_end(instance_id: int) -> Answer:
    """强制归档."""
    return _change(
        instance_id, "force_end", _("已强制归档"),
        lambda work, reason: commands.force_end(work, instance_id, reason),
    )  # fmt: skip


@blueprint.post("/operations/instances/<int:instance_id>/restoration")
def restore(instance_id: int) -> Answer:
    """Bring it back from the archive."""
    return _change(
        instance_id, "restore", _("已从归档中调出，30 天内不再归档"),
        lambda work, reason: restore_instance(work, instance_id, reason),
    )  # fmt: skip


@blueprint.post("/operations/tasks/<int:task_id>/jump")
def jump(task_id: int) -> Answer:
    """自由跳转."""
    to = request.form.get("to", "")
    return _change(
        _of_task(task_id), f"jump{task_id}", _("已跳转"),
        lambda work, reason: commands.jump_task(work, task_id, to, reason),
        {"to": _("请选择跳转到哪个环节")},
    )  # fmt: skip


@blueprint.post("/operations/tasks/<int:task_id>/place")
def act_in_place(task_id: int) -> Answer:
    """代审."""
    verb, person = request.form.get("verb", ""), request.form.get("person", 0, int)
    return _change(
        _of_task(task_id), f"place{task_id}", _("已代审"),
        lambda work, reason: commands.act_in_place(work, task_id, person, verb, reason),
        {"person": _("请选择代替谁办理"), "verb": _("请选择同意、退回或驳回")},
    )  # fmt: skip


def _of_task(task_id: int) -> int:
    with reading() as session:
        task = session.get(Task, task_id)
        return task.instance_id if task else 0


@blueprint.post("/operations/calls/<int:call_id>/parameters")
def edit_call(call_id: int) -> Answer:
    """Other parameters for a call that stands still."""

    def edit(work: Work, reason: str) -> None:
        call = work.session.get(ServiceCall, call_id)
        typed = instances.read_json(request.form.get("parameters", ""), "parameters")
        mask = instances.mask_for(work.session, me())
        given = instances.unmasked(mask, call.parameters if call else {}, typed)
        commands.edit_call(work, call_id, given, reason)

    return _change(_of_call(call_id), f"edit{call_id}", _("已修改参数并重新执行"), edit)


@blueprint.post("/operations/calls/<int:call_id>/skip")
def skip_call(call_id: int) -> Answer:
    """The answer of a call given by hand."""

    def skip(work: Work, reason: str) -> None:
        outputs = instances.read_json(request.form.get("outputs", ""), "outputs")
        commands.skip_call(work, call_id, outputs, reason)

    return _change(_of_call(call_id), f"skip{call_id}", _("已跳过"), skip)


def _of_call(call_id: int) -> int:
    with reading() as session:
        call = session.get(ServiceCall, call_id)
        return call.instance_id if call else 0


@blueprint.get("/operations/deployments/<int:deployment_id>/migration")
def migration(deployment_id: int) -> Answer:
    """Which processes can go to this version, where each token lands, what is lost."""
    given = migrating.Given.of(request.args)
    with reading() as session:
        page, status = migrating.open_page(session, deployment_id, given)
    return render_template("operations/migration.html", page=page, given=given), status


@blueprint.post("/operations/deployments/<int:deployment_id>/migration")
def migrate(deployment_id: int) -> Answer:
    """Take them there, each by itself."""
    given = migrating.Given.of(request.form)
    with reading() as session:
        page, status = migrating.open_page(session, deployment_id, given, confirming=True)
    if page.problem:
        return render_template("operations/migration.html", page=page, given=given), status
    results = migrating.migrate(deployment_id, given)
    done = replace(page, results=results)
    return render_template("operations/migration.html", page=done, given=given)


@blueprint.post("/operations/deployments/<int:deployment_id>/redeployment")
def redeploy_version(deployment_id: int) -> Answer:
    """An older version's content becomes the newest version."""
    with acting() as work:
        newest = redeploy(work, deployment_id)
        flash(_("已按旧版内容发布为第 %(version)s 版", version=newest.version))
        number = newest.id
    return redirect(url_for("operations.deployment", deployment_id=number), 303)
