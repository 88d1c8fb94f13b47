"""Pages of operations; what they change is machine work only: try again, take in again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine import clock
from engine.jobs.commands import retry_job
from engine.ledger.checkpoints import Book
from forms import rights
from forms.operations import deliveries as inbound
from forms.operations import deployments as processes
from forms.operations import incidents, ledger
from forms.platform import acting, me, platform, reading
from forms.text import _
from webhooks.inbound.commands import replay_delivery

blueprint = Blueprint("operations", __name__, template_folder="templates")


@blueprint.get("/operations")
def index() -> str:
    """Failed jobs, and how the queue stands."""
    now = clock.now()
    with reading() as session:
        return render_template(
            "operations/index.html",
            incidents=incidents.incidents(session),
            queue=incidents.queue(session, now),
            running=incidents.running(session, now),
            may_act=_may("operations.retry"),
        )


def _may(endpoint: str) -> bool:
    return rights.allowed(endpoint, me().roles)


@blueprint.post("/operations/jobs/<int:job_id>/retry")
def retry(job_id: int) -> Response:
    """Give a failed job its attempts anew."""
    with acting() as work:
        job = retry_job(work, job_id)
    flash(_("已重新排队：%(what)s", what=incidents.kind_name(job.kind)))
    return redirect(url_for("operations.index"), 303)


@blueprint.get("/operations/deliveries")
def deliveries() -> str:
    """Refused deliveries of outside systems."""
    with reading() as session:
        return render_template(
            "operations/deliveries.html",
            refused=inbound.refused(session),
            counts=inbound.counts(session),
            may_act=_may("operations.replay"),
        )


@blueprint.post("/operations/deliveries/<int:delivery_id>/replay")
def replay(delivery_id: int) -> Response:
    """Have a refused delivery handled once more."""
    with acting() as work:
        delivery = replay_delivery(work, delivery_id)
    flash(_("已重新处理：%(id)s。如仍不合规则，会再次出现在这里。", id=delivery.external_id))
    return redirect(url_for("operations.deliveries"), 303)


@blueprint.get("/operations/deployments")
def deployments() -> str:
    """The deployed versions of the processes."""
    with reading() as session:
        found = processes.versions(session)
    return render_template("operations/deployments.html", versions=found)


@blueprint.get("/operations/deployments/<int:deployment_id>")
def deployment(deployment_id: int) -> str:
    """One version with its diagrams."""
    with reading() as session:
        found = processes.contents(session, deployment_id)
    return render_template("operations/deployment.html", contents=found)


@blueprint.get("/operations/ledger")
def ledger_state() -> str:
    """How the ledger stands."""
    return _ledger(checked=False)


@blueprint.get("/operations/ledger/verification")
def verification() -> str:
    """Check the whole ledger now; changes nothing."""
    return _ledger(checked=True)


def _ledger(*, checked: bool) -> str:
    book = Book.of(platform().settings)
    with reading() as session:
        return render_template(
            "operations/ledger.html",
            state=ledger.state(session, book),
            checked=ledger.check(session, book) if checked else None,
        )
