"""The public verdict page: a paper's number, and whether a file is the one that was sealed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from flask import Blueprint, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.errors import BihuanError, Invalid, NotFound
from engine.projects import queries as projects
from forms import files
from forms.http import wants_json
from forms.platform import platform, reading
from forms.text import _
from reports.evidence import entered
from reports.models import Paper, paper_by_number

blueprint = Blueprint("verdict", __name__, template_folder="templates")


@dataclass(frozen=True)
class Verdict:
    """What the page promises about a paper; `kept`: the stored file is the one that was issued."""

    number: str
    project: str
    title: str
    sha256: str
    sealed_by: str
    issued_at: datetime
    kept: bool
    data: bool | None
    """Whether the QR code's data fingerprint is the registered one; None if it was not given."""

    @property
    def verdict(self) -> str:
        """`valid` or `altered`."""
        return "valid" if self.kept and self.data is not False else "altered"


@blueprint.get("/verify/<number>")
def show(number: str) -> str | Response:
    """What was registered under this number."""
    with reading() as session:
        found = _verdict(session, number)
    if wants_json():
        return jsonify(_plain(found))
    return render_template("verdict/show.html", found=found, compared=None)


@blueprint.post("/verify/<number>")
def compare(number: str) -> str | tuple[str, int]:
    """Compare an uploaded file's SHA-256 with the registered one; nothing is kept."""
    upload = request.files.get("file")
    with reading() as session:
        found = _verdict(session, number)
    try:
        if upload is None or not upload.filename:
            raise Invalid(_("请选择要核对的文件"), field="file")
        digest = _digest(upload.stream)
    except BihuanError as refusal:
        page = render_template(
            "verdict/show.html", found=found, compared=None, problem=refusal.message
        )
        return page, 422
    return render_template("verdict/show.html", found=found, compared=digest)


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := stream.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _verdict(session: Session, number: str) -> Verdict:
    paper = paper_by_number(session, number[:60])
    if paper is None:
        raise NotFound(_("没有登记过这个文号的报告，请核对文号或二维码"))
    asked = request.args.get("record")
    return Verdict(
        number=paper.number,
        project=projects.row(session, paper.project_id).name,
        title=paper.title,
        sha256=paper.sha256,
        sealed_by=paper.sealed_by,
        issued_at=paper.issued_at,
        kept=_is_kept(paper) and entered(session, paper) is not False,
        data=None if asked is None else asked == paper.record_sha256,
    )


def _is_kept(paper: Paper) -> bool:
    try:
        return len(files.store().get(paper.sha256)) == paper.size
    except BihuanError:
        return False


def _plain(found: Verdict) -> dict[str, object]:
    return {
        "document": found.number,
        "project": found.project,
        "sha256": found.sha256,
        "sealed_by": found.sealed_by,
        "issued_at": found.issued_at.isoformat(),
        "verdict": found.verdict,
        "organisation": platform().settings.organisation,
    }
