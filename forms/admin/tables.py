"""Administration of dictionaries: 依据, opinion templates, what nobody does for another."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people import commands
from engine.people.models import DictionaryEntry
from engine.work import Work
from forms.admin.changing import Answer, Given, change
from forms.platform import reading
from forms.text import _

blueprint = Blueprint("tables", __name__, template_folder="templates")
DICTIONARIES: dict[str, str] = {
    "basis": "依据",
    "opinion": "意见模板",
    "grade": "评价等级",
    "non_delegable": "不得代理的职责",
}


@blueprint.get("/admin/dictionaries/<name>")
def dictionary(name: str) -> str:
    """The lines of a dictionary."""
    return _dictionary(name, Given(), {})


def _dictionary(name: str, given: Given, problems: dict[str, str]) -> str:
    if name not in DICTIONARIES:
        raise NotFound(_("没有这个字典"))
    with reading() as session:
        found = _lines(session, name)
    return render_template(
        "admin/dictionary.html",
        name=name,
        names=[(key, _(title)) for key, title in DICTIONARIES.items()],
        entries=found,
        given=given,
        problems=problems,
    )


def _lines(session: Session, name: str) -> list[DictionaryEntry]:
    wanted = select(DictionaryEntry).where(DictionaryEntry.dictionary == name)
    return list(session.scalars(wanted.order_by(DictionaryEntry.position, DictionaryEntry.id)))


@blueprint.post("/admin/dictionaries/<name>")
def set_entry(name: str) -> Answer:
    """Add or change a line."""
    form = request.form

    def act(work: Work) -> None:
        if name not in DICTIONARIES:
            raise NotFound(_("没有这个字典"))
        commands.set_dictionary_entry(
            work,
            name,
            form.get("key", "").strip(),
            form.get("text", "").strip(),
            position=int(form["position"]) if form.get("position", "").isdecimal() else 0,
            active=form.get("active", "1") == "1",
        )

    page = url_for("tables.dictionary", name=name)
    return change(act, lambda given, problems: _dictionary(name, given, problems), page)
