"""Nothing typed is lost when a session has ended: the sign-in page carries what was submitted.

The page after sign-in shows one button that submits it again. Only what the person's own page
held is carried, back to the same path, and never a password: what another site's page submitted
would come back after sign-in as if the person had typed it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from forms.platform import platform

KEPT = "kept-"
"""Before the names of carried fields."""


def ask_to_sign_in() -> str:
    """The sign-in page, carrying the submitted fields when there are any."""
    kept: MultiDict[str, str] = MultiDict()
    if request.method == "POST" and from_our_page():
        for name, value in request.form.items(multi=True):
            if name != "csrf_token" and "password" not in name:
                kept.add(name, value)
    here = request.path if kept else request.full_path.rstrip("?")
    return render_template("sign_in.html", next=here, kept=kept, problem=None, login="")


def words() -> list[str]:
    """The sentences that were submitted and not kept, for a page of refusal to show again.

    Not what was chosen, counted or uploaded: that is one plain word each, without a blank.
    """
    if request.method != "POST" or not from_our_page():
        return []
    try:
        fields = request.form
    except HTTPException:  # too much was sent: nothing of it was read
        return []
    given = (value.strip() for name, value in fields.items(True) if "password" not in name)
    return list(dict.fromkeys(one for one in given if not one.isascii() or len(one.split()) > 1))


def from_our_page() -> bool:
    """Whether a page of this site submitted the request.

    Browsers name the origin of every POST (Fetch §3.1); what names none is no browser.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(platform().settings.public_url).netloc}
    return origin is None or urlsplit(origin).netloc in ours


def carried() -> MultiDict[str, str]:
    """The fields that the sign-in page carried."""
    found: MultiDict[str, str] = MultiDict()
    for name, value in request.form.items(multi=True):
        if name.startswith(KEPT):
            found.add(name.removeprefix(KEPT), value)
    return found


def inside(target: str | None) -> str:
    """A path of this site to go on to; anything else becomes the first page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"
