"""Pages for auditors."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.errors import Conflict, NotFound
from engine.ledger.checkpoints import Book
from engine.ledger.verify import LedgerVerdict, verify_ledger
from engine.projects import queries as projects
from engine.projects.models import Project
from engine.workflow.evidence import with_rows
from forms import files
from forms.audit import entries
from forms.audit.entries import Wanted
from forms.audit.words import KINDS, kind_name
from forms.platform import acting, me, platform, reading
from forms.projects.page import visible_project
from forms.text import _
from reports.models import Paper, paper_by_number

blueprint = Blueprint("audit", __name__, template_folder="templates")
PER_PAGE = 50


@blueprint.get("/audit")
def index() -> str:
    """The entries that this person may read."""
    wanted, person = _wanted(), me()
    with reading() as session:
        rows = entries.entries(session, person, wanted, PER_PAGE)
        count = entries.count(session, person, wanted)
        names = entries.matter_names(session, {row.matter for row in rows})
        kinds = sorted(entries.kinds(session, person), key=lambda kind: (kind not in KINDS, kind))
    return render_template(
        "audit/index.html",
        wanted=wanted,
        names=names,
        rows=rows,
        count=count,
        pages=-(-count // PER_PAGE),
        page_url=_page_url,
        kinds=[(kind, kind_name(kind)) for kind in kinds],
        kind_name=kind_name,
    )


def _wanted() -> Wanted:
    asked = request.args
    page = max(1, min(asked.get("page", 1, int), 100_000))
    text = asked.get("text", "").strip()[:60]
    return Wanted(text, asked.get("kind", "")[:80], asked.get("matter", "")[:80], page)


def _page_url(page: int) -> str:
    asked: dict[str, Any] = {**request.args.to_dict(), "page": page}
    return url_for("audit.index", **asked)


@blueprint.get("/audit/entries/<int:entry_id>")
def entry(entry_id: int) -> str:
    """One entry with its fingerprint, its place in the chain, and what it says."""
    with reading() as session:
        found = entries.entry(session, me(), entry_id)
        matter = entries.matter_names(session, {found.matter})[found.matter]
    told = json.dumps(entries.facts(found), ensure_ascii=False, indent=2)
    return render_template(
        "audit/entry.html",
        entry=found,
        matter=matter,
        fits=entries.fits(found),
        told=told,
        kind_name=kind_name,
    )


@blueprint.get("/audit/verification")
def verification() -> str:
    """Check the whole ledger now."""
    with reading() as session:
        verdict, refusal = _verify(session)
    return render_template("audit/verification.html", verdict=verdict, refusal=refusal)


def _verify(session: Session) -> tuple[LedgerVerdict | None, str]:
    try:
        verdict = verify_ledger(session, list(Book.of(platform().settings).all()))
        return with_rows(session, verdict), ""
    except Conflict as refusal:
        return None, refusal.message


@blueprint.get("/audit/papers")
def papers() -> str:
    """The issued papers of the projects within this person's scope."""
    person = me()
    with reading() as session:
        seen = projects.visible(person.id, person.grants).with_only_columns(Project.id)
        found = list(
            session.scalars(
                select(Paper).where(Paper.project_id.in_(seen)).order_by(Paper.id.desc()).limit(200)
            )
        )
    return render_template("audit/papers.html", papers=found)


@blueprint.get("/papers/<number>")
def paper(number: str) -> Response:
    """Send an issued paper as it was sealed; the download is on the record."""
    with acting() as work:
        found = paper_by_number(work.session, number)
        if found is None:
            raise NotFound(_("没有这份报告"))
        project = visible_project(work.session, found.project_id, me())
        response = files.send(found.sha256, f"{found.title}.pdf", "application/pdf")
        work.record(
            "paper.downloaded",
            f"paper:{found.number}",
            f"project:{project.id}",
            {"number": found.number, "sha256": found.sha256},
        )
    return response
