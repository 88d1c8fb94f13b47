"""What diagrams may ask of the paper: issuing the closure document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from engine.jobs.desk import Desk, outside
from engine.projects import queries as projects
from engine.registry import service
from engine.settings import Settings
from engine.work import Work
from engine.workflow.context import CallContext
from reports.models import Paper, paper_by_number

if TYPE_CHECKING:  # signing is imported only when something is signed: it is slow to load
    from reports.authority import Signer, Timestamper


@service("reports.issue_closure")
@outside
def issue_closure(desk: Desk, call: CallContext) -> Callable[[Work], None]:
    """出具报告: render, seal and store the closure document; once for each project.

    The number comes from the project's code, so that a second attempt issues the same number; only
    the commit that records the paper makes it known.
    """
    from reports.authority import open_authority
    from reports.closure import to_json
    from reports.closure.document import issue
    from reports.facts import closure_record
    from reports.store import Store

    settings = desk.settings
    with desk.reading() as session:
        project = projects.row(session, call.subject_id)
        number = closure_number(project.code)
        if paper_by_number(session, number) is not None:
            return lambda _work: None
        record = closure_record(session, settings, project.id, number, desk.now)
    desk.heartbeat()
    sealed = issue(
        record,
        _signer(settings, desk.now),
        _timestamper(settings, desk.now),
        open_authority(settings.pki, settings.organisation).trust(desk.now),
    )
    paper = Paper(
        number=number,
        project_id=project.id,
        kind="closure",
        title=f"{project.name} 结项评价报告",
        sha256=Store(settings.files).put(sealed),
        record_sha256=hashlib.sha256(to_json(record)).hexdigest(),
        size=len(sealed),
        sealed_by=settings.organisation,
        issued_at=desk.now,
    )
    return partial(_note, paper=paper)


def _note(work: Work, paper: Paper) -> None:
    """The paper is issued with the commit that records it, and not before."""
    work.session.add(paper)
    work.record(
        "paper.issued",
        f"paper:{paper.number}",
        f"project:{paper.project_id}",
        {"number": paper.number, "sha256": paper.sha256, "record_sha256": paper.record_sha256},
    )


def _signer(settings: Settings, now: datetime) -> Signer:
    from reports.authority import open_authority, open_key_file

    if settings.signer:
        return open_key_file(settings.signer, settings.organisation)
    return open_authority(settings.pki, settings.organisation).signer(settings.organisation, now)


def _timestamper(settings: Settings, now: datetime) -> Timestamper:
    from reports.authority import RemoteTimestamper, open_authority

    if settings.timestamp_url:
        return RemoteTimestamper(settings.timestamp_url)
    return open_authority(settings.pki, settings.organisation).timestamper(lambda: now)


def closure_number(code: str) -> str:
    """The public number of a project's closure document."""
    return f"JX-{code}"
