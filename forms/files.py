"""Files that people upload and open: kept in the store at once, named by signed tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from flask import Blueprint, current_app, request, send_file, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from forms.platform import me, platform
from forms.text import _
from reports.store import Store

blueprint = Blueprint("files", __name__)
LONGEST = 12 * 3600
"""Seconds that a page's file token is good for."""
LARGEST = 50 * 1024 * 1024
KINDS = frozenset(
    [
        ".pdf",
        ".ofd",
        ".doc",
        ".docx",
        ".wps",
        ".xls",
        ".xlsx",
        ".et",
        ".ppt",
        ".pptx",
        ".dps",
        ".csv",
        ".txt",
        ".rtf",
        ".jpg",
        ".jpeg",
        ".png",
        ".tif",
        ".tiff",
        ".bmp",
        ".zip",
        ".rar",
        ".7z",
        ".dwg",
        ".mp4",
    ]
)
START = "file."


def store() -> Store:
    """The installation's file store."""
    return Store(platform().settings.files)


def keep(upload: FileStorage) -> dict[str, Any]:
    """Put an uploaded file into the store; its reference for answers and documents."""
    name = PurePath((upload.filename or "").replace("\\", "/")).name[-180:]
    if PurePath(name).suffix.lower() not in KINDS:
        raise Invalid(_("不能上传这种文件：%(name)s", name=name), field="file")
    content = upload.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid(_("文件超过 50 MB：%(name)s", name=name), field="file")
    if not content:
        raise Invalid(_("文件是空的：%(name)s", name=name), field="file")
    return {"sha256": store().put(content), "name": name, "size": len(content)}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="file")


def token(file: Mapping[str, Any]) -> str:
    """A reference that only this person can use, and only for a while."""
    facts = [file.get("sha256"), file.get("name"), file.get("size"), me().id]
    return START + str(_signer().dumps(facts))


def read(text: str) -> dict[str, Any] | None:
    """The reference in a token, or None when it is none of this person's."""
    if not text.startswith(START):
        return None
    try:
        sha256, name, size, person = _signer().loads(text[len(START) :], max_age=LONGEST)
    except (BadSignature, ValueError, TypeError):
        return None
    return {"sha256": sha256, "name": name, "size": size} if person == me().id else None


def url(file: Mapping[str, Any]) -> str:
    """Where the person may open the file."""
    return url_for("files.open_file", reference=token(file))


@dataclass(frozen=True)
class Given:
    """What a page submitted: its fields with files as references, and what was wrong with files."""

    fields: MultiDict[str, Any]
    problems: dict[str, str]


def submitted() -> Given:
    """The request's fields; uploads are kept at once, so that a refused form does not lose them."""
    found: MultiDict[str, Any] = MultiDict()
    for name, value in request.form.items(multi=True):
        found.add(name, read(value) or value)
    problems: dict[str, str] = {}
    for name, upload in request.files.items(multi=True):
        if not upload.filename:
            continue
        try:
            found.setlist(name, [keep(upload)])
        except Invalid as refusal:
            problems[name] = refusal.message
    return Given(found, problems)


def uploaded(name: str) -> dict[str, Any]:
    """The one file that a form must bring, kept."""
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        raise Invalid(_("请选择文件"), field=name)
    return keep(upload)


@blueprint.get("/files/<path:reference>")
def open_file(reference: str) -> Response:
    """Send a file that a page showed to this person."""
    file = read(reference)
    if file is None:
        raise NotFound(_("文件链接已过期，请回到页面重新打开"))
    return send(file["sha256"], file["name"])


def send(sha256: str, name: str, kind: str = "application/octet-stream") -> Response:
    """A file of the store as a download; it is hashed again first."""
    store().get(sha256)
    response = send_file(
        store().path(sha256), mimetype=kind, as_attachment=True, download_name=name, etag=sha256
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
